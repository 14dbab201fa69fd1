// Administration of people who sign in (spec 05 §4.3, 04 §1.1, B38). Each change and its audit row
// are one unit of work; rows name a user by id and never by the address.
import { unreachable } from '../../base/assert.ts'
import { utf8Bytes } from '../../base/bytes.ts'
import { keyValue } from '../../base/key-value.ts'
import { limits } from '../../base/limits.ts'
import { foldEmailAddress } from '../../oauth/email-address.ts'
import { isOverlongPassword } from '../../oauth/new-password.ts'
import type { AuditAction } from '../../records/audit-event.ts'
import type { User, UserStatus } from '../../records/user.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'

/** What an administrator says of a new user; null = not said. */
export interface RequestedUser {
  readonly email: string | null
  readonly password: string | null
  readonly name: string | null
  /** Anything but `admin` makes an ordinary user. */
  readonly role: string | null
}

/** Stores a local user. @throws AdminError `invalid`, `conflict`; ActorError. */
export async function createUser(
  services: Services,
  operator: Operator,
  requested: RequestedUser,
): Promise<User> {
  const email = acceptedEmail(requested.email ?? '')
  const name = acceptedName(requested.name ?? '')
  const passwordHash = await hashPassword(services, operator, requested.password ?? '')
  const nowMs = services.clock.nowMs()
  const user: User = {
    // Drawn here and never chosen by anybody, like a client's: no user can be a client (CC-07).
    id: services.random.opaqueId(),
    email,
    name,
    passwordHash,
    role: requested.role === 'admin' ? 'admin' : 'user',
    status: 'active',
    provider: 'local',
    providerSub: '',
    providerIssuer: '',
    sessionsSinceMs: null,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const audit = userEvent(services, operator, { action: 'user.created', id: user.id })
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('createUser', { user, audit }, options)
  if (!outcome.ok) throw refusalError(outcome.refusal)
  return user
}

/** Users of one answer without a limit of its caller. */
const usersMax = 20_000

/**
 * A page of users, newest first; with `limit` null all of them, up to 20,000. @throws ActorError
 */
export async function listUsers(
  services: Services,
  operator: Operator,
  page: { readonly limit: number | null; readonly offset: number },
): Promise<readonly User[]> {
  const wanted = page.limit ?? usersMax
  const users: User[] = []
  while (users.length < wanted) {
    const limit = Math.min(limits.pageRowsMax, wanted - users.length)
    const outcome = await services.storage.ask(
      'listUsers',
      { limit, offset: page.offset + users.length },
      askOptions(services, operator.trace),
    )
    users.push(...outcome.reply.users)
    if (outcome.reply.users.length < limit) break
  }
  return users
}

/** One user. @throws AdminError `not_found`, ActorError. */
export async function readUser(services: Services, operator: Operator, id: string): Promise<User> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('readUser', { by: 'id', value: id }, options)
  if (outcome.reply.user === null) throw unknownUser()
  return outcome.reply.user
}

/** What an administrator may change of a user; null = unchanged. */
export type RequestedUserChange = Pick<RequestedUser, 'email' | 'name'>

/** Changes a user. An empty change writes nothing. @throws AdminError, ActorError. */
export async function changeUser(
  services: Services,
  operator: Operator,
  { id, change }: { readonly id: string; readonly change: RequestedUserChange },
): Promise<User> {
  const user = await readUser(services, operator, id)
  const { email, name } = change
  if (email === null && name === null) return user
  const outcome = await services.storage.ask(
    'changeUser',
    {
      id,
      version: user.version,
      change: {
        ...(email === null ? null : { email: acceptedEmail(email) }),
        ...(name === null ? null : { name: acceptedName(name) }),
      },
      nowMs: services.clock.nowMs(),
      audit: userEvent(services, operator, { action: 'user.updated', id }),
    },
    askOptions(services, operator.trace),
  )
  if (outcome.ok) return outcome.reply.user
  throw refusalError(outcome.refusal)
}

interface StatusMove {
  readonly from: UserStatus
  readonly to: UserStatus
  readonly action: AuditAction
  readonly refusal: string
}

/** What an administrator may do to the status; disabling ends sessions and pending logins. */
export const userStatusMoves = {
  disable: {
    from: 'active',
    to: 'disabled',
    action: 'user.disabled',
    refusal: 'the user is disabled already',
  },
  enable: {
    from: 'disabled',
    to: 'active',
    action: 'user.enabled',
    refusal: 'the user is active already',
  },
} as const satisfies Record<string, StatusMove>

/** Moves a user to another status and returns that. @throws AdminError, ActorError. */
export async function moveUserStatus(
  services: Services,
  operator: Operator,
  { id, move }: { readonly id: string; readonly move: keyof typeof userStatusMoves },
): Promise<UserStatus> {
  const { from, to, action, refusal } = userStatusMoves[move]
  const nowMs = services.clock.nowMs()
  const audit = userEvent(services, operator, { action, id })
  const options = askOptions(services, operator.trace)
  const request = { id, from, to, nowMs, audit }
  const outcome = await services.storage.ask('changeUserStatus', request, options)
  if (outcome.ok) return to
  throw outcome.refusal === 'unknown-user' ? unknownUser() : new AdminError('conflict', refusal)
}

/** Gives a local user a new password; all sessions end. @throws AdminError, ActorError. */
export async function setUserPassword(
  services: Services,
  operator: Operator,
  { id, password }: { readonly id: string; readonly password: string | null },
): Promise<void> {
  const { provider } = await readUser(services, operator, id)
  if (provider !== 'local') {
    throw new AdminError('invalid', 'the user signs in elsewhere and has no password here')
  }
  const passwordHash = await hashPassword(services, operator, password ?? '')
  const outcome = await services.storage.ask(
    'setPassword',
    {
      id,
      passwordHash,
      ifHash: null,
      nowMs: services.clock.nowMs(),
      audit: userEvent(services, operator, { action: 'user.password_changed', id }),
    },
    askOptions(services, operator.trace),
  )
  if (!outcome.ok) throw unknownUser()
}

/**
 * Deletes a user; with `force` the families that are left are revoked first. It may take several
 * units; when it is interrupted, the user is still there, and it can be asked for again.
 * @throws AdminError, ActorError.
 */
export async function deleteUser(
  services: Services,
  operator: Operator,
  { id, force }: { readonly id: string; readonly force: boolean },
): Promise<void> {
  const nowMs = services.clock.nowMs()
  const told = ` ${keyValue('force', String(force))}`
  for (let hasMore = true; hasMore; ) {
    const audit = userEvent(services, operator, { action: 'user.deleted', id, told })
    const options = askOptions(services, operator.trace)
    const outcome = await services.storage.ask('deleteUser', { id, force, nowMs, audit }, options)
    if (!outcome.ok) throw refusalError(outcome.refusal)
    hasMore = outcome.reply.hasMore
  }
}

async function hashPassword(
  services: Services,
  operator: Operator,
  password: string,
): Promise<string> {
  if (password === '') throw new AdminError('invalid', 'password is required')
  if (isOverlongPassword(password)) {
    throw new AdminError('invalid', `password must be at most ${limits.passwordBytesMax} bytes`)
  }
  const options = askOptions(services, operator.trace)
  const outcome = await services.passwordPool.ask('hashPassword', { password }, options)
  return outcome.reply.hash
}

/** The form in which an address is stored. The text itself is not repeated in a refusal. */
function acceptedEmail(text: string): string {
  const email = foldEmailAddress(text)
  if (email === '') throw new AdminError('invalid', 'email is required')
  if (utf8Bytes(email).byteLength > limits.emailBytesMax) {
    throw new AdminError('invalid', `email must be at most ${limits.emailBytesMax} bytes`)
  }
  if (/[\s\p{C}]/u.test(email)) {
    throw new AdminError('invalid', 'email must hold no spaces and no invisible characters')
  }
  return email
}

function acceptedName(name: string): string {
  if (utf8Bytes(name).byteLength <= limits.userNameBytesMax) return name
  throw new AdminError('invalid', `name must be at most ${limits.userNameBytesMax} bytes`)
}

function userEvent(
  services: Services,
  operator: Operator,
  event: { readonly action: AuditAction; readonly id: string; readonly told?: string },
) {
  const detail = keyValue('user', event.id) + (event.told ?? '')
  return adminEvent(services, operator, { action: event.action, clientId: '', detail })
}

type Refusal = 'unknown-user' | 'email-taken' | 'version-conflict' | 'user-in-use'

function refusalError(refusal: Refusal): AdminError {
  switch (refusal) {
    case 'unknown-user':
      return unknownUser()
    case 'email-taken':
      return new AdminError('conflict', 'another user has this email')
    case 'version-conflict':
      return new AdminError('conflict', 'the user was changed meanwhile: read it and try again')
    case 'user-in-use':
      return new AdminError('conflict', 'the user has live tokens: delete it with force=true')
    default:
      return unreachable(refusal)
  }
}

/** The refusal that tells that nobody has this id. */
export function unknownUser(): AdminError {
  return new AdminError('not_found', 'there is no user with this id')
}
