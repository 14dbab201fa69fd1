// Whoever sends slowly keeps nobody waiting (reliability B8, G6): tokens are issued at nearly the
// rate without them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateBeside } from './slow-senders-run.ts'

test('a thousand slow senders leave the server to all others', async (t) => {
  const { share, stayed } = await rateBeside({ senders: 1000, seconds: 1, rounds: 1 })
  t.diagnostic(`${share.toFixed(2)} of the rate without them`)

  assert.equal(stayed, 1000, 'control: they were there all the time')
  assert.ok(share >= 0.4, `${share}`)
})
