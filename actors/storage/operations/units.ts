// Units of work: one per message that changes something, each with the audit row that tells of it
// (decision D1). A unit that returns a refusal leaves nothing behind; the driver sees to that.
import type { Unit } from '../unit.ts'
import { auditRow, insertAudit } from './audit.ts'
import { clientUnits } from './client-units.ts'
import { grantUnits } from './grant-units.ts'
import { resourceUnits } from './resource-units.ts'
import { revocationUnits } from './revocation-units.ts'
import { writeSetting } from './settings.ts'
import { tokenUnits } from './token-units.ts'
import {
  done,
  operationUnit,
  type UnitKind,
  type UnitMessage,
  type UnitOf,
  type UnitRequest,
  type Units,
} from './unit-types.ts'
import { userUnits } from './user-units.ts'

/** Total: a kind without its unit does not compile. */
const units: Units<UnitKind> = {
  ...clientUnits,
  ...resourceUnits,
  ...userUnits,
  ...grantUnits,
  ...tokenUnits,
  ...revocationUnits,
  recordAudit: ({ audit }) => ({ kind: 'rows', required: [], sets: [auditRow(audit)] }),
  changeSetting: operationUnit(changeSetting),
}

/** The unit that a message asks for. */
export function unitOf(message: UnitMessage): Unit {
  // The compiler cannot see that kind and request come from one message.
  const make = units[message.kind] as (request: UnitMessage['request']) => Unit
  return make(message.request)
}

function* changeSetting(request: UnitRequest<'changeSetting'>): UnitOf<'changeSetting'> {
  yield* writeSetting(request)
  yield* insertAudit(request.audit)
  return done
}
