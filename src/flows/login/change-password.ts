// Change of a local user's own password (B38): all other sessions of the user end, and the one that
// asked for it goes on under a new cookie.
import { createLockout } from '../../oauth/lockout.ts'
import { newPasswordFault } from '../../oauth/new-password.ts'
import { beginSession, sealSession } from '../../oauth/session-cookie.ts'
import { recordEvent } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { createPasswordCheck } from './check-password.ts'
import type { SignedIn } from './current-user.ts'
import { lockedOutEvent, loginEvent, type Visitor } from './login-audit.ts'

export interface PasswordChange extends Visitor {
  readonly signedIn: SignedIn
  readonly currentPassword: string
  readonly newPassword: string
}

export type PasswordChangeResult =
  | { readonly kind: 'changed'; readonly sessionCookie: string }
  | { readonly kind: 'wrong-password' }
  | { readonly kind: 'locked-out'; readonly retryAfterMs: number }
  | { readonly kind: 'too-short' }
  | { readonly kind: 'too-long' }
  /** The account is gone, or its password is not kept here. */
  | { readonly kind: 'not-possible' }

export type ChangePassword = (change: PasswordChange) => Promise<PasswordChangeResult>

/**
 * Changes of passwords for one listener. Wrong current passwords are counted for each user, so that
 * a stolen session is no way to guess them. @throws ActorError.
 */
export function createChangePassword(services: Services): ChangePassword {
  const lockout = createLockout(services.settings.login.lockout)
  const checkPassword = createPasswordCheck(services)

  return async (change) => {
    const { user } = change.signedIn
    if (user.provider !== 'local') return { kind: 'not-possible' }
    const fault = newPasswordFault(change.newPassword)
    if (fault !== null) return { kind: fault }
    const admission = lockout.begin(user.id, services.clock.nowMs())
    if (!admission.isAdmitted) {
      return { kind: 'locked-out', retryAfterMs: admission.retryAfterMs }
    }
    try {
      const { refusal } = await checkPassword(user, change.currentPassword, change.trace)
      if (refusal === null) {
        const result = await storePassword(services, change)
        lockout.succeed(user.id)
        return result
      }
      services.meters.authDenied(refusal)
      const lockedUntilMs = lockout.fail(user.id, services.clock.nowMs())
      if (lockedUntilMs !== null) await tellLockout(services, change, lockedUntilMs)
      return { kind: 'wrong-password' }
    } catch (error) {
      lockout.abandon(user.id)
      throw error
    }
  }
}

async function storePassword(
  services: Services,
  change: PasswordChange,
): Promise<PasswordChangeResult> {
  const { clock, random, settings } = services
  const { id } = change.signedIn.user
  const hashed = await services.passwordPool.ask(
    'hashPassword',
    { password: change.newPassword },
    askOptions(services, change.trace),
  )
  const nowMs = clock.nowMs()
  const audit = loginEvent(services, change, {
    action: 'user.password_changed',
    actorId: id,
    detail: `user=${id}`,
  })
  const outcome = await services.storage.ask(
    'setPassword',
    { id, passwordHash: hashed.reply.hash, ifHash: null, nowMs, audit },
    askOptions(services, change.trace),
  )
  if (!outcome.ok) return { kind: 'not-possible' }
  const { keys, maxAgeSeconds } = settings.session
  const session = beginSession(id, { nowMs, maxAgeSeconds, random })
  return { kind: 'changed', sessionCookie: sealSession(session, keys.cookie) }
}

async function tellLockout(
  services: Services,
  change: PasswordChange,
  untilMs: number,
): Promise<void> {
  const userId = change.signedIn.user.id
  services.log.warn('a user is locked out of changing the password', { user_id: userId })
  await recordEvent(services, lockedOutEvent(services, change, untilMs), change.trace)
}
