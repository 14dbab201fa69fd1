// Users for tests, written through the actors as the server itself does, and their sessions.

import { adminEvent } from '../../src/flows/audit.ts'
import type { Services } from '../../src/flows/services.ts'
import { askOptions } from '../../src/flows/services.ts'
import { beginSession, sealSession } from '../../src/oauth/session-cookie.ts'
import type { User } from '../../src/records/user.ts'

const operator = { actorId: 'admin', trace: null }

/** The password of a seeded user, unless a test chose another. */
export const passwordOf = (id: string): string => `password of ${id}`

/** Stores an active local user `<id>@example.test` with `change` applied. */
export async function seedUser(
  services: Services,
  id: string,
  change: Partial<User>,
): Promise<User> {
  const options = askOptions(services, null)
  const request = { password: passwordOf(id) }
  const hashed = await services.passwordPool.ask('hashPassword', request, options)
  const nowMs = services.clock.nowMs()
  const user: User = {
    id,
    email: `${id}@example.test`,
    name: `User ${id}`,
    passwordHash: hashed.reply.hash,
    role: 'user',
    status: 'active',
    provider: 'local',
    providerSub: '',
    providerIssuer: '',
    sessionsSinceMs: null,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    ...change,
  }
  const event = { action: 'user.created', clientId: '', detail: `user=${id}` } as const
  const audit = adminEvent(services, operator, event)
  const outcome = await services.storage.ask('createUser', { user, audit }, options)
  if (!outcome.ok) throw new Error(outcome.refusal)
  return user
}

/** The value of the cookie of a session of `userId` that begins now. */
export function sessionCookieFor(services: Services, userId: string): string {
  const { keys, maxAgeSeconds } = services.settings.session
  const nowMs = services.clock.nowMs()
  const session = beginSession(userId, { nowMs, maxAgeSeconds, random: services.random })
  return sealSession(session, keys.cookie)
}
