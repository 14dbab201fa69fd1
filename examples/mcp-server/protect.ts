// Protects an MCP server with the tokens of an authorization server: metadata (RFC 9728), the check
// of each access token (RFC 9068, RFC 6750, DPoP of RFC 9449), and refusals that tell a client what
// to do next. It needs nothing but jose and knows nothing of MCP.
import { hash } from 'node:crypto'
import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, errors, jwtVerify } from 'jose'

/** Who calls; the MCP SDK takes it as its `authInfo`. */
export interface Caller {
  readonly token: string
  readonly clientId: string
  readonly scopes: string[]
  readonly expiresAt: number
  readonly resource: URL
  readonly resourceMetadataUrl: string
  readonly extra: { readonly subject: string }
}

const [keysRefreshMs, proofLifeSeconds, proofsMax] = [600_000, 60, 100_000]
const accessClaims = ['exp', 'sub', 'client_id']
const forBrowsers = { headers: { 'Access-Control-Allow-Origin': '*' } }
const proofAlgorithms = ['ES256', 'RS256', 'PS256']
/** What jose says when the keys cannot be had: no fault of the token. */
const noKeys = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']

/** Answers a request itself (metadata, refusal), or says who calls. `required`: of any call. */
export function protect(
  { AUTHPLANE_ISSUER: issuer, AUTHPLANE_RESOURCE: audience }: NodeJS.ProcessEnv,
  { required, supported }: { readonly required: string[]; readonly supported: string[] },
): (request: Request) => Promise<Caller | Response> {
  if (!issuer || !audience) throw new Error('set AUTHPLANE_ISSUER and AUTHPLANE_RESOURCE')
  const resource = new URL(audience)
  const { origin, pathname: path } = resource
  const metadataPath = `/.well-known/oauth-protected-resource${path === '/' ? '' : path}`
  const [resourceMetadataUrl, proofs] = [origin + metadataPath, new Map<string, number>()]
  const names = { resource: audience, authorization_servers: [issuer], scopes_supported: supported }
  const metadata = { ...names, dpop_signing_alg_values_supported: proofAlgorithms }
  // Old keys are better than none while the authorization server is away, so they do not expire.
  const cache = { cacheMaxAge: Number.POSITIVE_INFINITY }
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), cache)
  let refreshAtMs = Date.now() + keysRefreshMs

  function refuse(status: number, scheme: string, error: string | null): Response {
    const hints = `resource_metadata="${resourceMetadataUrl}", scope="${required.join(' ')}"`
    const challenge = `${scheme} ${error === null ? '' : `error="${error}", `}${hints}`
    return Response.json({ error }, { status, headers: { 'WWW-Authenticate': challenge } })
  }

  async function checkProof({ method, headers }: Request, token: string, jkt: string | undefined) {
    const age = { maxTokenAge: proofLifeSeconds, clockTolerance: 5 }
    const options = { typ: 'dpop+jwt', algorithms: proofAlgorithms, ...age }
    const proof = await jwtVerify(headers.get('dpop') ?? '', EmbeddedJWK, options)
    const { htm, htu, ath, jti } = proof.payload
    const [key, target] = [proof.protectedHeader.jwk ?? {}, new URL(String(htu))]
    const found = [await calculateJwkThumbprint(key), htm, target.origin + target.pathname, ath]
    const wanted = [jkt, method, origin + path, hash('sha256', token, 'base64url')]
    if (wanted.some((value, at) => value !== found[at])) throw new Error('for another request')
    for (const [old, untilMs] of proofs) {
      if (untilMs > Date.now()) break
      proofs.delete(old)
    }
    const name = `${jkt} ${jti}`
    if (!jti || proofs.has(name) || proofs.size >= proofsMax) throw new Error('used before')
    proofs.set(name, Date.now() + (proofLifeSeconds + 10) * 1000)
  }

  const check = async (request: Request, scheme: string, token: string): Promise<Caller> => {
    const kind = { typ: 'at+jwt', algorithms: ['ES256', 'RS256'], requiredClaims: accessClaims }
    const { payload } = await jwtVerify(token, keys, { ...kind, issuer, audience })
    const { exp = 0, sub = '', client_id, scope = '' } = payload
    const bound = payload['cnf'] as { readonly jkt?: string } | undefined
    if ((scheme === 'DPoP') !== (bound !== undefined)) throw new errors.JWTInvalid('wrong scheme')
    const refuseProof = (cause: unknown) => {
      throw new errors.JWTInvalid('no valid proof', { cause })
    }
    if (bound !== undefined) await checkProof(request, token, bound.jkt).catch(refuseProof)
    const caller = { clientId: String(client_id), scopes: String(scope).split(' '), expiresAt: exp }
    return { ...caller, token, resource, resourceMetadataUrl, extra: { subject: sub } }
  }

  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === metadataPath) return Response.json(metadata, forBrowsers)
    if (pathname !== path) return new Response(null, { status: 404 })
    const form = /^(?:bearer|(dpop)) +(\S+)$/i.exec(request.headers.get('authorization') ?? '')
    const [scheme, token] = [form?.[1] === undefined ? 'Bearer' : 'DPoP', form?.[2]]
    if (token === undefined) return refuse(401, 'Bearer', null)
    if (Date.now() > refreshAtMs) {
      refreshAtMs = Date.now() + keysRefreshMs
      keys.reload().catch(() => undefined)
    }
    try {
      const caller = await check(request, scheme, token)
      const isEnough = required.every((scope) => caller.scopes.includes(scope))
      return isEnough ? caller : refuse(403, scheme, 'insufficient_scope')
    } catch (error) {
      const isToken = error instanceof errors.JOSEError && !noKeys.includes(error.code)
      return isToken ? refuse(401, scheme, 'invalid_token') : new Response(null, { status: 503 })
    }
  }
}
