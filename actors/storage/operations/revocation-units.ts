// Units that end tokens: one by one, a family in its two halves, all that rests on a consent (spec
// 02 §5.2–5.3, 07 §5).
import { withCounts } from '../../../src/records/audit-event.ts'
import { replied } from '../../runtime/define-actor.ts'
import { instantText } from '../dialect.ts'
import { change, type Operation, sql } from '../sql.ts'
import { insertAudit } from './audit.ts'
import { endPendingWithoutConsent } from './authorizations.ts'
import { endOfConsent, readConsent, revokeConsent } from './consents.ts'
import { denylistFamilies, familiesWithoutConsent, revokeFamilies } from './families.ts'
import { revokeIssuanceRow, revokeLineage } from './issuances.ts'
import { revokeUnboundToken } from './machine-tokens.ts'
import { readResource } from './resources.ts'
import { operationUnit, type UnitOf, type UnitRequest, type Units } from './unit-types.ts'

type RevocationUnit =
  | 'revokeIssuance'
  | 'revokeFamily'
  | 'denylistFamily'
  | 'revokeAccessToken'
  | 'revokeConsentGrant'

export const revocationUnits: Units<RevocationUnit> = {
  revokeIssuance: operationUnit(revokeIssuance),
  revokeFamily: operationUnit(revokeFamily),
  denylistFamily: operationUnit(denylistFamily),
  revokeAccessToken: operationUnit(revokeAccessToken),
  revokeConsentGrant: operationUnit(revokeConsentGrant),
}

function* revokeIssuance(request: UnitRequest<'revokeIssuance'>): UnitOf<'revokeIssuance'> {
  const revoked = yield* revokeIssuanceRow(request.id, request.nowMs)
  if (revoked) yield* insertAudit(request.audit)
  return replied({ revoked })
}

function* revokeFamily(request: UnitRequest<'revokeFamily'>): UnitOf<'revokeFamily'> {
  const isChanged = (yield* revokeFamilies([request.familyId], request.nowMs)) > 0
  if (isChanged) yield* insertAudit(request.audit)
  return replied({ isChanged })
}

function* denylistFamily(request: UnitRequest<'denylistFamily'>): UnitOf<'denylistFamily'> {
  return replied({ denylisted: yield* denylistFamilies([request.familyId], request.nowMs) })
}

function* revokeAccessToken(
  request: UnitRequest<'revokeAccessToken'>,
): UnitOf<'revokeAccessToken'> {
  const { jti, nowMs } = request
  const isTraceRevoked = yield* revokeIssuanceRow(jti, nowMs)
  const isTokenRevoked = request.isMachine
    ? yield* revokeUnboundToken(jti)
    : yield* denylistToken(request)
  const isChanged = isTraceRevoked || isTokenRevoked
  if (isChanged) yield* insertAudit(request.audit)
  return replied({ isChanged })
}

/** Puts one access token on the denylist; false when it was on it. */
function* denylistToken(token: {
  readonly jti: string
  readonly expiresAtMs: number
  readonly nowMs: number
}): Operation<boolean> {
  const inserted = yield* change(sql`
    INSERT INTO revoked_jtis (jti, revoked_at, expires_at)
    VALUES (${token.jti}, ${instantText(token.nowMs)}, ${instantText(token.expiresAtMs)})
    ON CONFLICT (jti) DO NOTHING`)
  return inserted === 1
}

function* revokeConsentGrant(
  request: UnitRequest<'revokeConsentGrant'>,
): UnitOf<'revokeConsentGrant'> {
  const { id, nowMs, audit } = request
  const consent = yield* readConsent(id)
  if (consent === null || consent.revokedAtMs !== null) {
    return replied({ isChanged: false, revokedIssuances: 0, revokedFamilies: 0 })
  }
  yield* revokeConsent(id, nowMs)
  const resource = yield* readResource({ by: 'id', value: consent.resourceId })
  const ended = yield* endOfConsent(consent, resource?.uri ?? '')
  yield* endPendingWithoutConsent(ended, nowMs)
  const familyIds = yield* familiesWithoutConsent(ended)
  yield* denylistFamilies(familyIds, nowMs)
  const revokedIssuances = yield* revokeLineage({ ...consent, familyIds }, nowMs)
  const revokedFamilies = yield* revokeFamilies(familyIds, nowMs)
  const counts = { revoked_issuances: revokedIssuances, revoked_families: revokedFamilies }
  yield* insertAudit(withCounts(audit, counts))
  return replied({ isChanged: true, revokedIssuances, revokedFamilies })
}
