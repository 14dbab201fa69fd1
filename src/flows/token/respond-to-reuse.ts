// What the reuse of a spent code or refresh token sets off (spec 02 §5.2): the family is revoked,
// and its access tokens are denylisted. Two halves: each is tried whatever became of the other and
// reported by itself. Nothing of it reaches the answer to the client.
import { messageOf } from '../../base/errors.ts'
import { traceFields } from '../../base/telemetry.ts'
import type { Caller } from '../../oauth/token-request.ts'
import type { AuditAction } from '../../records/audit-event.ts'
import type { Authorization } from '../../records/authorization.ts'
import type { RefreshedFamily, TokenFamily } from '../../records/token-family.ts'
import { recordEvent } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { tokenEvent } from './token-audit.ts'

type Path = 'reuse' | 'code_reuse'

/** How the audit rows and counters of a path begin. */
const labels = {
  reuse: { prefix: 'reuse_detection', reason: 'family_revocation' },
  code_reuse: { prefix: 'code_reuse', reason: 'code_reuse' },
} as const satisfies Record<Path, { readonly prefix: string; readonly reason: string }>

/** A spent refresh token was presented by its authenticated client. Never rejects. */
export async function respondToTokenReuse(
  services: Services,
  family: RefreshedFamily,
  caller: Caller,
): Promise<void> {
  services.meters.refreshTokenReused()
  await endFamily(services, { family, path: 'reuse', caller })
}

/**
 * A spent code was presented. Only whoever proves to be where the code was asked for (`isProven`:
 * right PKCE verifier and client) can end the family that it brought to life. Never rejects.
 */
export async function respondToCodeReuse(
  services: Services,
  authorization: Authorization,
  { isProven, caller }: { readonly isProven: boolean; readonly caller: Caller },
): Promise<void> {
  const verifier = isProven ? 'valid' : 'invalid'
  services.meters.codeReused(verifier)
  const { id, userId, clientId } = authorization
  const detail = `code_reuse session=${id} verifier=${verifier}`
  const event = { action: 'auth_code.reused', actorId: userId, clientId, detail } as const
  await recordEvent(services, tokenEvent(services, caller, event), caller.trace)
  if (!isProven) return
  const family = await familyOf(services, authorization, caller)
  if (family === null) {
    services.log.warn('a code was presented again that has brought no family to life', {
      session: id,
      ...traceFields(caller.trace),
    })
    return
  }
  await endFamily(services, { family, path: 'code_reuse', caller })
}

async function familyOf(
  services: Services,
  { id }: Authorization,
  caller: Caller,
): Promise<TokenFamily | null> {
  try {
    const options = askOptions(services, caller.trace)
    const message = { authorizationId: id }
    const outcome = await services.storage.ask('readFamilyOfAuthorization', message, options)
    return outcome.reply.family
  } catch (error) {
    services.meters.revocationFailed('code_reuse', 'family')
    services.log.error('failed to find the family of a reused code', {
      session: id,
      error: messageOf(error),
    })
    return null
  }
}

interface Reuse {
  readonly family: RefreshedFamily
  readonly path: Path
  readonly caller: Caller
}

async function endFamily(services: Services, reuse: Reuse): Promise<void> {
  await revokeFamily(services, reuse)
  await denylistFamily(services, reuse)
}

async function revokeFamily(services: Services, reuse: Reuse): Promise<void> {
  const { family, path, caller } = reuse
  const audit = reuseEvent(services, reuse, { action: 'family.revoked', half: null })
  try {
    const outcome = await services.storage.ask(
      'revokeFamily',
      { familyId: family.id, nowMs: services.clock.nowMs(), audit },
      askOptions(services, caller.trace),
    )
    if (outcome.reply.isChanged) services.meters.tokensRevoked(labels[path].reason)
  } catch (error) {
    services.meters.revocationFailed(path, 'family')
    services.log.error('failed to revoke family during reuse detection', {
      family: family.id,
      error: messageOf(error),
    })
    const failed = { action: 'family.revocation_failed', half: 'family' } as const
    await recordEvent(services, reuseEvent(services, reuse, failed), caller.trace)
  }
}

async function denylistFamily(services: Services, reuse: Reuse): Promise<void> {
  const { family, path, caller } = reuse
  try {
    await services.storage.ask(
      'denylistFamily',
      { familyId: family.id, nowMs: services.clock.nowMs() },
      askOptions(services, caller.trace),
    )
  } catch (error) {
    services.meters.revocationFailed(path, 'jti')
    services.log.error('JTI denylist failed during reuse detection', {
      family: family.id,
      error: messageOf(error),
    })
    const failed = { action: 'family.denylist_failed', half: 'jti' } as const
    await recordEvent(services, reuseEvent(services, reuse, failed), caller.trace)
  }
}

/** Actor and client stay empty: nobody of them asked for this. */
function reuseEvent(
  services: Services,
  { family, path, caller }: Reuse,
  { action, half }: { readonly action: AuditAction; readonly half: 'family' | 'jti' | null },
) {
  const told = `${labels[path].prefix} family=${family.id}`
  const detail = half === null ? told : `${told} path=${path} half=${half}`
  return tokenEvent(services, caller, { action, actorId: '', clientId: '', detail })
}
