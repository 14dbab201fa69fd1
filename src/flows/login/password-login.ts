// Sign-in with an e-mail address and a password (spec 01 §7.4 from step 5 on, 04 §1.2). Refusals
// look alike to the visitor in text, status and time.
import type { RequestOf } from '../../../actors/runtime/protocol.ts'
import type { StorageProtocol } from '../../../actors/storage/protocol.ts'
import { utf8Bytes } from '../../base/bytes.ts'
import { messageOf } from '../../base/errors.ts'
import { sha256Base64url } from '../../base/hash.ts'
import { limits } from '../../base/limits.ts'
import { foldEmailAddress } from '../../oauth/email-address.ts'
import { createLockout } from '../../oauth/lockout.ts'
import { beginSession, sealSession } from '../../oauth/session-cookie.ts'
import type { User } from '../../records/user.ts'
import { recordEvent } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { createPasswordCheck, type PasswordRefusal } from './check-password.ts'
import { lockedOutEvent, loginEvent, type Visitor } from './login-audit.ts'
import { logOut } from './logout.ts'

export interface LoginAttempt extends Visitor {
  readonly email: string
  readonly password: string
  /** What the lockout counts the address as: IPv6 by its /64. */
  readonly addressKey: string
  /** The session cookie that the browser has already; it is worth nothing afterwards. */
  readonly sessionCookie: string | null
}

export type LoginResult =
  | { readonly kind: 'signed-in'; readonly sessionCookie: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'locked-out'; readonly retryAfterMs: number }

export type PasswordLogin = (attempt: LoginAttempt) => Promise<LoginResult>

/**
 * Sign-in for one listener, with its memory of who failed. @throws ActorError when storage or the
 * password pool cannot answer; such an attempt does not count.
 */
export function createPasswordLogin(services: Services): PasswordLogin {
  const { clock, meters } = services
  const lockout = createLockout(services.settings.login.lockout)
  const checkPassword = createPasswordCheck(services)

  return async (attempt) => {
    if (utf8Bytes(attempt.email).length > limits.emailBytesMax) return { kind: 'refused' }
    const email = foldEmailAddress(attempt.email)
    // A digest: what was typed in is not kept, whatever it was.
    const key = sha256Base64url(`${attempt.addressKey}\n${email}`)
    const admission = lockout.begin(key, clock.nowMs())
    if (!admission.isAdmitted) {
      meters.authDenied('locked_out')
      return { kind: 'locked-out', retryAfterMs: admission.retryAfterMs }
    }
    try {
      const user = await readUser(services, { by: 'email', value: email }, attempt)
      const verdict = await checkPassword(user, attempt.password, attempt.trace)
      const sessionCookie =
        verdict.refusal === null ? await signIn(services, verdict, attempt) : null
      if (sessionCookie !== null) {
        lockout.succeed(key)
        return { kind: 'signed-in', sessionCookie }
      }
      await tellRefusal(
        services,
        { user, refusal: verdict.refusal ?? 'invalid_credentials' },
        attempt,
      )
      const lockedUntilMs = lockout.fail(key, clock.nowMs())
      if (lockedUntilMs !== null) await tellLockout(services, attempt, lockedUntilMs)
      return { kind: 'refused' }
    } catch (error) {
      lockout.abandon(key)
      throw error
    }
  }
}

async function readUser(
  services: Services,
  request: RequestOf<StorageProtocol, 'readUser'>,
  { trace }: Visitor,
): Promise<User | null> {
  const outcome = await services.storage.ask('readUser', request, askOptions(services, trace))
  return outcome.reply.user
}

/**
 * The cookie of a new session, or null when the password was changed while it was checked: the
 * session has begun before the second look, so that a change either ends it or is seen there. The
 * browser's former session ends: nobody can have planted it.
 */
async function signIn(
  services: Services,
  { user, rehash }: { readonly user: User; readonly rehash: string | null },
  attempt: LoginAttempt,
): Promise<string | null> {
  const { clock, random, settings } = services
  const { keys, maxAgeSeconds } = settings.session
  const session = beginSession(user.id, { nowMs: clock.nowMs(), maxAgeSeconds, random })
  const now = await readUser(services, { by: 'id', value: user.id }, attempt)
  if (now === null || now.sessionsSinceMs !== user.sessionsSinceMs) return null
  await logOut(services, attempt.sessionCookie, attempt)
  if (rehash !== null) await storeRehash(services, { user, rehash }, attempt)
  services.meters.loginAttempted('success')
  const event = loginEvent(services, attempt, {
    action: 'user.login',
    actorId: user.id,
    detail: '',
  })
  await recordEvent(services, event, attempt.trace)
  return sealSession(session, keys.cookie)
}

/** Replaces a weaker hash; that it could not be done keeps nobody from signing in. */
async function storeRehash(
  services: Services,
  { user, rehash }: { readonly user: User; readonly rehash: string },
  { trace }: Visitor,
): Promise<void> {
  const nowMs = services.clock.nowMs()
  const change = {
    id: user.id,
    passwordHash: rehash,
    ifHash: user.passwordHash,
    nowMs,
    audit: null,
  }
  try {
    await services.storage.ask('setPassword', change, askOptions(services, trace))
  } catch (error) {
    const fields = { user_id: user.id, error: messageOf(error) }
    services.log.warn('a password hash could not be replaced by a stronger one', fields)
  }
}

async function tellRefusal(
  services: Services,
  { user, refusal }: { readonly user: User | null; readonly refusal: PasswordRefusal },
  attempt: LoginAttempt,
): Promise<void> {
  services.meters.loginAttempted('failure')
  services.meters.authDenied(refusal)
  const actorId = user?.id ?? ''
  if (refusal === 'unusable_stored_hash') {
    services.log.error('the stored password hash of a user cannot be used', { user_id: actorId })
  }
  const detail = `reason=${refusal}`
  const event = loginEvent(services, attempt, { action: 'user.login_failed', actorId, detail })
  await recordEvent(services, event, attempt.trace)
}

async function tellLockout(
  services: Services,
  attempt: LoginAttempt,
  untilMs: number,
): Promise<void> {
  services.log.warn('an identity is locked out after failed sign-ins', { ip: attempt.ip })
  await recordEvent(services, lockedOutEvent(services, attempt, untilMs), attempt.trace)
}
