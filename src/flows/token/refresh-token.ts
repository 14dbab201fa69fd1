// The refresh_token grant as a use case (spec 01 §10.4): read, decide, prove, sign, commit.
// Everything that can fail comes before the commit that spends the token (B2); a token that was
// spent a moment ago is answered again (B3).
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { sha256Base64url } from '../../base/hash.ts'
import { limits } from '../../base/limits.ts'
import { type Span, traceFields } from '../../base/telemetry.ts'
import {
  clientRefused,
  type PresentedCredentials,
  parseClientCredentials,
} from '../../oauth/client-credentials.ts'
import type { UserDecision } from '../../oauth/grant-authorization-code.ts'
import {
  decideRefresh,
  isBeyondGrace,
  type RefreshGrace,
  type RefreshRequest,
  readRefreshRequest,
  requireRefreshGrant,
} from '../../oauth/grant-refresh-token.ts'
import { grantRefused } from '../../oauth/liveness.ts'
import type { TokenCall } from '../../oauth/token-request.ts'
import { type TokenResponse, tokenResponse } from '../../oauth/token-response.ts'
import type { TokenClient } from '../../records/client.ts'
import type { GrantStanding } from '../../records/grant-standing.ts'
import type { ProofClaim } from '../../records/proof-claim.ts'
import type { PresentedRefreshToken } from '../../records/refresh-token.ts'
import type { RefreshedFamily } from '../../records/token-family.ts'
import { recordInBackground } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { authenticateClient } from './authenticate-client.ts'
import { checkProof, releaseProof } from './check-proof.ts'
import { respondToTokenReuse } from './respond-to-reuse.ts'
import { grantDenied } from './token-audit.ts'
import { tracedGrant } from './traced-grant.ts'
import {
  type MintedToken,
  mintUserToken,
  type NewRefreshToken,
  newRefreshToken,
  refreshBinding,
  refusalError,
} from './user-token.ts'

/** Rotates a refresh token. @throws OAuthError, ActorError. */
export function rotateRefreshToken(services: Services, call: TokenCall): Promise<TokenResponse> {
  const step = { name: 'TokenService.RefreshToken', call }
  return tracedGrant(services, step, (within, span) => refresh(services, within, span))
}

/** A request with a token that is known and of a living family. */
interface Rotation {
  readonly call: TokenCall
  readonly request: RefreshRequest
  readonly presented: PresentedRefreshToken
  readonly family: RefreshedFamily
  readonly client: TokenClient
  readonly standing: GrantStanding
}

async function refresh(services: Services, call: TokenCall, span: Span): Promise<TokenResponse> {
  const request = readRefreshRequest(call.form)
  const credentials = parseClientCredentials(call.authorization, call.form)
  const found = await readRefreshToken(services, { request, credentials, call })
  const { refreshToken: presented, family, standing } = found
  if (presented === null || family === null || standing === null) throw grantRefused()
  if (presented.expiresAtMs <= services.clock.nowMs()) throw grantRefused()
  if (family.status !== 'active') throw grantRefused()
  if (credentials.clientId !== family.clientId) throw clientRefused()
  const authentication = { presented: credentials, caller: call.caller }
  const client = await authenticateClient(services, standing.client, authentication)
  if (span.isRecorded) span.set({ client_id: client.id, grant_type: 'refresh_token' })
  return refreshOf(services, { call, request, presented, family, client, standing })
}

/** The part after authentication: from here on a refusal or an outage leaves an audit row (D17). */
async function refreshOf(services: Services, rotation: Rotation): Promise<TokenResponse> {
  const { client, call } = rotation
  try {
    return await rotate(services, rotation)
  } catch (error) {
    const denial = { action: 'token.refresh_denied', clientId: client.id, error } as const
    recordInBackground(services, grantDenied(services, call.caller, denial), call.caller.trace)
    throw error
  }
}

async function rotate(services: Services, rotation: Rotation): Promise<TokenResponse> {
  const { call, request, presented, family, client, standing } = rotation
  requireRefreshGrant(client)
  if (isBeyondGrace(presented, graceOf(services), services.clock.nowMs())) {
    return refuseReuse(services, rotation)
  }
  const decision = decideRefresh(family, { client, standing }, request)
  const proof = await checkProof(services, call, client)
  if (presented.dpopJkt !== null && proof?.jkt !== presented.dpopJkt) {
    releaseProof(services, proof)
    // Its thief does not have the key; its owner does. A spent one is in the wrong hands (B3).
    if (presented.consumedAtMs !== null) return refuseReuse(services, rotation)
    throw grantRefused()
  }
  return spend(services, rotation, { decision, proof })
}

async function spend(
  services: Services,
  rotation: Rotation,
  { decision, proof }: { readonly decision: UserDecision; readonly proof: ProofClaim | null },
): Promise<TokenResponse> {
  const { call, presented, family } = rotation
  try {
    const making = { familyId: family.id, proof, caller: call.caller }
    const minted = await mintUserToken(services, decision, making)
    const successor = newRefreshToken(services, {
      familyId: family.id,
      parentId: presented.id,
      dpopJkt: refreshBinding(services, decision, { proof, before: presented.dpopJkt }),
    })
    const made = { decision, proof, minted, successor }
    const outcome = await commit(services, rotation, made)
    if (!outcome.ok) {
      if (outcome.refusal === 'token-reused') return await refuseReuse(services, rotation)
      throw refusalError(services, outcome.refusal)
    }
    if (outcome.reply.isRetry) services.meters.refreshTokenRetried()
    if (decision.client.isAgent) services.meters.agentTokenIssued()
    logRefreshed(services, rotation, made)
    return tokenResponse(minted.jwt, minted.claims, successor.text)
  } catch (error) {
    if (error instanceof ActorError) releaseProof(services, proof)
    throw error
  }
}

interface Made {
  readonly decision: UserDecision
  readonly proof: ProofClaim | null
  readonly minted: MintedToken
  readonly successor: NewRefreshToken
}

function commit(services: Services, { call, presented }: Rotation, made: Made) {
  const { caller } = call
  const { id, tokenHash, expiresAtMs, dpopJkt } = made.successor.record
  return services.storage.ask(
    'rotateRefreshToken',
    {
      presentedId: presented.id,
      successor: { id, tokenHash, expiresAtMs, dpopJkt },
      token: made.minted.record,
      proof: made.proof,
      consentId: made.decision.consentId,
      grace: graceOf(services),
      caller: { ip: caller.ip, traceId: caller.trace?.traceId ?? null },
      nowMs: services.clock.nowMs(),
    },
    askOptions(services, caller.trace),
  )
}

function graceOf({ settings }: Services): RefreshGrace {
  return { windowMs: settings.userTokens.refreshGraceMs, siblingsMax: limits.refreshSiblingsMax }
}

/** The same answer as to an unknown token, after the family has ended. */
async function refuseReuse(services: Services, { call, family }: Rotation): Promise<never> {
  await respondToTokenReuse(services, family, call.caller)
  throw grantRefused()
}

async function readRefreshToken(
  services: Services,
  {
    request,
    credentials,
    call,
  }: {
    readonly request: RefreshRequest
    readonly credentials: PresentedCredentials
    readonly call: TokenCall
  },
): Promise<{
  readonly refreshToken: PresentedRefreshToken | null
  readonly family: RefreshedFamily | null
  readonly standing: GrantStanding | null
}> {
  const outcome = await services.storage.ask(
    'readRefreshToken',
    {
      tokenHash: sha256Base64url(request.refreshToken),
      clientId: credentials.clientId,
      resource: request.resource,
    },
    askOptions(services, call.caller.trace),
  )
  return outcome.reply
}

function logRefreshed(services: Services, { call, family }: Rotation, made: Made): void {
  if (!services.log.isEnabled('info')) return
  services.log.info('tokens refreshed', {
    client_id: made.decision.client.id,
    jti: made.minted.record.jti,
    family: family.id,
    scope_count: made.minted.record.scopes.length,
    request_id: call.caller.requestId,
    ...traceFields(call.caller.trace),
  })
}
