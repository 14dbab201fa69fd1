// Units of work on people and their browser sessions (spec 04 §1, 01 §7, 05 §4.3). What a user has
// begun is ended a bounded number of families at a time; who asks goes on until nothing is left.
import { withCounts } from '../../../src/records/audit-event.ts'
import type { User } from '../../../src/records/user.ts'
import { refused, replied } from '../../runtime/define-actor.ts'
import { insertAudit } from './audit.ts'
import { endPendingOfUser } from './authorizations.ts'
import { insertRevokedSession } from './browser-sessions.ts'
import {
  deleteFamilies,
  denylistFamilies,
  familiesOfUser,
  revokeFamilies,
  userHasActiveFamily,
} from './families.ts'
import { done, operationUnit, type UnitOf, type UnitRequest, type Units } from './unit-types.ts'
import {
  deleteUserRow,
  emailTaken,
  endSessions,
  insertUser,
  localUserExists,
  readUser,
  updatePassword,
  updatePasswordForm,
  updateUser,
  updateUserStatus,
  userExists,
} from './users.ts'

/** Families that one unit ends or deletes: each may hold hundreds of refresh tokens. */
const familiesMax = 100

type UserUnit =
  | 'createUser'
  | 'changeUser'
  | 'changeUserStatus'
  | 'setPassword'
  | 'deleteUser'
  | 'forceLogout'
  | 'revokeBrowserSession'

export const userUnits: Units<UserUnit> = {
  createUser: operationUnit(createUser),
  changeUser: operationUnit(changeUser),
  changeUserStatus: operationUnit(changeUserStatus),
  setPassword: operationUnit(setPassword),
  deleteUser: operationUnit(deleteUser),
  forceLogout: operationUnit(forceLogout),
  revokeBrowserSession: operationUnit(revokeBrowserSession),
}

function* createUser({ user, audit }: UnitRequest<'createUser'>): UnitOf<'createUser'> {
  if (!(yield* insertUser(user))) return refused('email-taken')
  yield* insertAudit(audit)
  return done
}

function* changeUser(request: UnitRequest<'changeUser'>): UnitOf<'changeUser'> {
  const stored = yield* readUser({ by: 'id', value: request.id })
  if (stored === null) return refused('unknown-user')
  const user: User = {
    ...stored,
    ...request.change,
    version: request.version + 1,
    updatedAtMs: request.nowMs,
  }
  if (yield* emailTaken(user.email, user.id)) return refused('email-taken')
  if (!(yield* updateUser(user, request.version))) return refused('version-conflict')
  yield* insertAudit(request.audit)
  return replied({ user })
}

function* changeUserStatus(request: UnitRequest<'changeUserStatus'>): UnitOf<'changeUserStatus'> {
  if (!(yield* userExists(request.id))) return refused('unknown-user')
  if (!(yield* updateUserStatus(request))) return refused('wrong-status')
  if (request.to === 'disabled') yield* endPendingOfUser(request.id, request.nowMs)
  yield* insertAudit(request.audit)
  return done
}

function* setPassword(request: UnitRequest<'setPassword'>): UnitOf<'setPassword'> {
  const { id, passwordHash, ifHash, nowMs, audit } = request
  const isSet =
    ifHash === null
      ? yield* updatePassword(id, passwordHash, nowMs)
      : yield* updatePasswordForm(id, passwordHash, ifHash)
  if (!isSet) return refused((yield* localUserExists(id)) ? 'hash-changed' : 'unknown-user')
  if (audit !== null) yield* insertAudit(audit)
  return done
}

function* deleteUser(request: UnitRequest<'deleteUser'>): UnitOf<'deleteUser'> {
  const { id, nowMs } = request
  if (!(yield* userExists(id))) return refused('unknown-user')
  if (!request.force && (yield* userHasActiveFamily(id))) return refused('user-in-use')
  yield* endPendingOfUser(id, nowMs)
  const familyIds = yield* familiesOfUser(id, 'all', familiesMax)
  yield* denylistFamilies(familyIds, nowMs)
  yield* deleteFamilies(familyIds)
  if (familyIds.length === familiesMax) return replied({ hasMore: true })
  yield* deleteUserRow(id)
  yield* insertAudit(request.audit)
  return replied({ hasMore: false })
}

function* forceLogout(request: UnitRequest<'forceLogout'>): UnitOf<'forceLogout'> {
  const { userId, revokedBefore, nowMs } = request
  if (!(yield* userExists(userId))) return refused('unknown-user')
  yield* endSessions(userId, nowMs)
  yield* endPendingOfUser(userId, nowMs)
  const familyIds = yield* familiesOfUser(userId, 'active', familiesMax)
  yield* denylistFamilies(familyIds, nowMs)
  const revoked = yield* revokeFamilies(familyIds, nowMs)
  if (yield* userHasActiveFamily(userId)) return replied({ revoked, hasMore: true })
  yield* insertAudit(withCounts(request.audit, { revoked: revokedBefore + revoked }))
  return replied({ revoked, hasMore: false })
}

function* revokeBrowserSession(
  request: UnitRequest<'revokeBrowserSession'>,
): UnitOf<'revokeBrowserSession'> {
  const isChanged = yield* insertRevokedSession(request)
  if (isChanged) yield* insertAudit(request.audit)
  return replied({ isChanged })
}
