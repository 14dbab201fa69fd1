// The client's side of DPoP (RFC 9449 §4.2) on node:crypto, so that a test can break any part of a
// proof. Tests of interoperability use jose and oauth4webapi instead.
import {
  constants,
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
  sign,
  type webcrypto,
} from 'node:crypto'

export interface ProofKey {
  readonly algorithm: string
  readonly privateKey: KeyObject
  readonly jwk: webcrypto.JsonWebKey
  /** RFC 7638 thumbprint, computed apart from the code under test. */
  readonly jkt: string
}

export type Members = Readonly<Record<string, unknown>>

/** Members that replace those of a good proof; undefined removes one. */
export interface ProofChange {
  readonly header?: Members
  readonly claims?: Members
}

/** A new P-256 key. */
export function makeProofKey(): ProofKey {
  return keyOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
}

/** The P-256 key with this private number: the same in every run that can be repeated. */
export function proofKeyFrom(number: Buffer): ProofKey {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(number)
  const point = curve.getPublicKey()
  const key = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
    d: number.toString('base64url'),
  }
  const privateKey = createPrivateKey({ key, format: 'jwk' })
  return keyOf('ES256', { privateKey, publicKey: createPublicKey(privateKey) })
}

/** A new key of another kind, for `algorithm`. */
export function makeOtherKey(
  algorithm: string,
  options: { readonly curve?: string; readonly bits?: number; readonly exponent?: number },
): ProofKey {
  const { curve, bits, exponent } = options
  if (curve === 'Ed25519') return keyOf(algorithm, generateKeyPairSync('ed25519'))
  if (curve !== undefined) {
    return keyOf(algorithm, generateKeyPairSync('ec', { namedCurve: curve }))
  }
  const publicExponent = exponent ?? 65_537
  return keyOf(
    algorithm,
    generateKeyPairSync('rsa', { modulusLength: bits ?? 2048, publicExponent }),
  )
}

function keyOf(
  algorithm: string,
  { publicKey, privateKey }: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
): ProofKey {
  const jwk = publicKey.export({ format: 'jwk' })
  const { crv, e, kty, n, x, y } = jwk
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y }
  return { algorithm, privateKey, jwk, jkt: hash('sha256', JSON.stringify(members), 'base64url') }
}

/** A proof for POST to `url`, with `change` applied before it is signed. */
export function makeProof(key: ProofKey, url: string, change: ProofChange): string {
  const header = { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.jwk, ...change.header }
  const claims = {
    jti: randomUUID(),
    htm: 'POST',
    htu: url,
    iat: Math.floor(Date.now() / 1000),
    ...change.claims,
  }
  return signProof(key, JSON.stringify(header), JSON.stringify(claims))
}

/** A proof whose header and claims are any texts. */
export function signProof(key: ProofKey, header: string, claims: string): string {
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${signatureOf(key, input).toString('base64url')}`
}

/** base64url of a text. */
export function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

function signatureOf({ algorithm, privateKey }: ProofKey, input: string): Buffer {
  const data = Buffer.from(input)
  if (algorithm === 'EdDSA') return sign(null, data, privateKey)
  const digest = `sha${algorithm.slice(2, 5)}`
  switch (algorithm.slice(0, 2)) {
    case 'ES':
      return sign(digest, data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    case 'PS':
      return sign(digest, data, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    default:
      return sign(digest, data, privateKey)
  }
}
