// Units that bring tokens to life (spec 07 §4, decisions B1–B3 and D1): everything that a token
// leaves behind is durable with it, or nothing is. What could have changed between reading and
// committing is looked at again here.
import { assert } from '../../../src/base/assert.ts'
import type { AuditEvent } from '../../../src/records/audit-event.ts'
import {
  machineIssuance,
  machineTokenAudit,
  unboundMachineToken,
} from '../../../src/records/machine-token.ts'
import type { ProofClaim } from '../../../src/records/proof-claim.ts'
import type { RefreshToken } from '../../../src/records/refresh-token.ts'
import { type UserToken, userIssuance } from '../../../src/records/user-token.ts'
import { refused, replied } from '../../runtime/define-actor.ts'
import { insert, type Operation, type RowSet } from '../sql.ts'
import type { Unit } from '../unit.ts'
import { auditRow, insertTokenAudit, issuanceAuditRow } from './audit.ts'
import { codeRefusal, consumeCode } from './authorizations.ts'
import { clientRequired } from './clients.ts'
import { familyRow, familyTokenRow, readFamilyStatus } from './families.ts'
import { issuanceRow } from './issuances.ts'
import { unboundMachineTokenRow } from './machine-tokens.ts'
import { consumeRefreshToken, countSibling, refreshTokenRow, useRefusal } from './refresh-tokens.ts'
import { proofRow } from './replay.ts'
import { missingOf } from './standing.ts'
import { done, operationUnit, type UnitOf, type UnitRequest, type Units } from './unit-types.ts'

type TokenUnit = 'commitMachineIssuance' | 'redeemCode' | 'rotateRefreshToken'

export const tokenUnits: Units<TokenUnit> = {
  commitMachineIssuance,
  redeemCode: operationUnit(redeemCode),
  rotateRefreshToken: operationUnit(rotateRefreshToken),
}

/**
 * One row for the token and one for its trace (B48), and one for its proof if it came with one. An
 * issuance has no foreign key to its client, whose history it outlives; the client must
 * nevertheless exist when its token comes to life, or a deletion between reading and committing
 * would leave a live token behind.
 */
function commitMachineIssuance(request: UnitRequest<'commitMachineIssuance'>): Unit {
  const { token, proof, caller, nowMs } = request
  const audit = machineTokenAudit(token, caller, nowMs)
  if (token.resourceId === null) {
    const row = unboundMachineTokenRow(unboundMachineToken(token))
    return { kind: 'rows', required: [], sets: withProof(proof, [row, auditRow(audit)]) }
  }
  const required = [{ shape: clientRequired, value: token.clientId }]
  const row = issuanceRow(machineIssuance(token, token.resourceId))
  return { kind: 'rows', required, sets: withProof(proof, [row, issuanceAuditRow(audit)]) }
}

function withProof(proof: ProofClaim | null, sets: readonly RowSet[]): readonly RowSet[] {
  return proof === null ? sets : [proofRow(proof), ...sets]
}

function* redeemCode(request: UnitRequest<'redeemCode'>): UnitOf<'redeemCode'> {
  const { authorizationId, token, nowMs } = request
  if (!(yield* consumeCode(authorizationId, nowMs))) {
    return refused(yield* codeRefusal(authorizationId))
  }
  const missing = yield* missingOf({ ...token, consentId: request.consentId })
  if (missing !== null) return refused(missing)
  yield* insert(familyRow(request.family))
  const refusal = yield* insertUserToken(request, request.audit)
  return refusal === null ? done : refused(refusal)
}

/**
 * The family comes first: its end has spent all of its tokens, which must look like neither a
 * rotation of a moment ago nor a reuse.
 */
function* rotateRefreshToken(
  request: UnitRequest<'rotateRefreshToken'>,
): UnitOf<'rotateRefreshToken'> {
  const { token, nowMs } = request
  const status = yield* readFamilyStatus(token.familyId)
  if (status === null) return refused('token-gone')
  if (status === 'revoked') return refused('family-revoked')
  const use = { familyId: token.familyId, id: request.presentedId, nowMs }
  const isRotation = yield* consumeRefreshToken(use)
  if (!isRotation && !(yield* countSibling(use, request.grace))) {
    return refused(yield* useRefusal(use))
  }
  const missing = yield* missingOf({ ...token, consentId: request.consentId })
  if (missing !== null) return refused(missing)
  const { rotated, retried } = request.audits
  const rows = { token, refreshToken: request.successor, proof: request.proof }
  const refusal = yield* insertUserToken(rows, isRotation ? rotated : retried)
  return refusal === null ? replied({ isRetry: !isRotation }) : refused(refusal)
}

interface UserTokenRows {
  readonly token: UserToken
  readonly refreshToken: RefreshToken | null
  readonly proof: ProofClaim | null
}

/** The rows of a user's token, in a family that exists. */
function* insertUserToken(
  { token, refreshToken, proof }: UserTokenRows,
  audit: AuditEvent,
): Operation<'proof-replayed' | 'resource-gone' | null> {
  assert(audit.id === token.jti, 'a token and the row that tells of it have one id')
  if (proof !== null) {
    const refusal = yield* insert(proofRow(proof))
    if (refusal !== null) return refusal
  }
  if (refreshToken !== null) yield* insert(refreshTokenRow(refreshToken))
  yield* insert(familyTokenRow(token))
  if (token.resourceId !== null) {
    const refusal = yield* insert(issuanceRow(userIssuance(token, token.resourceId)))
    if (refusal !== null) return refusal
  }
  yield* insertTokenAudit(audit, token.resourceId !== null)
  return null
}
