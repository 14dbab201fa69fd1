// The client_credentials grant as a use case (spec 01 §10.5): read, decide, prove, sign, commit,
// answer.
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { type Log, type Span, type SpanAttributes, traceFields } from '../../base/telemetry.ts'
import { type AccessTokenClaims, machineTokenClaims } from '../../oauth/access-token.ts'
import {
  clientRefused,
  type PresentedCredentials,
  parseClientCredentials,
} from '../../oauth/client-credentials.ts'
import {
  type ClientCredentialsRequest,
  decideClientCredentials,
  type MachineDecision,
} from '../../oauth/grant-client-credentials.ts'
import { OAuthError, type OAuthErrorCode } from '../../oauth/oauth-error.ts'
import { formatScope } from '../../oauth/scope.ts'
import type { Caller, TokenCall } from '../../oauth/token-request.ts'
import { type TokenResponse, tokenResponse } from '../../oauth/token-response.ts'
import type { TokenClient } from '../../records/client.ts'
import type { ProofClaim } from '../../records/proof-claim.ts'
import type { TokenResource } from '../../records/resource.ts'
import { clientCredentialsDenied, recordInBackground } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { authenticateConfidentialClient } from './authenticate-client.ts'
import { checkProof, proofReplayed, releaseProof } from './check-proof.ts'
import { mintAccessToken } from './mint-access-token.ts'

/** Issues a machine token. @throws OAuthError, ActorError. */
export async function issueClientCredentials(
  services: Services,
  call: TokenCall,
): Promise<TokenResponse> {
  const { caller } = call
  const span = services.tracer.start('TokenService.IssueClientCredentials', caller.trace)
  try {
    return await issue(services, { ...call, caller: { ...caller, trace: span.context } }, span)
  } catch (error) {
    const reason = reasonOf(error)
    services.meters.clientCredentialsDenied(reason)
    span.fail(reason)
    throw error
  } finally {
    span.end()
  }
}

async function issue(services: Services, call: TokenCall, span: Span): Promise<TokenResponse> {
  const presented = parseClientCredentials(call.authorization, call.form)
  const request = readRequest(call)
  const context = await readTokenContext(services, { presented, request, call })
  const client = await authenticateConfidentialClient(services, context.client, {
    presented,
    caller: call.caller,
  })
  if (span.isRecorded) {
    const { id, dpopBoundAccessTokens } = client
    span.set({ client_id: id, grant_type: grantType, dpop_bound: dpopBoundAccessTokens })
  }
  return issueToClient(services, client, { resources: context.resources, request, call, span })
}

const grantType = 'client_credentials'

/** The part after authentication: from here on a refusal or an outage leaves an audit row (D17). */
async function issueToClient(
  services: Services,
  client: TokenClient,
  given: {
    readonly resources: readonly TokenResource[]
    readonly request: ClientCredentialsRequest
    readonly call: TokenCall
    readonly span: Span
  },
): Promise<TokenResponse> {
  const { caller } = given.call
  try {
    const decision = decideClientCredentials(client, given.resources, given.request)
    if (given.span.isRecorded) given.span.set(decisionAttributes(decision))
    const proof = await checkProof(services, given.call, client)
    const { jwt, claims } = await signAndCommit(services, decision, { proof, caller })
    logIssued(services.log, decision, { claims, caller })
    return tokenResponse(jwt, claims, null)
  } catch (error) {
    const denial = { reason: reasonOf(error), caller }
    recordInBackground(services, clientCredentialsDenied(services, client.id, denial), caller.trace)
    throw error
  }
}

/** What a proof cannot have bought, because something is out of order, it may try to buy again. */
async function signAndCommit(
  services: Services,
  decision: MachineDecision,
  given: { readonly proof: ProofClaim | null; readonly caller: Caller },
): Promise<{ readonly jwt: string; readonly claims: AccessTokenClaims }> {
  const { proof, caller } = given
  try {
    const claims = claimsOf(services, decision, proof)
    const jwt = await mintAccessToken(services, claims, caller.trace)
    await commitMachineIssuance(services, decision, { claims, proof, caller })
    return { jwt, claims }
  } catch (error) {
    if (!(error instanceof OAuthError)) releaseProof(services, proof)
    throw error
  }
}

function readRequest(call: TokenCall): ClientCredentialsRequest {
  return {
    scope: call.form.get('scope')?.trim() || null,
    resource: call.form.get('resource') ?? null,
  }
}

async function readTokenContext(
  services: Services,
  {
    presented,
    request,
    call,
  }: {
    readonly presented: PresentedCredentials
    readonly request: ClientCredentialsRequest
    readonly call: TokenCall
  },
): Promise<{
  readonly client: TokenClient | null
  readonly resources: readonly TokenResource[]
}> {
  const outcome = await services.storage.ask(
    'readTokenContext',
    { clientId: presented.clientId, resource: request.resource },
    askOptions(services, call.caller.trace),
  )
  return outcome.reply
}

function claimsOf(
  services: Services,
  decision: MachineDecision,
  proof: ProofClaim | null,
): AccessTokenClaims {
  const nowMs = services.clock.nowMs()
  return machineTokenClaims(
    {
      issuer: services.settings.features.issuer,
      clientId: decision.client.id,
      resourceUri: decision.resource?.uri ?? null,
      scope: formatScope(decision.scopeNames),
      agentName: decision.client.isAgent ? decision.client.name : null,
      dpopJkt: proof?.jkt ?? null,
    },
    {
      jti: services.random.uuidV7(nowMs),
      nowSeconds: Math.floor(nowMs / 1000),
      lifeSeconds: services.settings.clientCredentials.tokenLifeSeconds,
    },
  )
}

/** Makes the token known; only then may it leave (D18). */
async function commitMachineIssuance(
  services: Services,
  decision: MachineDecision,
  given: {
    readonly claims: AccessTokenClaims
    readonly proof: ProofClaim | null
    readonly caller: Caller
  },
): Promise<void> {
  const { client, resource } = decision
  const { claims, proof, caller } = given
  const outcome = await services.storage.ask(
    'commitMachineIssuance',
    {
      token: {
        jti: claims.jti,
        clientId: client.id,
        resourceId: resource?.id ?? null,
        scopes: decision.scopeNames,
        issuedAtMs: claims.iat * 1000,
        expiresAtMs: claims.exp * 1000,
        isAgent: client.isAgent,
        dpopJkt: proof?.jkt ?? null,
      },
      proof,
      caller: { ip: caller.ip, traceId: caller.trace?.traceId ?? null },
      nowMs: services.clock.nowMs(),
    },
    askOptions(services, caller.trace),
  )
  if (outcome.ok) return
  if (outcome.refusal === 'client-gone') throw clientRefused()
  if (outcome.refusal === 'proof-replayed') throw proofReplayed(services)
  throw new OAuthError('invalid_target', 'the resource is not registered')
}

function decisionAttributes({ resource, scopeNames }: MachineDecision): SpanAttributes {
  const scopeCount = { scope_count: scopeNames.length }
  return resource === null ? scopeCount : { ...scopeCount, resource_uri: resource.uri }
}

function logIssued(
  log: Log,
  { client, resource, scopeNames }: MachineDecision,
  { claims, caller }: { readonly claims: AccessTokenClaims; readonly caller: Caller },
): void {
  if (!log.isEnabled('info')) return
  log.info('client credentials token issued', {
    client_id: client.id,
    jti: claims.jti,
    resource: resource?.uri,
    scope_count: scopeNames.length,
    request_id: caller.requestId,
    ...traceFields(caller.trace),
  })
}

function reasonOf(error: unknown): OAuthErrorCode {
  if (error instanceof OAuthError) return error.code
  return error instanceof ActorError ? 'temporarily_unavailable' : 'server_error'
}
