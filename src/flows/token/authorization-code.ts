// The authorization_code grant as a use case (spec 01 §10.3): read, decide, prove, sign, commit.
// Everything that can fail comes before the commit that spends the code (B1).
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { sha256Base64url } from '../../base/hash.ts'
import { limits } from '../../base/limits.ts'
import { type Span, traceFields } from '../../base/telemetry.ts'
import {
  type PresentedCredentials,
  parseClientCredentials,
} from '../../oauth/client-credentials.ts'
import {
  type CodeRequest,
  decideAuthorizationCode,
  provesOrigin,
  readCodeRequest,
  requireSameRecipient,
  type UserDecision,
} from '../../oauth/grant-authorization-code.ts'
import { grantRefused } from '../../oauth/liveness.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import type { TokenCall } from '../../oauth/token-request.ts'
import { type TokenResponse, tokenResponse } from '../../oauth/token-response.ts'
import type { Authorization } from '../../records/authorization.ts'
import type { TokenClient } from '../../records/client.ts'
import type { GrantStanding } from '../../records/grant-standing.ts'
import type { ProofClaim } from '../../records/proof-claim.ts'
import type { TokenFamily } from '../../records/token-family.ts'
import { recordInBackground } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { authenticateClient } from './authenticate-client.ts'
import { checkProof, releaseProof } from './check-proof.ts'
import { respondToCodeReuse } from './respond-to-reuse.ts'
import { grantDenied, tokenEvent } from './token-audit.ts'
import { tracedGrant } from './traced-grant.ts'
import {
  type MintedToken,
  mintUserToken,
  type NewRefreshToken,
  newRefreshToken,
  refreshBinding,
  refusalError,
} from './user-token.ts'

/** Redeems a code. @throws OAuthError, ActorError. */
export function redeemAuthorizationCode(
  services: Services,
  call: TokenCall,
): Promise<TokenResponse> {
  const step = { name: 'TokenService.ExchangeCode', call }
  return tracedGrant(services, step, (within, span) => redeem(services, within, span))
}

/** A request for a code that is known and unspent. */
interface Redemption {
  readonly call: TokenCall
  readonly request: CodeRequest
  readonly presented: PresentedCredentials
  readonly authorization: Authorization
  readonly standing: GrantStanding
  readonly span: Span
}

async function redeem(services: Services, call: TokenCall, span: Span): Promise<TokenResponse> {
  const request = readCodeRequest(call.form)
  const presented = parseClientCredentials(call.authorization, call.form)
  const { authorization, standing } = await readCode(services, { request, presented, call })
  if (authorization === null || standing === null) throw grantRefused()
  const redemption = { call, request, presented, authorization, standing, span }
  if (authorization.consumedAtMs !== null) throw await reused(services, redemption)
  if (authorization.expiresAtMs <= services.clock.nowMs()) throw grantRefused()
  return redeemKnown(services, redemption)
}

/** From here on a refusal counts against the code. */
async function redeemKnown(services: Services, redemption: Redemption): Promise<TokenResponse> {
  const { authorization, standing, request, presented, call, span } = redemption
  let client: TokenClient | null = null
  try {
    requireSameRecipient(authorization, presented.clientId, request)
    client = await authenticateClient(services, standing.client, { presented, caller: call.caller })
    const decision = decideAuthorizationCode(authorization, { client, standing }, request)
    if (span.isRecorded) {
      span.set({ client_id: client.id, grant_type: 'authorization_code' })
    }
    return await spend(services, redemption, decision)
  } catch (error) {
    if (!(error instanceof CodeConsumed))
      await countFailure(services, { redemption, client, error })
    throw error instanceof CodeConsumed ? await reused(services, redemption) : error
  }
}

async function spend(
  services: Services,
  redemption: Redemption,
  decision: UserDecision,
): Promise<TokenResponse> {
  const { call, authorization } = redemption
  const proof = await checkProof(services, call, decision.client)
  try {
    const family = newFamily(services, authorization, decision)
    const making = { familyId: family.id, proof, caller: call.caller }
    const minted = await mintUserToken(services, decision, making)
    const refreshToken = firstRefreshToken(services, decision, { family, proof })
    await commit(services, redemption, { decision, family, proof, minted, refreshToken })
    logIssued(services, { call, minted, decision })
    if (decision.client.isAgent) services.meters.agentTokenIssued()
    return tokenResponse(minted.jwt, minted.claims, refreshToken?.text ?? null)
  } catch (error) {
    if (error instanceof ActorError) releaseProof(services, proof)
    throw error
  }
}

/** Somebody spent the code between its reading and the commit. */
class CodeConsumed extends Error {}

async function commit(
  services: Services,
  { call, authorization }: Redemption,
  made: {
    readonly decision: UserDecision
    readonly family: TokenFamily
    readonly proof: ProofClaim | null
    readonly minted: MintedToken
    readonly refreshToken: NewRefreshToken | null
  },
): Promise<void> {
  const { decision, family, proof, minted } = made
  const audit = {
    ...tokenEvent(services, call.caller, {
      action: 'token.issued',
      actorId: decision.userId,
      clientId: decision.client.id,
      detail: `family=${family.id} jti=${minted.record.jti}`,
    }),
    id: minted.record.jti,
  }
  const outcome = await services.storage.ask(
    'redeemCode',
    {
      authorizationId: authorization.id,
      family,
      token: minted.record,
      refreshToken: made.refreshToken?.record ?? null,
      proof,
      consentId: decision.consentId,
      nowMs: services.clock.nowMs(),
      audit,
    },
    askOptions(services, call.caller.trace),
  )
  if (outcome.ok) return
  if (outcome.refusal === 'code-consumed') throw new CodeConsumed()
  throw refusalError(services, outcome.refusal)
}

function newFamily(
  services: Services,
  authorization: Authorization,
  { client, userId, scope }: UserDecision,
): TokenFamily {
  const nowMs = services.clock.nowMs()
  return {
    id: services.random.uuidV7(nowMs),
    clientId: client.id,
    userId,
    scope,
    resource: authorization.resource,
    status: 'active',
    authorizationId: authorization.id,
    createdAtMs: nowMs,
    revokedAtMs: null,
  }
}

function firstRefreshToken(
  services: Services,
  decision: UserDecision,
  { family, proof }: { readonly family: TokenFamily; readonly proof: ProofClaim | null },
): NewRefreshToken | null {
  if (!decision.client.grantTypes.includes('refresh_token')) return null
  const dpopJkt = refreshBinding(services, decision, { proof, before: null })
  return newRefreshToken(services, { familyId: family.id, parentId: null, dpopJkt })
}

async function readCode(
  services: Services,
  {
    request,
    presented,
    call,
  }: {
    readonly request: CodeRequest
    readonly presented: PresentedCredentials
    readonly call: TokenCall
  },
): Promise<{
  readonly authorization: Authorization | null
  readonly standing: GrantStanding | null
}> {
  const outcome = await services.storage.ask(
    'readCode',
    {
      codeHash: sha256Base64url(request.code),
      clientId: presented.clientId,
      resource: request.resource,
    },
    askOptions(services, call.caller.trace),
  )
  return outcome.reply
}

/** The same answer as to an unknown code, after whatever the reuse has set off. */
async function reused(services: Services, redemption: Redemption): Promise<OAuthError> {
  const { authorization, request, presented, call } = redemption
  const isProven =
    presented.clientId === authorization.clientId && provesOrigin(authorization, request)
  await respondToCodeReuse(services, authorization, { isProven, caller: call.caller })
  return grantRefused()
}

/** The fifth failure kills the code (B1). */
async function countFailure(
  services: Services,
  {
    redemption: { authorization, call },
    client,
    error,
  }: {
    readonly redemption: Redemption
    readonly client: TokenClient | null
    readonly error: unknown
  },
): Promise<void> {
  const denial = client === null ? null : { clientId: client.id, error }
  const audit =
    denial === null
      ? null
      : grantDenied(services, call.caller, { action: 'token.issue_denied', ...denial })
  const { trace } = call.caller
  if (!isGuess(error)) {
    if (audit !== null) recordInBackground(services, audit, trace)
    return
  }
  await services.storage.ask(
    'countFailedRedemption',
    {
      authorizationId: authorization.id,
      failuresMax: limits.codeFailuresMax,
      nowMs: services.clock.nowMs(),
      audit,
    },
    askOptions(services, trace),
  )
}

/**
 * Whether somebody may have guessed. Outages are nobody's fault, and a proof guards nothing that
 * could be guessed: a client that sends one request twice must not kill the code of the first.
 */
function isGuess(error: unknown): boolean {
  if (!(error instanceof OAuthError) || error.status >= 500) return false
  return error.code !== 'use_dpop_nonce' && error.code !== 'invalid_dpop_proof'
}

function logIssued(
  services: Services,
  made: { readonly call: TokenCall; readonly minted: MintedToken; readonly decision: UserDecision },
): void {
  if (!services.log.isEnabled('info')) return
  const { call, minted, decision } = made
  services.log.info('tokens issued', {
    client_id: decision.client.id,
    jti: minted.record.jti,
    family: minted.record.familyId,
    resource: decision.resource?.uri,
    scope_count: minted.record.scopes.length,
    request_id: call.caller.requestId,
    ...traceFields(call.caller.trace),
  })
}
