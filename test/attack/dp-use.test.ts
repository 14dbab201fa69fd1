// Attack catalogue, group DP: the use of a DPoP proof at the token endpoint (spec 09, spec 02 §6.2,
// §6.4–6.6): replays, nonces, what a token is bound to. What only a clock or a full memory shows is
// in test/actors/dpop-replay-*.test.ts.
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { deriveKey } from '../../src/base/hash.ts'
import { makeNonce, nonceEpoch, nonceSlot } from '../../src/oauth/dpop-nonce.ts'
import {
  type AttackTarget,
  ccBody,
  issues,
  jsonOf,
  refused,
  startTarget,
} from '../support/attack.ts'
import { makeProof, type ProofChange } from '../support/dpop-client.ts'
import { confirmationOf, createProofAttack, nowSeconds } from '../support/proof-attack.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'
import { seedClient } from '../support/seed.ts'
import { startServer } from '../support/start-server.ts'

const lifeSeconds = 60

let target: AttackTarget
const attack = createProofAttack(() => target)
const { key, otherKey, proofBy, proofOf, claimsWith, use, accepted, rejected } = attack

before(async () => {
  target = await startTarget({ environment: { AUTHPLANE_TEST_FAULTS: '1' } })
})

after(() => target.stop())

describe('DP-23 a proof that comes twice', () => {
  test('is rejected, by whichever client', async () => {
    const proof = proofOf({})
    await accepted(proof)

    await rejected(proof)
    const byAnother = () => target.token(ccBody('m2m', {}), { DPoP: proof })
    await refused(target, byAnother, 'invalid_dpop_proof')
  })

  test('control: the id alone may come again from another key', async () => {
    const claims = { jti: 'shared-by-strangers' }
    await accepted(proofOf({ claims }))
    await accepted(proofBy(otherKey, { claims }))
  })
})

test('DP-24 of fifty uses of one proof at once exactly one is accepted', async () => {
  const proof = proofOf({})
  const before = target.issued()

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      target.token(ccBody(index % 2 === 0 ? 'conf' : 'm2m', {}), { DPoP: proof }),
    ),
  )

  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, ...Array(49).fill(400)])
  for (const answer of answers.filter(({ status }) => status === 400)) {
    assert.equal(jsonOf(answer)['error'], 'invalid_dpop_proof')
  }
  assert.equal(target.issued(), before + 1)
})

test('DP-27 a proof is remembered for twice its life, whatever iat it had', async () => {
  const jti = 'at-the-edge'
  await accepted(claimsWith({ jti, iat: nowSeconds() + lifeSeconds - 1 })())

  const [row] = target.rows('SELECT expires_at FROM dpop_jtis WHERE jti = ?', jti)
  const keptSeconds = (Date.parse(String(row?.['expires_at'])) - Date.now()) / 1000
  assert.ok(keptSeconds > 2 * lifeSeconds + 30, `${keptSeconds} s`)
})

test('DP-28 what memory does not know of, storage refuses', async () => {
  const proof = proofOf({})
  await accepted(proof)
  await crashReplayActor()

  await rejected(proof)
  await accepted(proofOf({}))
})

/** Ends the thread that remembers proofs; resolves when another one answers. */
async function crashReplayActor(): Promise<void> {
  const response = await fetch(`${target.adminUrl}/admin/test/faults`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${target.adminKey()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ actor: 'dpop-replay', kind: 'crash' }),
  })
  assert.equal(response.status, 204, await response.text())
  assert.equal((await use(proofOf({}))).status, 503)
  await target.logged('actor restarted')
}

describe('DP-36 the thumbprint', () => {
  test('is that of the key in any order of members and beside any others', async () => {
    const { x, y, crv, kty } = key.jwk
    const jwk = { use: 'sig', y, kid: 'k', x, alg: 'ES256', kty, crv, key_ops: ['verify'] }

    for (const header of [{}, { jwk }]) {
      assert.deepEqual(confirmationOf(await accepted(proofOf({ header }))), { jkt: key.jkt })
    }
  })

  test('control: that of another key is another', async () => {
    const body = await accepted(proofBy(otherKey, {}))
    assert.deepEqual(confirmationOf(body), { jkt: otherKey.jkt })
  })
})

describe('DP-37 the type of a token', () => {
  test('is DPoP with a proof, in answer and token', async () => {
    const body = await accepted(proofOf({}))
    assert.equal(body['token_type'], 'DPoP')
    assert.deepEqual(confirmationOf(body), { jkt: key.jkt })
  })

  test('control: it is Bearer without', async () => {
    const body = await issues(target, () => target.token(ccBody('conf', {})))
    assert.equal(body['token_type'], 'Bearer')
    assert.equal(confirmationOf(body), undefined)
  })
})

describe('DP-34 a required nonce', () => {
  before(async () => {
    await target.stop()
    target = await startTarget({ environment: { AUTHPLANE_DPOP_REQUIRE_NONCE: 'true' } })
  })

  const nonceOf = (response: RawResponse): string => {
    const nonce = headerOf(response, 'dpop-nonce')
    assert.match(nonce ?? '', /^[\w-]{43}$/)
    return nonce ?? ''
  }
  const challenged = async (claims: NonNullable<ProofChange['claims']>): Promise<string> =>
    nonceOf(await refused(target, () => use(claimsWith(claims)()), 'use_dpop_nonce'))

  /** One of this server that is so many slots old. */
  function ownNonce(slotsAgo: number, change: string): string {
    const secret = readFileSync(join(target.dataDirectory, 'session.secret'), 'utf8').trim()
    const slot = nonceSlot(Date.now(), 60_000) - slotsAgo
    const ofNonces = deriveKey(Buffer.from(secret + change), 'dpop-nonce')
    const derived = deriveKey(ofNonces, `dpop-nonce-${nonceEpoch(slot)}`)
    return makeNonce(slot, Buffer.alloc(8, 1), createSecretKey(derived))
  }

  for (const [name, nonce] of [
    ['missing', () => undefined],
    ['empty', () => ''],
    ['a number', () => 1],
    ['wrong', () => 'wrong'],
    ['expired', () => ownNonce(6, '')],
    ['of the future', () => ownNonce(-60, '')],
    ['foreign', () => ownNonce(0, 'x')],
  ] as const) {
    test(`that is ${name} is asked for, with a fresh one`, async () => {
      await challenged({ nonce: nonce() })
    })
  }

  test('control: the fresh one is accepted, as is any that is alive', async () => {
    const nonce = await challenged({})
    await accepted(claimsWith({ nonce })())
    await accepted(claimsWith({ nonce })())
    await accepted(claimsWith({ nonce: ownNonce(1, '') })())
  })

  test('is not asked for by a proof that is bad anyway', async () => {
    await rejected(claimsWith({ htm: 'GET' })())
  })

  test('is not asked for when there is no proof', async () => {
    const response = await target.token(ccBody('conf', {}))
    assert.equal(response.status, 200)
    assert.equal(headerOf(response, 'dpop-nonce'), null)
  })
})

test('DP-25 the next process on the database knows what was used before', async (t) => {
  let server = await startServer({ seed: (services) => seedClient(services, 'conf', {}) })
  t.after(() => server.stop())
  const useThere = async (proof: string): Promise<unknown> => {
    const response = await fetch(`${server.baseUrl}/oauth/token`, {
      method: 'POST',
      headers: { DPoP: proof },
      body: new URLSearchParams(ccBody('conf', {})),
    })
    const body = (await response.json()) as Readonly<Record<string, unknown>>
    return body['error'] ?? body['token_type']
  }
  const proofThere = (): string => makeProof(key, `${server.issuer}/oauth/token`, {})
  const proof = proofThere()
  assert.equal(await useThere(proof), 'DPoP')

  server = await server.restart()

  assert.equal(await useThere(proof), 'invalid_dpop_proof')
  assert.equal(await useThere(proofThere()), 'DPoP')
})
