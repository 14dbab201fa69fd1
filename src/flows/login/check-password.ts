// The check of a password against an account (spec 04 §1.2): it costs the same whether the account
// exists or not, and says why it failed to nobody but the audit log.
import { delay } from '../../base/clock.ts'
import type { TraceContext } from '../../base/telemetry.ts'
import { isOverlongPassword } from '../../oauth/new-password.ts'
import type { User } from '../../records/user.ts'
import { askOptions, type Services } from '../services.ts'

/** Why a password is refused: the reasons of `user.login_failed`. */
export type PasswordRefusal =
  | 'user_not_found'
  | 'user_disabled'
  | 'user_not_local'
  | 'unusable_stored_hash'
  | 'invalid_credentials'

export type PasswordVerdict =
  | { readonly user: User; readonly rehash: string | null; readonly refusal: null }
  | { readonly user: User | null; readonly refusal: PasswordRefusal }

/** Checks one password at a time. */
export type CheckPassword = (
  user: User | null,
  password: string,
  trace: TraceContext | null,
) => Promise<PasswordVerdict>

/** Slower checks than this are not waited for: nobody signs in that slowly. */
const holdMsMax = 2000

/**
 * A checker for one listener. From the first imported hash on that it meets, it holds every answer
 * back as long as such a hash takes, so that an imported account does not stand out.
 */
export function createPasswordCheck(services: Services): CheckPassword {
  let slowestMs = 0
  return async (user, password, trace) => {
    const barrier = barrierOf(user)
    const isChecked = barrier === null && !isOverlongPassword(password)
    const hash = isChecked ? (user?.passwordHash ?? null) : null
    const { reply } = await services.passwordPool.ask(
      'verifyPassword',
      { password: isChecked ? password : '', hash },
      askOptions(services, trace),
    )
    if (reply.isImported) slowestMs = Math.min(holdMsMax, Math.max(slowestMs, reply.tookMs))
    if (slowestMs > reply.tookMs) await delay(services.clock, slowestMs - reply.tookMs)
    if (user === null || barrier !== null) return { user, refusal: barrier ?? 'user_not_found' }
    if (!reply.isHashUsable) return { user, refusal: 'unusable_stored_hash' }
    if (!reply.isRight) return { user, refusal: 'invalid_credentials' }
    return { user, rehash: reply.rehash, refusal: null }
  }
}

/** What keeps an account from signing in with any password, or null. */
function barrierOf(user: User | null): PasswordRefusal | null {
  if (user === null) return 'user_not_found'
  if (user.status !== 'active') return 'user_disabled'
  return user.provider === 'local' ? null : 'user_not_local'
}
