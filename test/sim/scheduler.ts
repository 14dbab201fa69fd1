// Decides what happens next. Work waits in lanes; within a lane order is kept, between lanes the
// seed decides. A step is one piece of work and everything that follows from it without waiting.
import { createHash } from 'node:crypto'
import { systemClock } from '../../src/base/clock.ts'
import type { SeededRandom } from './seeded-random.ts'
import { type OwnedClock, SimulatedTime } from './simulated-clock.ts'

interface Task {
  readonly label: string
  readonly run: () => void
}

interface Lane {
  readonly name: string
  readonly tasks: Task[]
  /** Nothing of this lane is picked before. */
  heldUntilMs: number
}

const stepsKept = 50
/** While work waits, one pick of so many lets a little time pass. */
const idleOneIn = 24
const idleMsMax = 20

export class Scheduler {
  readonly time = new SimulatedTime()
  readonly #random: SeededRandom
  readonly #lanes = new Map<string, Lane>()
  readonly #hash = createHash('sha256')
  readonly #outside = new Set<Promise<unknown>>()
  #lastSteps: string[] = []
  #steps = 0

  constructor(random: SeededRandom) {
    this.#random = random
  }

  get steps(): number {
    return this.#steps
  }

  /** The last steps, oldest first. */
  get lastSteps(): readonly string[] {
    return this.#lastSteps
  }

  /** Puts work at the end of a lane. */
  add(lane: string, label: string, run: () => void): void {
    this.#lane(lane).tasks.push({ label, run })
  }

  /** Keeps a lane waiting for `ms` from now. */
  hold(lane: string, ms: number): void {
    this.#lane(lane).heldUntilMs = this.time.elapsedMs + ms
  }

  /** A clock whose owner works in the lane of its name. */
  clockOf(owner: string): OwnedClock {
    return this.time.clockOf(owner, (work) => this.add(owner, 'turn ends', work))
  }

  /**
   * Passes on what is really asynchronous (a thread pool). The simulation waits until it is there,
   * and the seed decides when it arrives, so that its real duration has no influence.
   */
  arrival<Value>(lane: string, label: string, real: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const settled = real.then(
        (value) => this.add(lane, label, () => resolve(value)),
        (error: unknown) => this.add(lane, `${label} fails`, () => reject(error)),
      )
      this.#outside.add(settled)
      void settled.then(() => this.#outside.delete(settled))
    })
  }

  /** Bytes that tell one run from another. */
  trace(bytes: Uint8Array | string): void {
    this.#hash.update(bytes)
  }

  traceHash(): string {
    return this.#hash.copy().digest('hex')
  }

  /** One step; false when nothing will ever happen again. */
  async step(): Promise<boolean> {
    const task = this.#next()
    if (task === null) return false
    this.#steps += 1
    const told = `${this.#steps} ${this.time.elapsedMs}ms ${task.label}`
    this.trace(told)
    this.#lastSteps.push(told)
    if (this.#lastSteps.length > stepsKept) this.#lastSteps.shift()
    task.run()
    await this.settle()
    return true
  }

  /** Resolves when every promise that can settle without another step has done so. */
  async settle(): Promise<void> {
    for (;;) {
      // A turn of the real event loop leaves no microtask behind.
      await new Promise<void>((resolve) => systemClock.soon(resolve))
      if (this.#outside.size === 0) return
      await Promise.all(this.#outside)
    }
  }

  #next(): Task | null {
    for (;;) {
      for (let due = this.time.takeDue(); due !== null; due = this.time.takeDue()) {
        this.add(due.owner, 'timer', due.work)
      }
      const waiting = [...this.#lanes.values()].filter((lane) => lane.tasks.length > 0)
      const open = waiting.filter((lane) => lane.heldUntilMs <= this.time.elapsedMs)
      const isIdle = open.length === 0
      if ((isIdle || this.#random.oneIn(idleOneIn)) && this.#pass(waiting, isIdle)) continue
      if (isIdle) return null
      const lane = this.#random.pick(open)
      const task = lane.tasks.shift()
      if (task !== undefined) return { ...task, label: `${lane.name}: ${task.label}` }
    }
  }

  /** Lets time pass, never beyond the next event; false when there is none to wait for. */
  #pass(waiting: readonly Lane[], isIdle: boolean): boolean {
    const nowMs = this.time.elapsedMs
    const held = waiting.map((lane) => lane.heldUntilMs).filter((ms) => ms > nowMs)
    const dueMs = this.time.nextDueMs()
    const events = dueMs === null ? held : [dueMs, ...held]
    if (isIdle && events.length === 0) return false
    const little = isIdle ? [] : [nowMs + 1 + this.#random.below(idleMsMax)]
    this.time.advanceTo(Math.min(...little, ...events))
    return true
  }

  #lane(name: string): Lane {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const lane: Lane = { name, tasks: [], heldUntilMs: 0 }
    this.#lanes.set(name, lane)
    return lane
  }
}
