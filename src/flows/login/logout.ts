// The end of a browser session on the server (spec 01 §7.5, LG-12): from here on its cookie is
// worth nothing, wherever a copy of it is.
import { openSession } from '../../oauth/session-cookie.ts'
import { askOptions, type Services } from '../services.ts'
import { loginEvent, type Visitor } from './login-audit.ts'

/**
 * Ends the session of a cookie; null, and a cookie that stands for no session, end nothing.
 * @throws ActorError when storage cannot say that it is ended.
 */
export async function logOut(
  services: Services,
  sessionCookie: string | null,
  visitor: Visitor,
): Promise<void> {
  if (sessionCookie === null) return
  const { keys } = services.settings.session
  const session = openSession(sessionCookie, { key: keys.cookie, nowMs: services.clock.nowMs() })
  if (session === null) return
  const { id: sessionId, userId, expiresAtMs } = session
  const audit = loginEvent(services, visitor, {
    action: 'session.revoked',
    actorId: userId,
    detail: '',
  })
  await services.storage.ask(
    'revokeBrowserSession',
    { sessionId, userId, expiresAtMs, audit },
    askOptions(services, visitor.trace),
  )
}
