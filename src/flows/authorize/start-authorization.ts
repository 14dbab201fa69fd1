// GET /oauth/authorize as a use case (spec 01 §6): everything about the request is decided first.
// Before sign-in nothing is stored; the browser comes back to the same request afterwards.
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { OperationalError } from '../../base/errors.ts'
import { sha256Base64url } from '../../base/hash.ts'
import { limits } from '../../base/limits.ts'
import { traceFields } from '../../base/telemetry.ts'
import {
  type AuthorizationContext,
  type AuthorizationDecision,
  type AuthorizationRequest,
  decideAuthorization,
  needsAllScopes,
  type Recipient,
  readAuthorizationRequest,
  requireCodeRequest,
  requireRecipient,
} from '../../oauth/authorization-request.ts'
import { codeLocation, errorLocation } from '../../oauth/authorization-response.ts'
import { isCovered } from '../../oauth/consent.ts'
import type { Form } from '../../oauth/form.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import type { Authorization } from '../../records/authorization.ts'
import type { Client } from '../../records/client.ts'
import type { ConsentGrant } from '../../records/consent-grant.ts'
import type { User } from '../../records/user.ts'
import type { Visitor } from '../login/login-audit.ts'
import { resolveClient } from '../registration/resolve-client.ts'
import { askOptions, type Services } from '../services.ts'
import { traced } from './traced.ts'

export interface AuthorizeCall {
  readonly query: Form
  /** Null = nobody is signed in. */
  readonly user: User | null
  readonly visitor: Visitor
}

/** Where the browser goes. */
export type AuthorizeAnswer =
  /** To the client, with a code or an error. */
  | { readonly kind: 'client'; readonly location: string }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'consent'; readonly authorizationId: string }
  /**
   * Nowhere by itself (AZ-15): anybody can register a client and send people its faulty requests,
   * and this server does not pass them on before it knows that they are its users.
   */
  | {
      readonly kind: 'offer'
      readonly error: OAuthError
      readonly client: Client
      readonly redirectUri: string
      readonly location: string
    }

/** Answers a request. @throws PageRefusal, OAuthError, ActorError while its client is not known. */
export function startAuthorization(
  services: Services,
  call: AuthorizeCall,
): Promise<AuthorizeAnswer> {
  const step = { name: 'AuthorizeService.StartAuthorization', visitor: call.visitor }
  return traced(services, step, async (visitor, span) => {
    const answer = await answerCall(services, { ...call, visitor })
    if (answer.kind === 'offer') span.fail(answer.error.code)
    return answer
  })
}

async function answerCall(services: Services, call: AuthorizeCall): Promise<AuthorizeAnswer> {
  const request = readAuthorizationRequest(call.query)
  const clientId = requireCodeRequest(request)
  const resolved = await resolveClient(services, clientId, call.visitor.trace)
  const recipient = requireRecipient(resolved, request)
  try {
    return await decideAndBegin(services, call, { request, recipient })
  } catch (error) {
    const refusal = refusalOf(services, error, call)
    return answerRefusal(services, call, { request, recipient, refusal })
  }
}

interface Known {
  readonly request: AuthorizationRequest
  readonly recipient: Recipient
}

async function decideAndBegin(
  services: Services,
  call: AuthorizeCall,
  { request, recipient }: Known,
): Promise<AuthorizeAnswer> {
  const context = await readContext(services, call, { request, recipient })
  const decision = decideAuthorization(request, context)
  if (call.user === null) return { kind: 'sign-in' }
  if (decision.isDefaultScope) logDefaultScope(services, call, { context, decision })
  const { reconsentsNative } = services.settings.authorization
  const { redirectUri } = recipient
  const { client, consent } = context
  const isSilent = isCovered(decision.scope, consent, { client, redirectUri, reconsentsNative })
  const code = isSilent ? services.random.secret() : null
  const authorization = newAuthorization(services, call.user, {
    request,
    recipient,
    decision,
    code,
  })
  const { issuer } = services.settings.features
  const location = code === null ? null : codeLocation({ ...authorization, issuer }, code)
  const options = askOptions(services, call.visitor.trace)
  await services.storage.ask('startAuthorization', { authorization }, options)
  if (location === null) return { kind: 'consent', authorizationId: authorization.id }
  services.meters.authorizationFlowed((services.clock.nowMs() - authorization.createdAtMs) / 1000)
  return { kind: 'client', location }
}

/** The client is read again: its document may just have been stored. */
async function readContext(
  services: Services,
  { user, visitor }: AuthorizeCall,
  { request, recipient }: Known,
): Promise<AuthorizationContext & { readonly consent: ConsentGrant | null }> {
  const options = askOptions(services, visitor.trace)
  const userId = user?.id ?? null
  const { resource } = request
  const wanted = { clientId: recipient.client.id, userId, resource }
  const outcome = await services.storage.ask('readAuthorizeContext', wanted, options)
  const { resources, consent } = outcome.reply
  const { client } = requireRecipient(outcome.reply.client, request)
  const allScopeNames = needsAllScopes(request)
    ? (await services.storage.ask('listScopeNames', {}, options)).reply.names
    : []
  const { requiresScope } = services.settings.authorization
  return { client, resources, consent, allScopeNames, requiresScope }
}

function newAuthorization(
  { clock, random }: Services,
  user: User,
  begun: Known & {
    readonly decision: AuthorizationDecision
    /** Null = the user is asked first. */
    readonly code: string | null
  },
): Authorization {
  const { request, recipient, decision, code } = begun
  const nowMs = clock.nowMs()
  return {
    id: random.opaqueId(),
    clientId: recipient.client.id,
    userId: user.id,
    redirectUri: recipient.redirectUri,
    scope: decision.scope,
    resource: decision.resource?.uri ?? '',
    state: request.state ?? '',
    codeHash: code === null ? null : sha256Base64url(code),
    codeChallenge: decision.codeChallenge,
    expiresAtMs: nowMs + limits.authorizationLifeMs,
    consumedAtMs: null,
    failedRedemptions: 0,
    createdAtMs: nowMs,
  }
}

/** What the client may be told of anything thrown. @throws what is for a page of ours. */
function refusalOf(services: Services, error: unknown, { visitor }: AuthorizeCall): OAuthError {
  if (error instanceof OAuthError) return error
  if (!(error instanceof ActorError || error instanceof OperationalError)) throw error
  services.log.warn('an authorization could not be begun', {
    error: error.message,
    ...traceFields(visitor.trace),
  })
  return new OAuthError('temporarily_unavailable', 'the server cannot answer right now')
}

function answerRefusal(
  services: Services,
  { user }: AuthorizeCall,
  { request, recipient, refusal }: Known & { readonly refusal: OAuthError },
): AuthorizeAnswer {
  const { client, redirectUri } = recipient
  const { issuer } = services.settings.features
  const location = errorLocation(
    { redirectUri, state: request.state ?? '', issuer },
    { code: refusal.code, description: refusal.message },
  )
  const isPassedOn = user !== null || client.registrationSource === 'admin'
  return isPassedOn
    ? { kind: 'client', location }
    : { kind: 'offer', error: refusal, client, redirectUri, location }
}

function logDefaultScope(
  services: Services,
  { visitor }: AuthorizeCall,
  {
    context,
    decision,
  }: { readonly context: AuthorizationContext; readonly decision: AuthorizationDecision },
): void {
  services.log.info('an authorize request without scope gets what it can get', {
    client_id: context.client.id,
    resource: decision.resource?.uri,
    scope_count: decision.scope.split(' ').length,
    ...traceFields(visitor.trace),
  })
}
