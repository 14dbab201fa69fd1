// The `DPoP` header of a request and the `DPoP-Nonce` of its answer (RFC 9449 §4.3, §8; spec 02
// §6.3–6.4, decision D6). What the proof is worth is found out elsewhere.
import type { FastifyRequest, onSendHookHandler } from 'fastify'
import { isLocalhostIssuer } from '../../base/url.ts'
import type { DpopNonces } from '../../flows/token/dpop-nonces.ts'
import { proofTargets, type RequestedUrl } from '../../oauth/dpop-target.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import type { PresentedProof } from '../../oauth/token-request.ts'
import type { TrustsPeer } from '../client-address.ts'

export interface ProofReaderOptions {
  readonly issuer: string
  /** Path of the endpoint below the issuer. */
  readonly path: string
  readonly trustsPeer: TrustsPeer
}

/** Reads the proof of a request; null when it has none. @throws OAuthError `invalid_dpop_proof` */
export type ReadProof = (request: FastifyRequest) => PresentedProof | null

/** A reader for one endpoint. */
export function proofReader({ issuer, path, trustsPeer }: ProofReaderOptions): ReadProof {
  const isLocalhost = isLocalhostIssuer(issuer)
  const issuerOnly = proofTargets(issuer, path, null)
  return (request) => {
    const jwt = request.headers['dpop']
    if (jwt === undefined) return null
    // One too many (§4.3, check 1): Node joins what was sent twice, and no proof has a comma.
    if (typeof jwt !== 'string' || jwt.includes(',')) {
      throw new OAuthError('invalid_dpop_proof', 'there is more than one DPoP header')
    }
    const isBelieved = isLocalhost || trustsPeer(request.socket.remoteAddress)
    const targets = isBelieved ? proofTargets(issuer, path, requestedUrl(request)) : issuerOnly
    return { jwt, method: request.method, targets }
  }
}

/** `X-Forwarded-Proto` as it is, and `http` without it: TLS ends in front of this server. */
function requestedUrl({ headers }: FastifyRequest): RequestedUrl | null {
  const scheme = headers['x-forwarded-proto'] ?? 'http'
  const { host } = headers
  return typeof scheme === 'string' && host !== undefined ? { scheme, host } : null
}

/** A hook that puts a nonce on every answer to a request that has a `DPoP` header. */
export function offerNonce(nonces: DpopNonces): onSendHookHandler {
  return (request, reply, _payload, done) => {
    if (request.headers['dpop'] === undefined) return done()
    void nonces.current().then((nonce) => {
      if (nonce !== null) reply.header('dpop-nonce', nonce)
      done()
    })
  }
}
