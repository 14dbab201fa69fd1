// POST /oauth/revoke as a use case (RFC 7009, spec 01 §14, B11): what it answers is true. A token
// that is not the caller's, or no token at all, is no error; that the store could not be written is
// one, and the client asks again.
import { sha256Base64url } from '../../base/hash.ts'
import { keyValue } from '../../base/key-value.ts'
import { traceFields } from '../../base/telemetry.ts'
import { type OwnTokenClaims, readUnverifiedToken } from '../../oauth/access-token-check.ts'
import {
  type PresentedCredentials,
  parseClientCredentials,
} from '../../oauth/client-credentials.ts'
import { type PresentedTokenCall, readPresentedToken } from '../../oauth/presented-token.ts'
import { decideRevocation, type Revocation } from '../../oauth/revocation.ts'
import type { Caller } from '../../oauth/token-request.ts'
import type { TokenClient } from '../../records/client.ts'
import type { TokenFamily } from '../../records/token-family.ts'
import { askOptions, type Services } from '../services.ts'
import { authenticateClient } from './authenticate-client.ts'
import { denialReason, tokenEvent } from './token-audit.ts'
import { verifyOwnToken } from './verify-own-token.ts'

/** Revokes a token of the caller; resolves when that is durable. @throws OAuthError, ActorError. */
export async function revokeToken(services: Services, call: PresentedTokenCall): Promise<void> {
  const span = services.tracer.start('TokenService.Revoke', call.caller.trace)
  const caller = { ...call.caller, trace: span.context }
  try {
    await revoke(services, { ...call, caller })
  } catch (error) {
    span.fail(denialReason(error))
    throw error
  } finally {
    span.end()
  }
}

async function revoke(services: Services, call: PresentedTokenCall): Promise<void> {
  const text = readPresentedToken(call.form)
  const presented = parseClientCredentials(call.authorization, call.form)
  const { caller } = call
  const { reply } = await services.storage.ask(
    'readRevocation',
    { clientId: presented.clientId, tokenHash: sha256Base64url(text) },
    askOptions(services, caller.trace),
  )
  const client = await authenticate(services, reply.client, { presented, caller })
  const { family } = reply
  const claims = family === null ? verifyOwnToken(services, readUnverifiedToken(text)) : null
  const revocation = decideRevocation(client.id, { family, claims })
  await carryOut(services, revocation, { clientId: client.id, caller })
}

/** A public client proves nothing beyond its id, so that a secret it sends says nothing either. */
function authenticate(
  services: Services,
  client: TokenClient | null,
  given: { readonly presented: PresentedCredentials; readonly caller: Caller },
): Promise<TokenClient> {
  const isPublic = client?.secretHash === ''
  const presented = isPublic ? { ...given.presented, secret: null } : given.presented
  return authenticateClient(services, client, { ...given, presented })
}

interface Asker {
  readonly clientId: string
  readonly caller: Caller
}

async function carryOut(services: Services, revocation: Revocation, asker: Asker): Promise<void> {
  switch (revocation.kind) {
    case 'family':
      return revokeFamily(services, revocation.family, asker)
    case 'access-token':
      return revokeAccessToken(services, revocation, asker)
    case 'nothing':
      if (!revocation.isForeign) return
      services.log.warn('a client asked to revoke a token of another client', {
        client_id: asker.clientId,
        request_id: asker.caller.requestId,
        ...traceFields(asker.caller.trace),
      })
  }
}

/**
 * Both halves (spec 02 §5.2). A family that was revoked before gets its second half again: it may
 * be what failed then.
 */
async function revokeFamily(services: Services, family: TokenFamily, asker: Asker): Promise<void> {
  const familyId = family.id
  const nowMs = services.clock.nowMs()
  const audit = revokedEvent(services, asker, keyValue('family', familyId))
  const options = askOptions(services, asker.caller.trace)
  const outcome = await services.storage.ask('revokeFamily', { familyId, nowMs, audit }, options)
  await services.storage.ask('denylistFamily', { familyId, nowMs }, options)
  if (outcome.reply.isChanged) services.meters.tokensRevoked('explicit')
}

async function revokeAccessToken(
  services: Services,
  { claims, isMachine }: { readonly claims: OwnTokenClaims; readonly isMachine: boolean },
  asker: Asker,
): Promise<void> {
  const told = keyValue('jti', claims.jti)
  const outcome = await services.storage.ask(
    'revokeAccessToken',
    {
      jti: claims.jti,
      isMachine,
      expiresAtMs: claims.expiresAt * 1000,
      nowMs: services.clock.nowMs(),
      audit: revokedEvent(services, asker, isMachine ? `machine_token ${told}` : told),
    },
    askOptions(services, asker.caller.trace),
  )
  if (outcome.reply.isChanged) {
    services.meters.tokensRevoked(isMachine ? 'explicit_machine' : 'explicit')
  }
}

function revokedEvent(services: Services, { clientId, caller }: Asker, detail: string) {
  const event = { action: 'token.revoked', actorId: clientId, clientId, detail } as const
  return tokenEvent(services, caller, event)
}
