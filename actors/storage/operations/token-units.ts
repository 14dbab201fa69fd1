// Units that bring tokens to life (spec 07 §4, decisions B1–B3 and D1): everything that a token
// leaves behind is durable with it, or nothing is. What could have changed between reading and
// committing is looked at again here.
import { assert } from '../../../src/base/assert.ts'
import { isBeyondGrace } from '../../../src/oauth/grant-refresh-token.ts'
import type { AuditEvent } from '../../../src/records/audit-event.ts'
import {
  machineIssuance,
  machineTokenAudit,
  unboundMachineToken,
} from '../../../src/records/machine-token.ts'
import type { ProofClaim } from '../../../src/records/proof-claim.ts'
import type { RefreshToken } from '../../../src/records/refresh-token.ts'
import { refreshAudit, type UserToken, userIssuance } from '../../../src/records/user-token.ts'
import { refused, replied } from '../../runtime/define-actor.ts'
import { insert, type Operation, type RowSet } from '../sql.ts'
import type { Unit } from '../unit.ts'
import { auditRow, insertTokenAudit, issuanceAuditRow } from './audit.ts'
import { codeRefusal, consumeCode } from './authorizations.ts'
import { clientRequired } from './clients.ts'
import { familyRow } from './families.ts'
import { issuanceRow } from './issuances.ts'
import { unboundMachineTokenRow } from './machine-tokens.ts'
import { consumeRefreshToken, countSibling, refreshTokenRow } from './refresh-tokens.ts'
import { proofRow } from './replay.ts'
import { type Missing, missingOf, type RefreshTokenUse, readUse } from './standing.ts'
import {
  done,
  operationUnit,
  swiftUnit,
  type UnitOf,
  type UnitRequest,
  type Units,
} from './unit-types.ts'

type TokenUnit = 'commitMachineIssuance' | 'redeemCode' | 'rotateRefreshToken'

export const tokenUnits: Units<TokenUnit> = {
  commitMachineIssuance,
  redeemCode: operationUnit(redeemCode),
  rotateRefreshToken: swiftUnit(rotateRefreshToken),
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
  const { authorizationId, token, refreshToken, nowMs } = request
  if (!(yield* consumeCode(authorizationId, nowMs))) {
    return refused(yield* codeRefusal(authorizationId))
  }
  const missing = yield* missingOf({ ...token, consentId: request.consentId })
  if (missing !== null) return refused(missing)
  yield* insert(familyRow(request.family, token))
  if (refreshToken !== null) yield* insert(refreshTokenRow(refreshToken, null))
  const refusal = yield* insertUserToken(token, request)
  return refusal === null ? done : refused(refusal)
}

function* rotateRefreshToken(
  request: UnitRequest<'rotateRefreshToken'>,
): UnitOf<'rotateRefreshToken'> {
  const { token, nowMs } = request
  const use = yield* readUse(request.presentedId, { ...token, consentId: request.consentId })
  if (use === null) return refused('token-gone')
  const refusal = useRefusal(use, request)
  if (refusal !== null) return refused(refusal)
  const isRetry = use.consumedAtMs !== null
  const told = { proof: request.proof, audit: refreshAudit(request, { isRetry }) }
  // The proof, which may be refused, is what is written first.
  const conflict = yield* insertUserToken(token, told)
  if (conflict !== null) return refused(conflict)
  yield* isRetry ? countSibling(use.place) : consumeRefreshToken(use.place, nowMs)
  yield* insert(refreshTokenRow(successorOf(request), token))
  return replied({ isRetry })
}

function successorOf(request: UnitRequest<'rotateRefreshToken'>): RefreshToken {
  return {
    ...request.successor,
    familyId: request.token.familyId,
    parentId: request.presentedId,
    consumedAtMs: null,
    siblings: 0,
    createdAtMs: request.nowMs,
  }
}

/**
 * Why a token cannot be used (any more). The family comes first: its end has spent all of its
 * tokens, which must look like neither a rotation of a moment ago nor a reuse.
 */
function useRefusal(
  use: RefreshTokenUse,
  { grace, nowMs }: Pick<UnitRequest<'rotateRefreshToken'>, 'grace' | 'nowMs'>,
): 'family-revoked' | 'token-reused' | 'token-gone' | Missing | null {
  if (use.familyStatus === 'revoked') return 'family-revoked'
  if (use.expiresAtMs <= nowMs) return 'token-gone'
  if (isBeyondGrace(use, grace, nowMs)) return 'token-reused'
  return use.missing
}

/** The rows of a user's token, in a family that exists and beside what tells of its place there. */
function* insertUserToken(
  token: UserToken,
  { proof, audit }: { readonly proof: ProofClaim | null; readonly audit: AuditEvent },
): Operation<'proof-replayed' | 'resource-gone' | null> {
  assert(audit.id === token.jti, 'a token and the row that tells of it have one id')
  if (proof !== null) {
    const refusal = yield* insert(proofRow(proof))
    if (refusal !== null) return refusal
  }
  if (token.resourceId !== null) {
    const refusal = yield* insert(issuanceRow(userIssuance(token, token.resourceId)))
    if (refusal !== null) return refusal
  }
  yield* insertTokenAudit(audit, token.resourceId !== null)
  return null
}
