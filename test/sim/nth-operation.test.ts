// The n-th operation fails, for n = 1, 2, 3 … until a run is no longer touched: each statement of
// storage, each frame and each signature of one small run, with all the checks of the simulation.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Fault } from './faults.ts'
import { simulate } from './simulation.ts'

/** One that redeems codes with proofs, refreshes, and has a code used twice. */
const seed = 661
const operations = 12
/** More than any run of so few operations has of anything. */
const nMax = 2000

/** Runs with the n-th fault for each n; returns how many of the runs it has struck. */
async function untilUntouched(faultOf: (n: number) => Fault): Promise<number> {
  for (let n = 1; n <= nMax; n += 1) {
    const fault = faultOf(n)
    const report = await simulate({ seed, operations, faults: [{ atOperation: 0, fault }] })
    const told = `${JSON.stringify(fault)}: ${report.failure}\n${report.lastSteps.join('\n')}`
    assert.equal(report.failure, null, told)
    if (report.faultsFired === 0) return n - 1
  }
  assert.fail(`a run is still touched by the ${nMax}th`)
}

describe('failure of the n-th operation', () => {
  test('no promise breaks when the n-th statement of storage fails', async () => {
    const struck = await untilUntouched((atStatement) => {
      return { kind: 'storage-error', code: 'io', atStatement, when: 'before' }
    })

    assert.ok(struck > 3 * operations, `${struck} statements`)
  })

  test('no promise breaks when the n-th statement is done and reported as failed', async () => {
    const struck = await untilUntouched((atStatement) => {
      return { kind: 'storage-error', code: 'full', atStatement, when: 'after' }
    })

    assert.ok(struck > 3 * operations, `${struck} statements`)
  })

  test('no promise breaks when storage dies at the n-th statement', async () => {
    const struck = await untilUntouched((atStatement) => {
      return { kind: 'crash-at-statement', atStatement }
    })

    assert.ok(struck > 3 * operations, `${struck} statements`)
  })

  test('no promise breaks when the n-th frame is lost with its actor', async () => {
    const struck = await untilUntouched((atFrame) => ({ kind: 'lost-frame', atFrame }))

    assert.ok(struck > 2 * operations, `${struck} frames`)
  })

  test('no promise breaks when the n-th signature fails', async () => {
    const struck = await untilUntouched((atSignature) => ({ kind: 'signature-error', atSignature }))

    assert.ok(struck > 0, `${struck} signatures`)
  })
})
