// Faults that an outside test has asked for and that have not happened yet (spec 00 B27). They lie
// in memory that threads share: what is asked for holds at once, also for a thread that hangs, and
// is counted exactly although the thread that it happens to is restarted.
import { assert } from '../../src/base/assert.ts'

export const faultKinds = ['crash', 'hang', 'delay', 'error'] as const
export type FaultKind = (typeof faultKinds)[number]

/** How a thread can come to its end; `kill` takes the whole process with it. */
export const crashManners = ['throw', 'reject', 'exit', 'heap', 'spin', 'kill'] as const
export type CrashManner = (typeof crashManners)[number]

export interface Fault {
  readonly kind: FaultKind
  /** Of a crash. */
  readonly how: CrashManner
  /** Of a delay. */
  readonly delayMs: number
}

/** The faults of one actor, one place per point of its work. Plain data, so that it can travel. */
export interface FaultBoard {
  readonly points: readonly string[]
  readonly cells: SharedArrayBuffer
}

/** Numbers of one point: how many are left, kind, manner, milliseconds. */
const stride = 4

/** A board on which nothing is asked for. */
export function createFaultBoard(points: readonly string[]): FaultBoard {
  const bytes = points.length * stride * Int32Array.BYTES_PER_ELEMENT
  return { points, cells: new SharedArrayBuffer(bytes) }
}

/** Asks that `fault` happens `count` times at `point`, in place of what was asked for before. */
export function armFault(
  board: FaultBoard,
  point: string,
  { fault, count }: { readonly fault: Fault; readonly count: number },
): void {
  const { cells, at } = placeOf(board, point)
  // The count is the last to change: who takes a fault while it is replaced finds none.
  Atomics.store(cells, at, 0)
  Atomics.store(cells, at + 1, faultKinds.indexOf(fault.kind))
  Atomics.store(cells, at + 2, crashManners.indexOf(fault.how))
  Atomics.store(cells, at + 3, fault.delayMs)
  Atomics.store(cells, at, count)
}

/**
 * The fault of `point` for `messages` messages that share a call, and how many of them it strikes;
 * null when none is left. A crash or a hang counts once for all of them.
 */
export function takeFault(
  board: FaultBoard,
  point: string,
  messages: number,
): { readonly fault: Fault; readonly struck: number } | null {
  const { cells, at } = placeOf(board, point)
  for (;;) {
    const left = Atomics.load(cells, at)
    if (left === 0) return null
    const fault = faultAt(cells, at)
    const isForAll = fault.kind === 'crash' || fault.kind === 'hang'
    const struck = isForAll ? 1 : Math.min(left, messages)
    if (Atomics.compareExchange(cells, at, left, left - struck) === left) return { fault, struck }
  }
}

function faultAt(cells: Int32Array, at: number): Fault {
  const kind = faultKinds[Atomics.load(cells, at + 1)]
  const how = crashManners[Atomics.load(cells, at + 2)]
  assert(kind !== undefined && how !== undefined, 'a fault board holds what was written to it')
  return { kind, how, delayMs: Atomics.load(cells, at + 3) }
}

function placeOf(
  { points, cells }: FaultBoard,
  point: string,
): { readonly cells: Int32Array; readonly at: number } {
  const index = points.indexOf(point)
  assert(index >= 0, `the fault board has the point ${point}`)
  return { cells: new Int32Array(cells), at: index * stride }
}
