// DPoP proofs checked by threads, as in a server: one proof has one winner, whoever is asked.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { makeProof, makeProofKey } from '../support/dpop-client.ts'
import { checkOf, type ProofActors, proofUrl, startProofActors } from '../support/proof-actors.ts'

/** So many that both threads have some. */
const keys = Array.from({ length: 24 }, makeProofKey)

let actors: ProofActors

before(async () => {
  actors = await startProofActors({
    placement: 'worker',
    instances: 2,
    slice: { nonceSecret: new Uint8Array(new SharedArrayBuffer(32)).fill(3) },
    clock: systemClock,
  })
})

after(() => actors.supervisor.stop())

describe('two threads', () => {
  test('share the keys between them, each key with one of them', async () => {
    const before = await counts()

    for (let round = 0; round < 3; round += 1) {
      for (const key of keys) {
        assert.equal((await actors.check(makeProof(key, proofUrl, {}))).claim?.jkt, key.jkt)
      }
    }

    const added = (await counts()).map((count, at) => count - (before[at] ?? 0))
    assert.equal(
      added.reduce((sum, count) => sum + count),
      3 * keys.length,
    )
    for (const count of added) assert.equal(count % 3, 0)
    assert.ok(
      added.every((count) => count > 0),
      `${added}`,
    )
  })

  test('have one winner of fifty uses of one proof at once', async () => {
    for (const key of keys.slice(0, 8)) {
      const proof = makeProof(key, proofUrl, {})
      const results = await Promise.all(Array.from({ length: 50 }, () => actors.check(proof)))

      const winners = results.filter(({ claim }) => claim !== null)
      assert.equal(winners.length, 1)
      assert.equal(results.filter(({ fault }) => fault === 'replay').length, 49)
    }
  })

  test('know each other’s nonces', async () => {
    const [first, second] = actors.shards
    assert.ok(first !== undefined && second !== undefined)
    const options = { deadlineMs: systemClock.monotonicMs() + 5000, trace: null }
    const { nonce } = (await first.ask('newNonce', {}, options)).reply
    const proof = makeProof(makeProofKey(), proofUrl, { claims: { nonce } })

    const asked = checkOf(proof, { isNonceRequired: true })
    const { reply } = await second.ask('checkProof', asked, options)

    assert.equal(reply.fault, null)
  })
})

async function counts(): Promise<readonly number[]> {
  const snapshots = await actors.supervisor.snapshots()
  return snapshots.map(({ messages }) =>
    messages.filter(({ kind }) => kind === 'checkProof').reduce((sum, { count }) => sum + count, 0),
  )
}
