// The long form of test/crash/rotation.test.ts, with the exact figures (reliability G10).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotateUnderLoad } from '../crash/rotation-rounds.ts'
import { seedLoad, unlimited } from '../e2e/token-load.ts'
import { startServer } from '../support/start-server.ts'

const rounds = Number(process.env['ROUNDS'] ?? 100)

test(`every token of ${rounds} rotations verifies`, async (t) => {
  const server = await startServer({ seed: seedLoad, environment: unlimited })
  try {
    const report = await rotateUnderLoad(server, rounds, 500)
    t.diagnostic(JSON.stringify(report))

    assert.equal(report.failed, 0)
    assert.equal(report.refusals, 0)
    assert.ok(report.tokensPerSecond >= 1000)
  } finally {
    await server.stop()
  }
})
