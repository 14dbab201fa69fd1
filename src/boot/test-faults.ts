// Faults that outside tests ask for (spec 00 B27): whether this server takes them, where they can
// happen, and how a request for one reaches the actor. Nothing of it exists in another server.
import { armFault, createFaultBoard, type FaultBoard } from '../../actors/runtime/fault-board.ts'
import { messagePoint } from '../../actors/runtime/faulty.ts'
import { faultyRef, respondPoint } from '../../actors/runtime/faulty-ref.ts'
import type { Log } from '../base/telemetry.ts'
import { isLocalhostIssuer } from '../base/url.ts'
import { areTestFaultsAskedFor } from '../config/environment.ts'
import type { Config } from '../config/schema.ts'
import type { InjectFault, TestFault } from '../http/admin/fault-routes.ts'
import type { ServiceParts } from './services.ts'

export interface FaultBoards {
  readonly storage: FaultBoard
  readonly signer: FaultBoard
  /** One for all of its threads. */
  readonly 'dpop-replay': FaultBoard
}

export interface TestFaults {
  readonly boards: FaultBoards
  readonly inject: InjectFault
}

/** The points of the actors of this version. */
const points = {
  storage: [messagePoint, 'commit.before', 'commit.after', respondPoint],
  signer: [messagePoint, 'sign.before', 'sign.after'],
  'dpop-replay': [messagePoint],
} as const

/** Null unless the variable is set and the issuer is localhost; says at the start which it is. */
export function openTestFaults(log: Log, { server, actors }: Config): TestFaults | null {
  if (!areTestFaultsAskedFor()) return null
  const variable = 'AUTHPLANE_TEST_FAULTS'
  if (!isLocalhostIssuer(server.issuer)) {
    log.warn('test faults stay off, as the issuer is not localhost', {
      key: 'server.issuer',
      variable,
      remedy: 'unset the variable: it is for tests on this machine',
    })
    return null
  }
  log.warn('TEST FAULTS ARE ON: with the admin key anyone can crash or stall this server', {
    key: 'POST /admin/test/faults',
    variable,
    remedy: 'unset the variable, unless this server is under test',
  })
  const boards: FaultBoards = {
    storage: createFaultBoard(points.storage),
    signer: createFaultBoard(points.signer),
    'dpop-replay': createFaultBoard(points['dpop-replay']),
  }
  const isReachable = (actor: string): boolean =>
    actor !== 'signer' || actors.signer.isolation === 'worker'
  return {
    boards,
    inject: (fault) =>
      isReachable(fault.actor)
        ? inject(boards, log, fault)
        : 'a signer in a process of its own takes no faults: end the process instead',
  }
}

/** The refs with the failpoint before a token is answered; as they are when faults are off. */
export function afterFailpoints<Refs extends Pick<ServiceParts, 'storage'>>(
  refs: Refs,
  faults: TestFaults | null,
): Refs {
  if (faults === null) return refs
  const storage = faultyRef(refs.storage, faults.boards.storage, ['commitMachineIssuance'])
  return { ...refs, storage }
}

function inject(boards: FaultBoards, log: Log, fault: TestFault): string | null {
  const { actor, at, kind, how, count, delayMs } = fault
  if (actor === 'grant-vault') return `this version has no actor ${actor}`
  const board = boards[actor]
  const point = at ?? messagePoint
  if (!board.points.includes(point)) return `this version has no ${point} in ${actor}`
  // The thread of the failpoint before an answer is that of the server itself.
  if (point === respondPoint && kind === 'crash' && how !== 'throw' && how !== 'kill') {
    return `a crash at ${respondPoint} is throw or kill`
  }
  armFault(board, point, { fault: { kind, how, delayMs }, count })
  log.warn('a test asked for a fault', { actor, at: point, fault: kind, how, count })
  return null
}
