// The client's side of DPoP (RFC 9449 §4.2): a key, and proofs for the token endpoint.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Members } from './http.ts'

export interface Prover {
  /** RFC 7638. */
  readonly thumbprint: string
  /** A proof for POST to `url`, with claims changed. */
  prove(url: string, change: Members): Promise<string>
}

/** A prover with a new key. */
export async function createProver(): Promise<Prover> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    prove: (url, change) =>
      new SignJWT({
        jti: crypto.randomUUID(),
        htm: 'POST',
        htu: url,
        iat: Math.floor(Date.now() / 1000),
        ...change,
      })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .sign(privateKey),
  }
}
