// People who sign in (spec 04 §1.1, 07 §3.1).
import {
  type TokenUser,
  type User,
  userProviders,
  userRoles,
  userStatuses,
} from '../../../src/records/user.ts'
import { instantText, instantTextOrNull } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import {
  all,
  change,
  exists,
  instant,
  instantOrAbsent,
  integer,
  member,
  type Operation,
  one,
  type Row,
  sql,
  text,
  textOrAbsent,
} from '../sql.ts'

type Request<Kind extends keyof StorageProtocol> = StorageProtocol[Kind]['request']

/** One user by id or address, or null. */
export function* readUser({ by, value }: Request<'readUser'>): Operation<User | null> {
  // An empty address is stored by nobody, yet it must not find whoever comes to store it.
  if (value === '') return null
  return yield* one(
    by === 'id'
      ? sql`SELECT * FROM users WHERE id = ${value}`
      : sql`SELECT * FROM users WHERE email = ${value}`,
    userOf,
  )
}

/** What a grant needs of the user it is for, or null. */
export function readTokenUser(id: string): Operation<TokenUser | null> {
  return one(sql`SELECT id, status FROM users WHERE id = ${id}`, (row) => ({
    id: text(row, 'id'),
    status: member(row, 'status', userStatuses),
  }))
}

/** A page of all users, newest first. */
export function listUsers({ limit, offset }: Request<'listUsers'>): Operation<readonly User[]> {
  return all(
    sql`SELECT * FROM users ORDER BY created_at DESC, rowid DESC LIMIT ${limit} OFFSET ${offset}`,
    userOf,
  )
}

/** Inserts a user; false when the address is taken. */
export function* insertUser(user: User): Operation<boolean> {
  const inserted = yield* change(sql`
    INSERT INTO users (id, email, name, password_hash, role, status, provider, provider_sub,
      provider_issuer, sessions_since, version, created_at, updated_at)
    VALUES (${user.id}, ${user.email}, ${user.name}, ${user.passwordHash}, ${user.role},
      ${user.status}, ${user.provider}, ${user.providerSub}, ${user.providerIssuer},
      ${instantTextOrNull(user.sessionsSinceMs)}, ${user.version},
      ${instantText(user.createdAtMs)}, ${instantText(user.updatedAtMs)})
    ON CONFLICT (email) WHERE email IS NOT NULL DO NOTHING`)
  return inserted === 1
}

/** Whether another user has this address. */
export function* emailTaken(email: string | null, exceptId: string): Operation<boolean> {
  if (email === null) return false
  return yield* exists(sql`SELECT 1 FROM users WHERE email = ${email} AND id <> ${exceptId}`)
}

/**
 * Writes the members that an administrator may change, if the stored version is still `version`.
 */
export function* updateUser(user: User, version: number): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE users SET email = ${user.email}, name = ${user.name}, version = ${user.version},
      updated_at = ${instantText(user.updatedAtMs)}
    WHERE id = ${user.id} AND version = ${version}`)
  return changed === 1
}

/** Sets the status if it is `from` now. Counts as a change of the record. */
export function* updateUserStatus(move: Request<'changeUserStatus'>): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE users
    SET status = ${move.to}, version = version + 1, updated_at = ${instantText(move.nowMs)}
    WHERE id = ${move.id} AND status = ${move.from}`)
  return changed === 1
}

/** Stores the hash of a new password; what began before it is over. */
export function* updatePassword(
  id: string,
  passwordHash: string,
  nowMs: number,
): Operation<boolean> {
  const now = instantText(nowMs)
  const changed = yield* change(sql`
    UPDATE users SET password_hash = ${passwordHash}, sessions_since = ${now},
      version = version + 1, updated_at = ${now}
    WHERE id = ${id} AND provider = 'local'`)
  return changed === 1
}

/** Stores another hash of the same password, which is no change of the record. */
export function* updatePasswordForm(
  id: string,
  passwordHash: string,
  ifHash: string,
): Operation<boolean> {
  const changed = yield* change(sql`
    UPDATE users SET password_hash = ${passwordHash}
    WHERE id = ${id} AND provider = 'local' AND password_hash = ${ifHash}`)
  return changed === 1
}

/** Ends the browser sessions that began before `nowMs`. */
export function* endSessions(id: string, nowMs: number): Operation<void> {
  yield* change(sql`UPDATE users SET sessions_since = ${instantText(nowMs)} WHERE id = ${id}`)
}

/** Whether a user of this id exists. */
export function userExists(id: string): Operation<boolean> {
  return exists(sql`SELECT 1 FROM users WHERE id = ${id}`)
}

/** Whether a user of this id exists and has a password here. */
export function localUserExists(id: string): Operation<boolean> {
  return exists(sql`SELECT 1 FROM users WHERE id = ${id} AND provider = 'local'`)
}

/** Deletes a user with the families, consents and upstream grants that are left. */
export function deleteUserRow(id: string): Operation<number> {
  return change(sql`DELETE FROM users WHERE id = ${id}`)
}

function userOf(row: Row): User {
  return {
    id: text(row, 'id'),
    email: textOrAbsent(row, 'email'),
    name: text(row, 'name'),
    passwordHash: text(row, 'password_hash'),
    role: member(row, 'role', userRoles),
    status: member(row, 'status', userStatuses),
    provider: member(row, 'provider', userProviders),
    providerSub: text(row, 'provider_sub'),
    providerIssuer: text(row, 'provider_issuer'),
    sessionsSinceMs: instantOrAbsent(row, 'sessions_since'),
    version: integer(row, 'version'),
    createdAtMs: instant(row, 'created_at'),
    updatedAtMs: instant(row, 'updated_at'),
  }
}
