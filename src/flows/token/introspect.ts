// POST /oauth/introspect as a use case (RFC 7662, spec 01 §13): one read of everything that
// decides, then who asks, then the token. What the token says of itself is looked up before it is
// verified, and used only afterwards.
import type { ReplyOf } from '../../../actors/runtime/protocol.ts'
import type { StorageProtocol } from '../../../actors/storage/protocol.ts'
import { keyValue } from '../../base/key-value.ts'
import type { Span } from '../../base/telemetry.ts'
import { readUnverifiedToken, type UnverifiedToken } from '../../oauth/access-token-check.ts'
import { clientRefused, parseClientCredentials } from '../../oauth/client-credentials.ts'
import {
  activeToken,
  type InactiveReason,
  type IntrospectionDocument,
  inactiveReason,
  inactiveToken,
} from '../../oauth/introspection.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { type PresentedTokenCall, readPresentedToken } from '../../oauth/presented-token.ts'
import type { Caller } from '../../oauth/token-request.ts'
import { recordInBackground } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { proveConfidentialClient } from './authenticate-client.ts'
import { denialReason, tokenEvent } from './token-audit.ts'
import { verifyOwnToken } from './verify-own-token.ts'

/** Tells what the caller may know of a token. @throws OAuthError, ActorError. */
export async function introspectToken(
  services: Services,
  call: PresentedTokenCall,
): Promise<IntrospectionDocument> {
  const startedMs = services.clock.monotonicMs()
  const seconds = (): number => (services.clock.monotonicMs() - startedMs) / 1000
  const span = services.tracer.start('TokenService.Introspect', call.caller.trace)
  const caller = { ...call.caller, trace: span.context }
  try {
    const document = await introspect(services, { ...call, caller }, span)
    services.meters.introspected(document.active ? 'active' : 'inactive', seconds())
    return document
  } catch (error) {
    // Callers that are refused have introspected nothing.
    if (!(error instanceof OAuthError)) services.meters.introspected('error', seconds())
    span.fail(denialReason(error))
    throw error
  } finally {
    span.end()
  }
}

type Facts = ReplyOf<StorageProtocol, 'readIntrospection'>

async function introspect(
  services: Services,
  call: PresentedTokenCall,
  span: Span,
): Promise<IntrospectionDocument> {
  const token = readUnverifiedToken(readPresentedToken(call.form))
  const presented = parseClientCredentials(call.authorization, call.form)
  const { caller } = call
  const facts = await readFacts(services, { token, callerId: presented.clientId, caller })
  const client = await proveConfidentialClient(services, facts.caller, { presented, caller })
  if (span.isRecorded) span.set({ client_id: client.id })
  const asker: Asker = { clientId: client.id, caller }
  if (client.status !== 'active') {
    recordDenial(services, asker, { reason: 'client_not_active', jti: null })
    throw clientRefused()
  }
  return answer(services, asker, { token, facts })
}

/** Who asks: authenticated, so that what he is refused leaves a row (D17). */
interface Asker {
  readonly clientId: string
  readonly caller: Caller
}

function answer(
  services: Services,
  asker: Asker,
  { token, facts }: { readonly token: UnverifiedToken | null; readonly facts: Facts },
): IntrospectionDocument {
  const claims = verifyOwnToken(services, token)
  if (claims === null) {
    recordDenial(services, asker, { reason: 'invalid_token', jti: null })
    return inactiveToken
  }
  const { jti } = claims
  const reason = inactiveReason(claims, asker.clientId, facts)
  if (reason !== null) {
    recordDenial(services, asker, { reason, jti })
    return inactiveToken
  }
  const detail = `${keyValue('jti', jti)} ${keyValue('issuing_client', claims.clientId)}`
  recordIntrospection(services, asker, { action: 'token.introspected', detail })
  return activeToken(claims)
}

/** An audience that is our own name is no resource's. */
async function readFacts(
  services: Services,
  of: {
    readonly token: UnverifiedToken | null
    readonly callerId: string
    readonly caller: Caller
  },
): Promise<Facts> {
  const identity = of.token?.identity
  const audience = identity?.audience ?? ''
  const isOurs = audience === '' || audience === services.settings.features.issuer
  const outcome = await services.storage.ask(
    'readIntrospection',
    {
      callerId: of.callerId,
      jti: identity?.jti ?? '',
      issuingClientId: identity?.clientId ?? '',
      subject: identity?.subject ?? '',
      audience: isOurs ? null : audience,
    },
    askOptions(services, of.caller.trace),
  )
  return outcome.reply
}

interface Denial {
  readonly reason: InactiveReason | 'client_not_active' | 'invalid_token'
  /** Of a token that we have signed, else null. */
  readonly jti: string | null
}

function recordDenial(services: Services, asker: Asker, { reason, jti }: Denial): void {
  const told = keyValue('reason', reason)
  const detail = jti === null ? told : `${told} ${keyValue('jti', jti)}`
  recordIntrospection(services, asker, { action: 'token.introspect_denied', detail })
}

/** Nobody waits for the row: an introspection changes nothing. */
function recordIntrospection(
  services: Services,
  { clientId, caller }: Asker,
  told: {
    readonly action: 'token.introspected' | 'token.introspect_denied'
    readonly detail: string
  },
): void {
  const event = tokenEvent(services, caller, { ...told, actorId: clientId, clientId })
  recordInBackground(services, event, caller.trace)
}
