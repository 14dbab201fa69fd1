// The faults of a run (architecture §4.6), planned from the seed before it begins, so that one can
// be left out without changing the others; and the points at which they strike.
import Database from 'better-sqlite3'
import { OperationalError } from '../../src/base/errors.ts'
import type { StatementGate } from './disk.ts'
import { seededRandom } from './seeded-random.ts'

export const actorNames = ['storage', 'signer', 'dpop-replay'] as const
export type ActorName = (typeof actorNames)[number]

export type Fault =
  | {
      readonly kind: 'crash-actor'
      readonly actor: ActorName
      readonly when: 'before-handler' | 'after-handler' | 'after-commit'
    }
  | { readonly kind: 'delay'; readonly actor: ActorName; readonly ms: number }
  | { readonly kind: 'fill-mailbox'; readonly actor: ActorName }
  | {
      readonly kind: 'storage-error'
      readonly code: 'busy' | 'full' | 'io'
      /** Counted from the moment at which the fault is armed, from 1. */
      readonly atStatement: number
      /** `after`: the statement is done, and its success is not told. */
      readonly when: 'before' | 'after'
    }
  | { readonly kind: 'crash-at-statement'; readonly atStatement: number }
  | { readonly kind: 'clock-jump'; readonly ms: number }
  /** Generated keys keep the signer waiting, which goes on answering probes. */
  | { readonly kind: 'slow-keys'; readonly ms: number }
  /** The whole machine stands still, as when it is suspended. */
  | { readonly kind: 'stall'; readonly ms: number }
  /** The n-th frame between front and actors, in either direction, is lost with its actor. */
  | { readonly kind: 'lost-frame'; readonly atFrame: number }
  | { readonly kind: 'signature-error'; readonly atSignature: number }

export interface PlannedFault {
  /** Strikes after so many operations have begun. */
  readonly atOperation: number
  readonly fault: Fault
}

/** More crashes of one actor in ten seconds end the process, which is another kind of test. */
const crashesMax = 4
const faultsMax = 6

/** Operations of a run, unless somebody wants fewer: the faults are spread over so many. */
export const operationsPerRun = 60

/** What the seed says will go wrong; one seed in four is left in peace. */
export function planFaults(seed: number): readonly PlannedFault[] {
  const random = seededRandom(seed, 'faults')
  if (random.oneIn(4)) return []
  let crashes = 0
  return Array.from({ length: 1 + random.below(faultsMax) }, () => {
    const fault = drawFault(random, crashes < crashesMax)
    if (/crash|delay|lost/.test(fault.kind)) crashes += 1
    return { atOperation: random.below(operationsPerRun), fault }
  }).sort((left, right) => left.atOperation - right.atOperation)
}

function drawFault(random: ReturnType<typeof seededRandom>, mayCrash: boolean): Fault {
  const actor = random.pick(actorNames)
  const harmless = ['fill-mailbox', 'storage-error', 'clock-jump', 'stall'] as const
  const all = [...harmless, 'crash-actor', 'crash-actor', 'crash-at-statement', 'delay'] as const
  const kind = random.oneIn(25) ? 'slow-keys' : random.pick(mayCrash ? all : harmless)
  switch (kind) {
    case 'crash-actor': {
      const moments = ['before-handler', 'after-handler', 'after-commit'] as const
      const when = random.pick(actor === 'storage' ? moments : moments.slice(0, 2))
      return { kind, actor, when }
    }
    case 'delay':
      return { kind, actor, ms: random.pick([100, 500, 3000, 7000]) }
    case 'slow-keys':
      return { kind, ms: 7000 }
    case 'stall':
      return { kind, ms: random.pick([1000, 6000]) }
    case 'fill-mailbox':
      return { kind, actor }
    case 'storage-error': {
      const code = random.pick(['busy', 'full', 'io'] as const)
      const when = random.pick(['before', 'before', 'after'] as const)
      return { kind, code, atStatement: 1 + random.below(20), when }
    }
    case 'crash-at-statement':
      return { kind, atStatement: 1 + random.below(20) }
    case 'clock-jump':
      return { kind, ms: random.pick([-86_400_000, -3_600_000, -30_000, 30_000, 3_600_000]) }
  }
}

/** Thrown where an actor is to die in the middle of its work. */
class SimulatedCrash extends Error {
  override readonly name = 'SimulatedCrash'
}

const resultCodes = { busy: 'SQLITE_BUSY', full: 'SQLITE_FULL', io: 'SQLITE_IOERR' } as const

/** Holds the faults that are armed and strikes where the actors ask. */
export class FaultPoints {
  #armed: Fault[] = []
  #statements = 0
  #frames = 0
  #signatures = 0
  #commits = 0
  #isWriting = false
  #fired = 0

  /** How many faults have struck. */
  get fired(): number {
    return this.#fired
  }

  /** Transactions that wrote and were committed. */
  get commits(): number {
    return this.#commits
  }

  /** Counts from here on. */
  arm(fault: Fault): void {
    if (fault.kind === 'storage-error' || fault.kind === 'crash-at-statement') {
      const atStatement = fault.atStatement + this.#statements
      this.#armed.push({ ...fault, atStatement })
    } else if (fault.kind === 'lost-frame') {
      this.#armed.push({ ...fault, atFrame: fault.atFrame + this.#frames })
    } else if (fault.kind === 'signature-error') {
      this.#armed.push({ ...fault, atSignature: fault.atSignature + this.#signatures })
    } else {
      this.#armed.push(fault)
    }
  }

  /** Whether `actor` dies now instead of getting messages, or of giving answers. */
  crashes(actor: ActorName, when: 'before-handler' | 'after-handler'): boolean {
    this.#frames += 1
    return this.#strikes(
      (fault) =>
        (fault.kind === 'crash-actor' && fault.actor === actor && fault.when === when) ||
        (fault.kind === 'lost-frame' && fault.atFrame === this.#frames),
    )
  }

  /** Around each statement of storage. @throws SimulatedCrash, SqliteError as planned. */
  readonly statement: StatementGate = (text, run) => {
    this.#statements += 1
    const at = this.#statements
    if (this.#strikes((fault) => fault.kind === 'crash-at-statement' && fault.atStatement <= at)) {
      throw new SimulatedCrash(`at statement ${at}`)
    }
    this.#failStatement('before')
    const result = run()
    if (text.startsWith('BEGIN')) this.#isWriting = text === 'BEGIN IMMEDIATE'
    const isCommit = this.#isWriting && text === 'COMMIT'
    if (isCommit) this.#commits += 1
    this.#failStatement('after')
    const dies = (fault: Fault) => fault.kind === 'crash-actor' && fault.when === 'after-commit'
    if (isCommit && this.#strikes(dies)) throw new SimulatedCrash('after COMMIT')
    return result
  }

  /** Before each group of signatures. @throws OperationalError as planned. */
  signatures(count: number): void {
    this.#signatures += count
    const at = this.#signatures
    if (this.#strikes((fault) => fault.kind === 'signature-error' && fault.atSignature <= at)) {
      throw new OperationalError('the signature failed')
    }
  }

  #failStatement(when: 'before' | 'after'): void {
    const at = this.#statements
    const code = this.#armed.find(
      (fault) => fault.kind === 'storage-error' && fault.when === when && fault.atStatement <= at,
    )
    if (code?.kind !== 'storage-error') return
    this.#strikes((fault) => fault === code)
    throw new Database.SqliteError(`simulated ${code.code}`, resultCodes[code.code])
  }

  #strikes(isMeant: (fault: Fault) => boolean): boolean {
    const at = this.#armed.findIndex(isMeant)
    if (at === -1) return false
    this.#armed.splice(at, 1)
    this.#fired += 1
    return true
  }
}
