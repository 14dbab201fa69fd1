// `npm run sim`: many runs, or one again. `SEED=12 npm run sim` repeats a run (also in the form in
// which a failure is told), `SEEDS=1000 npm run sim` tries that many seeds, from a different place
// each day. A failure is made as small as it gets and told with its last steps.
import { systemClock } from '../../src/base/clock.ts'
import { formatRun, parseRun, planOf, type RunChoice, shrinkRun, wholeRun } from './run-plan.ts'
import { type RunReport, simulate } from './simulation.ts'

const seedsUnlessSaid = 1000

/** Prints what a failing run did, and how to keep it. */
async function tell(choice: RunChoice): Promise<void> {
  const smallest = await shrinkRun(choice, async (smaller) => {
    return (await simulate(planOf(smaller))).failure !== null
  })
  const { failure, lastSteps } = await simulate(planOf(smallest))
  const { faults } = planOf(smallest)
  console.log(`FAILED: ${failure}`)
  console.log(`  again: SEED=${formatRun(smallest)} npm run sim`)
  console.log(`  whole: SEED=${formatRun(choice)} npm run sim`)
  for (const planned of faults) console.log(`  fault: ${JSON.stringify(planned)}`)
  console.log(`  last steps:\n    ${lastSteps.join('\n    ')}`)
  console.log(`  line for test/sim/regressions.txt:\n${formatRun(smallest)} # ${failure}`)
}

function summary(choices: readonly RunChoice[], reports: readonly RunReport[], ms: number): string {
  const sum = (of: (report: RunReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0)
  const operations = sum((report) => report.operations)
  return [
    `${choices.length} runs from ${choices[0] === undefined ? '-' : formatRun(choices[0])}`,
    `${operations} operations (${sum(({ outcomes }) => outcomes.ok)} ok, ` +
      `${sum(({ outcomes }) => outcomes.refused)} refused, ` +
      `${sum(({ outcomes }) => outcomes.unknown)} unknown)`,
    `${sum(({ faultsFired }) => faultsFired)} injected failures`,
    `${sum(({ steps }) => steps)} steps, ${Math.round((operations * 1000) / ms)} operations/s`,
  ].join('; ')
}

async function main(seed: string, seeds: string): Promise<void> {
  const startedMs = systemClock.monotonicMs()
  const count = seeds === '' ? seedsUnlessSaid : Number(seeds)
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`not a number of seeds: ${seeds}`)
  // The day decides where to begin, so that a repeated command sees new runs.
  const first = Math.floor(systemClock.nowMs() / 86_400_000) * 100_000
  const choices =
    seed === ''
      ? Array.from({ length: count }, (_, index) => wholeRun(first + index))
      : [parseRun(seed)]
  const reports: RunReport[] = []
  for (const choice of choices) {
    const report = await simulate(planOf(choice))
    reports.push(report)
    if (report.failure === null) continue
    process.exitCode = 1
    await tell(choice)
    break
  }
  console.log(
    summary(choices.slice(0, reports.length), reports, systemClock.monotonicMs() - startedMs),
  )
}

await main(process.argv[2] ?? '', process.argv[3] ?? '')
