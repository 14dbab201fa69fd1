// What the files of units share: the types of their messages, and how an operation becomes a unit.
import { type GroupMessage, replied } from '../../runtime/define-actor.ts'
import type { Outcome } from '../../runtime/protocol.ts'
import type { StorageProtocol, StorageUnits } from '../protocol.ts'
import type { Operation } from '../sql.ts'
import type { Unit, UnitOutcome } from '../unit.ts'

export type UnitKind = keyof StorageUnits
export type UnitRequest<Kind extends UnitKind> = StorageUnits[Kind]['request']
/** An operation that is a unit: it comes to what the protocol says. */
export type UnitOf<Kind extends UnitKind> = Operation<Outcome<StorageProtocol, Kind>>
/** A message that is a unit of work. */
export type UnitMessage = Extract<GroupMessage<StorageProtocol>, { readonly kind: UnitKind }>
/** How the unit of each kind is made from its request. */
export type Units<Kind extends UnitKind> = {
  readonly [K in Kind]: (request: UnitRequest<K>) => Unit
}

/** The reply of units that have nothing to tell. */
export const done = replied({})

/** A unit that runs `operation`, which looks for what foreign keys demand before it writes. */
export function operationUnit<Request>(
  operation: (request: Request) => Operation<UnitOutcome>,
): (request: Request) => Unit {
  return (request) => ({
    kind: 'operation',
    operation: () => operation(request),
    foreignKey: null,
    refusesFirst: false,
  })
}

/** The same for an operation that refuses before it has written anything: it costs less. */
export function swiftUnit<Request>(
  operation: (request: Request) => Operation<UnitOutcome>,
): (request: Request) => Unit {
  return (request) => ({ ...operationUnit(operation)(request), refusesFirst: true })
}
