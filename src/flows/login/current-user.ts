// Who a browser's session cookie stands for now (spec 01 §7.1, B33): nothing about it is cached.

import { ActorError } from '../../../actors/runtime/protocol.ts'
import { OperationalError } from '../../base/errors.ts'
import type { TraceContext } from '../../base/telemetry.ts'
import { type BrowserSession, openSession } from '../../oauth/session-cookie.ts'
import type { User } from '../../records/user.ts'
import { askOptions, type Services } from '../services.ts'

export interface SignedIn {
  readonly user: User
  readonly session: {
    readonly id: string
    /** Value of the cookie, to which the tokens of forms are bound. */
    readonly cookie: string
    readonly expiresAtMs: number
  }
}

/**
 * The signed-in user of a session cookie, or null: no cookie, not ours, expired, signed out, ended
 * by a change of the account, or the user is gone or disabled.
 */
export async function currentUser(
  services: Services,
  sessionCookie: string | null,
  trace: TraceContext | null,
): Promise<SignedIn | null> {
  if (sessionCookie === null) return null
  const session = openSession(sessionCookie, {
    key: services.settings.session.keys.cookie,
    nowMs: services.clock.nowMs(),
  })
  if (session === null) return null
  const user = await readSessionUser(services, session, trace)
  if (user === null) return null
  const { id, expiresAtMs } = session
  return { user, session: { id, cookie: sessionCookie, expiresAtMs } }
}

async function readSessionUser(
  services: Services,
  session: BrowserSession,
  trace: TraceContext | null,
): Promise<User | null> {
  const { id: sessionId, userId } = session
  try {
    const outcome = await services.storage.ask(
      'readBrowserSession',
      { sessionId, userId },
      askOptions(services, trace),
    )
    const { user, isRevoked } = outcome.reply
    return user !== null && !isRevoked && isInForce(session, user) ? user : null
  } catch (error) {
    if (!(error instanceof ActorError || error instanceof OperationalError)) throw error
    services.log.warn('a session could not be checked', { user_id: userId, error: error.message })
    return services.settings.session.failsClosed ? null : userOfCookie(session)
  }
}

function isInForce({ beganAtMs }: BrowserSession, user: User): boolean {
  return user.status === 'active' && beganAtMs >= (user.sessionsSinceMs ?? 0)
}

/** All that a cookie alone tells (`session.fail_closed: false`): an account without properties. */
function userOfCookie({ userId, beganAtMs }: BrowserSession): User {
  return {
    id: userId,
    email: null,
    name: '',
    passwordHash: '',
    role: 'user',
    status: 'active',
    provider: 'local',
    providerSub: '',
    providerIssuer: '',
    sessionsSinceMs: null,
    version: 0,
    createdAtMs: beganAtMs,
    updatedAtMs: beganAtMs,
  }
}
