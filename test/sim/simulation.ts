// One run of the simulation: the server and its clients in one thread, one piece of work after the
// other in an order that a seed decides, faults as planned, and the checks after every step
// (architecture §4.6, reliability B14).
import { askOptions, type Services } from '../../src/flows/services.ts'
import type { Machine, Surroundings } from './clients/machine.ts'
import type { ActorName, Fault, PlannedFault } from './faults.ts'
import { History } from './history.ts'
import { parts } from './parts.ts'
import { Scheduler } from './scheduler.ts'
import { seededRandom } from './seeded-random.ts'
import { threadPoolLane } from './simulated-actors.ts'
import { type SimulatedServer, simulatedServer } from './simulated-server.ts'
import { laneTo } from './simulated-transport.ts'

export interface RunPlan {
  readonly seed: number
  /** Operations that the clients begin before they rest. */
  readonly operations: number
  readonly faults: readonly PlannedFault[]
}

export interface RunReport {
  /** Null = everything held. */
  readonly failure: string | null
  readonly lastSteps: readonly string[]
  readonly traceHash: string
  readonly steps: number
  readonly operations: number
  readonly outcomes: Readonly<Record<'ok' | 'refused' | 'unknown', number>>
  readonly faultsFired: number
}

const stepsPerOperationMax = 2000
const pauseMsMax = 60

/** Runs a plan to its end, or to the first thing that does not hold. */
export async function simulate(plan: RunPlan): Promise<RunReport> {
  const scheduler = new Scheduler(seededRandom(plan.seed, 'scheduler'))
  const history = new History()
  const server = simulatedServer(scheduler, seededRandom(plan.seed, 'server'), history)
  const run = new Run(plan, server, history)
  try {
    await run.toEnd()
  } catch (error) {
    history.fail(`thrown: ${error instanceof Error ? error.stack : String(error)}`)
  }
  server.disk.remove()
  return run.report()
}

class Run {
  readonly #plan: RunPlan
  readonly #server: SimulatedServer
  readonly #history: History
  #faultsLeft: readonly PlannedFault[]
  #operationsAtStart = 0
  #machinesAtWork = 0
  #commits = 0

  constructor(plan: RunPlan, server: SimulatedServer, history: History) {
    this.#plan = plan
    this.#server = server
    this.#history = history
    this.#faultsLeft = plan.faults
  }

  async toEnd(): Promise<void> {
    await this.#drive(this.#setUp())
    this.#operationsAtStart = this.#history.operations.size
    for (const { machines } of parts) {
      for (const [name, machine] of machines ?? []) this.#employ(name, machine)
    }
    while (this.#machinesAtWork > 0 && this.#history.failure === null) await this.#step()
    if (this.#history.failure !== null) return
    await this.#drive(this.#server.supervisor.stop())
    while (this.#server.openAsks.size > 0 && (await this.#server.scheduler.step())) this.#check()
    for (const part of parts) part.atEnd?.(this.#server, this.#history)
  }

  report(): RunReport {
    const { scheduler, faults } = this.#server
    const all = [...this.#history.operations.values()]
    const count = (outcome: string) => all.filter((each) => each.outcome === outcome).length
    return {
      failure: this.#history.failure,
      lastSteps: scheduler.lastSteps,
      traceHash: scheduler.traceHash(),
      steps: scheduler.steps,
      operations: all.length,
      outcomes: { ok: count('ok'), refused: count('refused'), unknown: count('unknown') },
      faultsFired: faults.fired,
    }
  }

  async #setUp(): Promise<void> {
    const [server, history] = [this.#server, this.#history]
    await server.start()
    const random = seededRandom(this.#plan.seed, 'set-up')
    for (const part of parts) await part.setUp?.({ server, history, random })
  }

  /** Lets a machine make its moves until enough operations have begun. */
  #employ(name: string, machine: Machine): void {
    const random = seededRandom(this.#plan.seed, name)
    const surroundings: Surroundings = {
      server: this.#server,
      history: this.#history,
      random,
    }
    const { scheduler } = this.#server
    const clock = scheduler.clockOf(name)
    this.#machinesAtWork += 1
    const move = (): void => {
      if (this.#begun() >= this.#plan.operations) {
        this.#machinesAtWork -= 1
        return
      }
      machine(surroundings).then(
        () => clock.after(random.below(pauseMsMax), move),
        (error: unknown) => this.#history.fail(`${name}: ${(error as Error).stack}`),
      )
    }
    scheduler.add(name, 'begins', move)
  }

  #begun(): number {
    return this.#history.operations.size - this.#operationsAtStart
  }

  async #drive(work: Promise<void>): Promise<void> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    // Its rejection is seen below, after the last step.
    done.catch(() => undefined)
    await this.#server.scheduler.settle()
    while (!isDone && this.#history.failure === null) await this.#step()
    if (isDone) await done
  }

  async #step(): Promise<void> {
    this.#armFaults()
    const { scheduler } = this.#server
    if (!(await scheduler.step())) this.#history.fail('nothing happens any more')
    if (scheduler.steps > stepsPerOperationMax * (this.#plan.operations + 10)) {
      this.#history.fail('the run does not come to its end')
    }
    this.#check()
  }

  #check(): void {
    const { faults } = this.#server
    for (const part of parts) part.afterStep?.(this.#server, this.#history)
    if (faults.commits === this.#commits) return
    this.#commits = faults.commits
    for (const part of parts) part.afterCommit?.(this.#server, this.#history)
  }

  #armFaults(): void {
    for (;;) {
      const [next] = this.#faultsLeft
      if (next === undefined || this.#machinesAtWork === 0) return
      if (next.atOperation > this.#begun()) return
      this.#faultsLeft = this.#faultsLeft.slice(1)
      this.#strike(next.fault)
    }
  }

  #strike(fault: Fault): void {
    const { scheduler, faults } = this.#server
    switch (fault.kind) {
      case 'delay':
        return scheduler.hold(laneTo(fault.actor), fault.ms)
      case 'slow-keys':
        return scheduler.hold(threadPoolLane, fault.ms)
      case 'clock-jump':
        this.#history.clockJumps += 1
        return scheduler.time.jumpWall(fault.ms)
      case 'stall':
        scheduler.time.advanceTo(scheduler.time.elapsedMs + fault.ms)
        this.#history.resumedAtMs = scheduler.time.elapsedMs
        return
      case 'fill-mailbox':
        return this.#fill(fault.actor)
      default:
        return faults.arm(fault)
    }
  }

  #fill(actor: ActorName): void {
    const { services, refs } = this.#server
    const { depth, capacity } = refs.find(({ name }) => name === actor)?.ref.load() ?? idle
    for (let free = capacity - depth; free > 0; free -= 1) {
      // Nobody needs the answer; the checks see whether it comes.
      askNothing(services, actor).catch(() => undefined)
    }
  }
}

const idle = { depth: 0, capacity: 0 }

/** A message that changes nothing. */
function askNothing(services: Services, actor: ActorName): Promise<unknown> {
  const options = askOptions(services, null)
  switch (actor) {
    case 'storage':
      return services.storage.ask('ping', {}, options)
    case 'signer':
      return services.signer.ask('readKeys', {}, options)
    case 'dpop-replay':
      return services.dpopReplay.ask('newNonce', {}, options)
  }
}
