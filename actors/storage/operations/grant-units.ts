// Units of an authorization up to its code, and its failed redemptions (spec 01 §6–8, B1).
import { refused, replied } from '../../runtime/define-actor.ts'
import type { Unit } from '../unit.ts'
import { insertAudit } from './audit.ts'
import { authorizationRow, countFailure, dropAuthorization, issueCode } from './authorizations.ts'
import { upsertConsent } from './consents.ts'
import { resourceExists } from './resources.ts'
import { missingOf } from './standing.ts'
import { done, operationUnit, type UnitOf, type UnitRequest, type Units } from './unit-types.ts'

type GrantUnit = 'startAuthorization' | 'approveConsent' | 'denyConsent' | 'countFailedRedemption'

export const grantUnits: Units<GrantUnit> = {
  startAuthorization,
  approveConsent: operationUnit(approveConsent),
  denyConsent: operationUnit(denyConsent),
  countFailedRedemption: operationUnit(countFailedRedemption),
}

function startAuthorization({ authorization }: UnitRequest<'startAuthorization'>): Unit {
  return { kind: 'rows', required: [], sets: [authorizationRow(authorization)] }
}

function* approveConsent(request: UnitRequest<'approveConsent'>): UnitOf<'approveConsent'> {
  const { consent, userId } = request
  const approved = yield* issueCode(request)
  if (approved === null) return refused('authorization-gone')
  const missing = yield* missingOf({ clientId: approved.clientId, userId, consentId: null })
  if (missing === 'client-gone' || missing === 'user-gone') return refused(missing)
  if (consent !== null) {
    if (!(yield* resourceExists(consent.resourceId))) return refused('resource-gone')
    yield* upsertConsent(consent)
  }
  yield* insertAudit(request.audit)
  return done
}

function* denyConsent(request: UnitRequest<'denyConsent'>): UnitOf<'denyConsent'> {
  if (!(yield* dropAuthorization(request))) return refused('authorization-gone')
  yield* insertAudit(request.audit)
  return done
}

function* countFailedRedemption(
  request: UnitRequest<'countFailedRedemption'>,
): UnitOf<'countFailedRedemption'> {
  const isSpent = yield* countFailure(request)
  if (request.audit !== null) yield* insertAudit(request.audit)
  return replied({ isSpent })
}
