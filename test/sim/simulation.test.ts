// The simulation in the form that every change goes through: many seeds, the runs that once failed,
// and the proof that a seed decides a run completely.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { formatRun, parseRun, parseRuns, planOf, shrinkRun, wholeRun } from './run-plan.ts'
import { type RunReport, simulate } from './simulation.ts'

const seeds = 500
const regressions = readFileSync(join(import.meta.dirname, 'regressions.txt'), 'utf8')

async function runOf(text: string): Promise<RunReport> {
  const report = await simulate(planOf(parseRun(text)))
  const told = `SEED=${text} npm run sim\n${report.failure}\n${report.lastSteps.join('\n')}`
  assert.equal(report.failure, null, told)
  return report
}

describe('simulation of issuance', () => {
  test(`keeps every promise in ${seeds} seeds with crashes, outages and clock jumps`, async () => {
    const total = { ok: 0, refused: 0, unknown: 0, faults: 0 }

    for (let seed = 1; seed <= seeds; seed += 1) {
      const { outcomes, faultsFired } = await runOf(String(seed))
      total.ok += outcomes.ok
      total.refused += outcomes.refused
      total.unknown += outcomes.unknown
      total.faults += faultsFired
    }

    // A simulation in which nothing succeeds, or nothing goes wrong, would prove nothing.
    assert.ok(total.ok > 20 * seeds, `${total.ok} operations succeed`)
    assert.ok(total.refused > seeds, `${total.refused} operations are refused`)
    assert.ok(total.unknown > seeds, `${total.unknown} operations remain without an answer`)
    assert.ok(total.faults > seeds / 2, `${total.faults} failures strike`)
  })

  for (const choice of parseRuns(regressions)) {
    test(`run ${formatRun(choice)} no longer fails`, async () => {
      await runOf(formatRun(choice))
    })
  }

  test('two runs of a seed give the same trace', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const first = await runOf(String(seed))

      const second = await runOf(String(seed))

      assert.equal(second.traceHash, first.traceHash, `seed ${seed}`)
    }
  })

  test('runs of different seeds give different traces', async () => {
    const hashes = new Set<string>()

    for (let seed = 1; seed <= 10; seed += 1) hashes.add((await runOf(String(seed))).traceHash)

    assert.equal(hashes.size, 10)
  })

  test('a failing run is made smaller as long as it fails', async () => {
    const whole = { ...wholeRun(1), faults: [0, 1, 2, 3] }

    const smallest = await shrinkRun(whole, async ({ operations, faults }) => {
      return operations >= 17 && faults.includes(2)
    })

    assert.deepEqual(smallest, { seed: 1, operations: 17, faults: [2] })
    assert.deepEqual(parseRun(formatRun(smallest)), smallest)
  })
})
