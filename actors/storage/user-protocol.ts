// Messages of the storage actor about people and their browser sessions (spec 04 §1, 01 §7, 05
// §4.3).
import type { AuditEvent } from '../../src/records/audit-event.ts'
import type { User, UserStatus } from '../../src/records/user.ts'
import type { Ask } from '../runtime/protocol.ts'

export type UserReads = {
  /** Addresses are lower-cased by the sender; an empty one finds nobody. */
  readonly readUser: Ask<
    { readonly by: 'id' | 'email'; readonly value: string },
    { readonly user: User | null }
  >
  /** Newest first. */
  readonly listUsers: Ask<
    { readonly limit: number; readonly offset: number },
    { readonly users: readonly User[] }
  >
  /** What a session cookie stands for now. */
  readonly readBrowserSession: Ask<
    { readonly sessionId: string; readonly userId: string },
    { readonly user: User | null; readonly isRevoked: boolean }
  >
}

export type UserUnits = {
  readonly createUser: Ask<
    { readonly user: User; readonly audit: AuditEvent },
    Record<string, never>,
    'email-taken'
  >
  /** Optimistic: applies to the version that the sender has read, and counts it up. */
  readonly changeUser: Ask<
    {
      readonly id: string
      readonly version: number
      readonly change: Partial<Pick<User, 'email' | 'name'>>
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    { readonly user: User },
    'unknown-user' | 'version-conflict' | 'email-taken'
  >
  /** Disabling also ends the user's pending authorizations: their codes are dead for good. */
  readonly changeUserStatus: Ask<
    {
      readonly id: string
      readonly from: UserStatus
      readonly to: UserStatus
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    Record<string, never>,
    'unknown-user' | 'wrong-status'
  >
  /**
   * Stores a new hash and ends the browser sessions that began before `nowMs`. With `ifHash` only
   * while the stored hash is that one, and then it ends nothing: the same password in a newer form.
   * Only for local users: for others the refusal is `unknown-user`.
   */
  readonly setPassword: Ask<
    {
      readonly id: string
      readonly passwordHash: string
      readonly ifHash: string | null
      readonly nowMs: number
      /** Null for a rehash, which is no event. */
      readonly audit: AuditEvent | null
    },
    Record<string, never>,
    'unknown-user' | 'hash-changed'
  >
  /**
   * Without `force` refused while the user has active families; with it they end first. Families
   * go a bounded number at a time: after `hasMore` the user still exists, and the sender asks again
   * until it is false. The audit row is written with the user's own deletion.
   */
  readonly deleteUser: Ask<
    {
      readonly id: string
      readonly force: boolean
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    { readonly hasMore: boolean },
    'unknown-user' | 'user-in-use'
  >
  /**
   * Ends what a user has begun: browser sessions, pending authorizations, and families with their
   * access tokens, a bounded number of families at a time; `hasMore` says that there are others.
   * The audit row is written by the call that ends the last of them, with ` revoked=` and the sum
   * of `revokedBefore` and its own number at the end of its detail.
   */
  readonly forceLogout: Ask<
    {
      readonly userId: string
      readonly revokedBefore: number
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    { readonly revoked: number; readonly hasMore: boolean },
    'unknown-user'
  >
  /** Ends one browser session; `isChanged` is false when it had been ended before. */
  readonly revokeBrowserSession: Ask<
    {
      readonly sessionId: string
      readonly userId: string
      /** When its cookie would have expired. */
      readonly expiresAtMs: number
      readonly audit: AuditEvent
    },
    { readonly isChanged: boolean }
  >
}
