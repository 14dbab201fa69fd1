// Attack catalogue, group DS: what proofs may cost (spec 09).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createReplayWindow } from '../../actors/dpop-replay/replay-window.ts'
import { limits } from '../../src/base/limits.ts'
import { refused } from '../support/attack.ts'
import { makeOtherKey, makeProofKey } from '../support/dpop-client.ts'
import { type GrantTarget, pairOf, startGrantTarget } from '../support/grant-attack.ts'
import { secretOf } from '../support/seed.ts'

let target: GrantTarget

before(async () => {
  target = await startGrantTarget({})
})

after(() => target.stop())

test('DS-04 a million proofs fill no memory, and push out none that is remembered', () => {
  const entriesMax = limits.proofWindowMax
  const window = createReplayWindow({ entriesMax, keepMs: 1000 })
  for (let count = 0; count < 1_000_000; count += 1) window.take(`proof-${count}`, 0)

  assert.equal(window.size(), entriesMax)
  assert.equal(window.take('proof-0', 999), false)
  assert.equal(window.take('proof-0', 1000), true)
})

describe('DS-06 the check of a proof', () => {
  const checks = (): number =>
    target.inline.meterCalls.filter(([name]) => /^proof/.test(name)).length
  const large = makeOtherKey('PS256', { bits: 4096 })

  test('is not to be had without a client, a code or a token', async () => {
    const before = checks()
    const headers = () => target.proofBy(large)
    const wrong = { client_id: 'conf', client_secret: 'wrong' }
    const machine = { grant_type: 'client_credentials', ...wrong }
    await refused(target, () => target.token(machine, headers()), 'invalid_client')
    const { form } = await target.code()
    const verifier = { ...form, code_verifier: 'w'.repeat(43) }
    await refused(target, () => target.token(verifier, headers()), 'invalid_grant')
    await refused(target, () => target.refresh('unknown', {}, headers()), 'invalid_grant')

    assert.equal(checks(), before)
  })

  test('control: it is to be had with a client, and with a code', async () => {
    const before = checks()
    const machine = {
      grant_type: 'client_credentials',
      client_id: 'conf',
      client_secret: secretOf('conf'),
    }
    assert.equal((await target.token(machine, target.proofBy(large))).status, 200)
    const { form } = await target.code()
    pairOf(await target.token(form, target.proofBy(makeProofKey())))

    assert.equal(checks(), before + 2)
  })
})
