// A run in one word, so that a failure can be told, kept and repeated: `seed:operations:faults`,
// where the faults are those of the seed's plan that strike, by number. A seed alone is its whole
// run. And the search for the smallest run that still fails.
import { operationsPerRun, planFaults } from './faults.ts'
import type { RunPlan } from './simulation.ts'

/** What of a seed's run takes place. */
export interface RunChoice {
  readonly seed: number
  readonly operations: number
  /** Places in the list of `planFaults`. */
  readonly faults: readonly number[]
}

/** The whole run of a seed. */
export function wholeRun(seed: number): RunChoice {
  return { seed, operations: operationsPerRun, faults: planFaults(seed).map((_, index) => index) }
}

/** The plan of a choice. */
export function planOf({ seed, operations, faults }: RunChoice): RunPlan {
  const planned = planFaults(seed).filter((_, index) => faults.includes(index))
  return { seed, operations, faults: planned }
}

/** `12`, or `12:30:0,2` as `formatRun` writes it. @throws Error on anything else. */
export function parseRun(text: string): RunChoice {
  const [, seed, operations, faults] = /^(\d+)(?::(\d+):([\d,]*))?$/.exec(text) ?? []
  if (seed === undefined) throw new Error(`not a seed or seed:operations:faults: ${text}`)
  if (operations === undefined || faults === undefined) return wholeRun(Number(seed))
  const indexes = faults === '' ? [] : faults.split(',').map(Number)
  return { seed: Number(seed), operations: Number(operations), faults: indexes }
}

export function formatRun({ seed, operations, faults }: RunChoice): string {
  return `${seed}:${operations}:${faults.join(',')}`
}

/** The runs of a text: one per line, `#` begins a comment. */
export function parseRuns(text: string): readonly RunChoice[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim())
  return lines.filter((line) => line !== '').map(parseRun)
}

/**
 * A run with fewer faults and operations that `fails` as well: faults are left out one by one, then
 * the number of operations is brought down by bisection.
 */
export async function shrinkRun(
  choice: RunChoice,
  fails: (choice: RunChoice) => Promise<boolean>,
): Promise<RunChoice> {
  let smallest = choice
  for (const fault of choice.faults) {
    const fewer = { ...smallest, faults: smallest.faults.filter((other) => other !== fault) }
    if (await fails(fewer)) smallest = fewer
  }
  let tooFew = 0
  while (smallest.operations - tooFew > 1) {
    const operations = Math.floor((tooFew + smallest.operations) / 2)
    if (await fails({ ...smallest, operations })) smallest = { ...smallest, operations }
    else tooFew = operations
  }
  return smallest
}
