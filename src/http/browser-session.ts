// The session cookie between a browser and the use cases (spec 01 §7.1): reading it, setting it,
// and taking away one that stands for nobody.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { currentUser, type SignedIn } from '../flows/login/current-user.ts'
import type { Services } from '../flows/services.ts'
import type { SessionSettings } from '../flows/settings.ts'
import { clearCookie, readCookie, setCookie } from './cookies.ts'
import { traceOf } from './hooks/trace.ts'

/** The session cookie that a request carries, or null. */
export function sessionCookieOf(request: FastifyRequest, settings: SessionSettings): string | null {
  return readCookie(request.headers.cookie, settings.cookieName)
}

/**
 * The signed-in user of a request, or null; a cookie that stands for nobody is cleared by the
 * answer.
 */
export async function readSignedIn(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<SignedIn | null> {
  const { session } = services.settings
  const cookie = sessionCookieOf(request, session)
  const signedIn = await currentUser(services, cookie, traceOf(request))
  if (cookie !== null && signedIn === null) {
    reply.header('set-cookie', clearCookie(session.cookieName, session))
  }
  return signedIn
}

/** Gives the browser a session cookie for the whole life of a session. */
export function setSessionCookie(
  reply: FastifyReply,
  value: string,
  settings: SessionSettings,
): void {
  const { cookieName: name, maxAgeSeconds } = settings
  reply.header('set-cookie', setCookie({ ...settings, name, value, maxAgeSeconds }))
}
