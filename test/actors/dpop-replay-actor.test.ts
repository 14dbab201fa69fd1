// The DPoP replay actor: the checks of a proof, its memory of used ones, nonces (spec 02 §6).
import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { createKeyCache } from '../../actors/dpop-replay/key-cache.ts'
import { splitCompactJws } from '../../src/oauth/compact-jws.ts'
import {
  encode,
  makeOtherKey,
  makeProof,
  makeProofKey,
  type ProofChange,
  signProof,
} from '../support/dpop-client.ts'
import {
  type ProofActorOptions,
  type ProofActors,
  proofUrl,
  startProofActors,
} from '../support/proof-actors.ts'
import { type HandClock, handClock } from './signer-harness.ts'

const key = makeProofKey()

interface Started extends ProofActors {
  readonly clock: HandClock
  /** A proof made at the time of the actor. */
  proof(change: ProofChange): string
}

async function start(
  t: TestContext,
  options: Partial<Pick<ProofActorOptions, 'slice' | 'instances'>>,
): Promise<Started> {
  const clock = handClock()
  const actors = await startProofActors({
    placement: 'inline',
    instances: 1,
    slice: {},
    ...options,
    clock,
  })
  t.after(() => actors.supervisor.stop())
  const iat = () => Math.floor(clock.nowMs() / 1000)
  return {
    ...actors,
    clock,
    proof: ({ header, claims }) =>
      makeProof(key, proofUrl, { header: header ?? {}, claims: { iat: iat(), ...claims } }),
  }
}

describe('a good proof', () => {
  test('is answered with its claim and a nonce', async (t) => {
    const { check, proof, clock } = await start(t, {})

    const { claim, fault, nonce } = await check(proof({ claims: { jti: 'one' } }))

    assert.equal(fault, null)
    assert.deepEqual(claim, { jkt: key.jkt, jti: 'one', expiresAtMs: clock.nowMs() + 180_000 })
    assert.match(nonce, /^[\w-]{43}$/)
  })

  for (const algorithm of ['RS256', 'PS256']) {
    test(`may be signed with ${algorithm}`, async (t) => {
      const { check } = await start(t, {})
      const rsa = makeOtherKey(algorithm, { bits: 2048 })

      assert.equal((await check(makeProof(rsa, proofUrl, {}))).claim?.jkt, rsa.jkt)
      assert.equal((await check(makeProof(rsa, proofUrl, {}))).claim?.jkt, rsa.jkt)
    })
  }

  test('of a key is good again with another id, or a header in other words', async (t) => {
    const { check, proof } = await start(t, {})
    const { x, y, crv, kty } = key.jwk
    const header = { jwk: { y, x, kid: 'k', use: 'sig', alg: 'ES256', kty, crv } }

    assert.equal((await check(proof({}))).claim?.jkt, key.jkt)
    assert.equal((await check(proof({}))).claim?.jkt, key.jkt)
    assert.equal((await check(proof({ header }))).claim?.jkt, key.jkt)
  })
})

describe('is no proof:', () => {
  const good = makeProof(key, proofUrl, {})
  const [header = '', claims = '', signature = ''] = good.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  const other = makeProofKey()
  const signedBy = (bytesOfIt: Uint8Array): string =>
    `${header}.${claims}.${Buffer.from(bytesOfIt).toString('base64url')}`
  const cases: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['rubbish', 'a.b.c'],
    ['an unsigned one', `${encode('{"typ":"dpop+jwt","alg":"none"}')}.${claims}.`],
    ['one that is longer than any', `${header}.${claims}.${'A'.repeat(8192)}`],
    [
      'one of another algorithm',
      makeProof(makeOtherKey('ES384', { curve: 'P-384' }), proofUrl, {}),
    ],
    ['one of EdDSA', makeProof(makeOtherKey('EdDSA', { curve: 'Ed25519' }), proofUrl, {})],
    ['one of RS512', makeProof(makeOtherKey('RS512', { bits: 2048 }), proofUrl, {})],
    ['one of a short RSA key', makeProof(makeOtherKey('RS256', { bits: 1024 }), proofUrl, {})],
    ['one signed by another key', makeProof(other, proofUrl, { header: { jwk: key.jwk } })],
    ['one whose claims were changed', `${header}.${encode('{}')}.${signature}`],
    ['one signed with zeros', signedBy(new Uint8Array(64))],
    ['one whose signature lacks a byte', signedBy(bytes.subarray(1))],
    [
      'one whose signature has a byte too many',
      signedBy(Buffer.concat([bytes, bytes.subarray(1, 2)])),
    ],
    [
      'one whose signature has a bit turned',
      signedBy(bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte))),
    ],
    ['one whose signature is spelled otherwise', `${good}=`],
    ['one for another URL', makeProof(key, 'https://evil.test/oauth/token', {})],
    ['one of yesterday', makeProof(key, proofUrl, { claims: { iat: 1 } })],
  ]
  for (const [name, proof] of cases) {
    test(name, async (t) => {
      const { check } = await start(t, {})

      const { claim, fault } = await check(proof)

      assert.deepEqual({ claim, fault }, { claim: null, fault: 'invalid_proof' })
      assert.equal((await check(good)).fault, null, 'the actor goes on')
    })
  }

  for (const [name, change] of [
    ['a point beside the curve', { x: Buffer.alloc(32, 1).toString('base64url') }],
    ['coordinates of the other sign', { x: key.jwk.y, y: key.jwk.x }],
    [
      'zeros',
      { x: Buffer.alloc(32).toString('base64url'), y: Buffer.alloc(32).toString('base64url') },
    ],
    ['coordinates beyond the field', { x: Buffer.alloc(32, 255).toString('base64url') }],
  ] as const) {
    test(`one whose key is ${name}`, async (t) => {
      const { check, proof } = await start(t, {})
      const jwk = { ...key.jwk, ...change }
      assert.throws(() => createPublicKey({ key: jwk as typeof key.jwk, format: 'jwk' }))

      assert.equal((await check(proof({ header: { jwk } }))).fault, 'invalid_proof')
      assert.equal((await check(proof({}))).fault, null, 'the actor goes on')
    })
  }
})

test('whatever is sent as a proof, the actor answers and lives', async (t) => {
  const { check, proof } = await start(t, {})
  const [header = '', claims = ''] = proof({}).split('.')
  const part = fc.oneof(
    fc.base64String().map((text) => encode(text)),
    fc.json().map(encode),
  )
  const signature = fc
    .uint8Array({ maxLength: 200 })
    .map((b) => Buffer.from(b).toString('base64url'))
  const text = fc.oneof(
    fc.string(),
    fc.tuple(part, part, signature).map((parts) => parts.join('.')),
    signature.map((last) => `${header}.${claims}.${last}`),
    fc.tuple(fc.nat(300), fc.string({ maxLength: 3 })).map(([at, piece]) => {
      const good = proof({})
      return good.slice(0, at) + piece + good.slice(at + 1)
    }),
  )
  await fc.assert(
    fc.asyncProperty(text, async (sent) => {
      assert.match(String((await check(sent)).fault), /^(invalid_proof|null)$/)
    }),
  )
  assert.equal((await check(proof({}))).fault, null)
})

describe('the memory of used proofs', () => {
  test('refuses a proof the second time', async (t) => {
    const { check, proof } = await start(t, {})
    const one = proof({})

    assert.equal((await check(one)).fault, null)
    assert.equal((await check(one)).fault, 'replay')
  })

  test('is by key and id: strangers do not collide (B8)', async (t) => {
    const { check } = await start(t, {})
    const claims = { jti: 'shared' }

    assert.equal((await check(makeProof(key, proofUrl, { claims }))).fault, null)
    assert.equal((await check(makeProof(makeProofKey(), proofUrl, { claims }))).fault, null)
    assert.equal((await check(makeProof(key, proofUrl, { claims }))).fault, 'replay')
  })

  test('lasts as long as the proof could be accepted, to its very edge (DP-27)', async (t) => {
    const { check, proof, clock } = await start(t, {})
    const ahead = proof({ claims: { iat: Math.floor(clock.nowMs() / 1000) + 59 } })
    assert.equal((await check(ahead)).fault, null)

    clock.advance(118_000)
    assert.equal((await check(ahead)).fault, 'replay')
    clock.advance(2000)
    assert.equal((await check(ahead)).fault, 'invalid_proof')
  })

  test('is not shortened by a clock that is set back', async (t) => {
    const nowMs = Date.now()
    let offsetMs = 0
    const clock = { ...handClock(), nowMs: () => nowMs + offsetMs }
    const { check, supervisor } = await startProofActors({
      placement: 'inline',
      instances: 1,
      slice: {},
      clock,
    })
    t.after(() => supervisor.stop())
    const iat = Math.floor(nowMs / 1000)
    const one = makeProof(key, proofUrl, { claims: { iat } })
    assert.equal((await check(one)).fault, null)

    offsetMs = 100_000
    const later = makeProof(key, proofUrl, { claims: { iat: iat + 100 } })
    assert.equal((await check(later)).fault, null)
    offsetMs = 0
    assert.equal((await check(one)).fault, 'replay')
    offsetMs = 100_000
    assert.equal((await check(later)).fault, 'replay')
  })

  test('lets a released proof come again, from whatever thread it was', async (t) => {
    const { check, ref, proof } = await start(t, { instances: 3 })
    const one = proof({ claims: { jti: 'one' } })
    assert.equal((await check(one)).fault, null)

    assert.equal(ref.tell('releaseProof', { jkt: key.jkt, jti: 'other' }), 'queued')
    assert.equal((await check(one)).fault, 'replay')
    assert.equal(ref.tell('releaseProof', { jkt: key.jkt, jti: 'one' }), 'queued')
    assert.equal((await check(one)).fault, null)
    assert.equal((await check(one)).fault, 'replay')
  })

  test('is not touched by a proof that is refused', async (t) => {
    const { check, proof } = await start(t, {})
    const one = proof({})

    assert.equal((await check(one, { method: 'GET' })).fault, 'invalid_proof')
    assert.equal((await check(one, { isNonceRequired: true })).fault, 'nonce_required')
    assert.equal((await check(one)).fault, null)
  })
})

describe('nonces', () => {
  test('are one per slot, and another in the next', async (t) => {
    const { check, newNonce, proof, clock } = await start(t, {})

    const first = await newNonce()
    assert.equal(await newNonce(), first)
    assert.equal((await check(proof({}))).nonce, first)
    clock.advance(15_000)
    assert.notEqual(await newNonce(), first)
  })

  test('are demanded when they are required', async (t) => {
    const { check, newNonce, proof } = await start(t, {})
    const nonce = await newNonce()
    const required = { isNonceRequired: true }

    assert.equal((await check(proof({}), required)).fault, 'nonce_required')
    assert.equal((await check(proof({ claims: { nonce: 1 } }), required)).fault, 'nonce_required')
    assert.equal((await check(proof({ claims: { nonce: 'x' } }), required)).fault, 'nonce_mismatch')
    assert.equal((await check(proof({ claims: { nonce } }), required)).fault, null)
    assert.equal(
      (await check(proof({ claims: { nonce } }), required)).fault,
      null,
      'not single-use',
    )
  })

  test('that nobody requires are not looked at', async (t) => {
    const { check, proof } = await start(t, {})

    assert.equal((await check(proof({ claims: { nonce: 'any' } }))).fault, null)
  })

  test('end with their life', async (t) => {
    const { check, newNonce, proof, clock } = await start(t, {})
    const nonce = await newNonce()
    const required = { isNonceRequired: true }

    clock.advance(59_000)
    assert.equal((await check(proof({ claims: { nonce } }), required)).fault, null)
    clock.advance(17_000)
    assert.equal((await check(proof({ claims: { nonce } }), required)).fault, 'nonce_mismatch')
  })

  test('outlive a restart and are known to other instances of one secret only', async (t) => {
    const one = await start(t, {})
    const same = await start(t, {})
    const foreign = await start(t, { slice: { nonceSecret: Buffer.alloc(32, 9) } })
    const claims = { nonce: await one.newNonce() }
    const required = { isNonceRequired: true }

    assert.notEqual(await same.newNonce(), claims.nonce)
    assert.equal((await same.check(same.proof({ claims }), required)).fault, null)
    assert.equal((await foreign.check(foreign.proof({ claims }), required)).fault, 'nonce_mismatch')
  })

  test('go from one key to the next without a gap', async (t) => {
    const { check, newNonce, proof, clock } = await start(t, {})
    const epochMs = 6 * 3_600_000
    clock.advance(epochMs - (clock.nowMs() % epochMs) - 1000)
    const nonce = await newNonce()

    clock.advance(2000)
    const change = { claims: { nonce } }
    assert.equal((await check(proof(change), { isNonceRequired: true })).fault, null)
  })
})

describe('imported keys', () => {
  const jwsOf = (proof: string) => {
    const jws = splitCompactJws(proof, 8192)
    assert.ok(jws !== null)
    return jws
  }

  test('are kept once, up to a bound', () => {
    const cache = createKeyCache(2)
    const keys = [makeProofKey(), makeProofKey(), makeProofKey()]
    for (const one of [...keys, ...keys]) {
      assert.equal(cache.signerOf(jwsOf(makeProof(one, proofUrl, {}))), one.jkt)
      assert.equal(cache.signerOf(jwsOf(makeProof(one, proofUrl, {}))), one.jkt)
    }

    assert.equal(cache.size(), 2)
  })

  test('are kept only when somebody has signed with them', () => {
    const cache = createKeyCache(2)
    const forged = signProof(
      makeProofKey(),
      JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk }),
      '{}',
    )

    assert.equal(cache.signerOf(jwsOf(forged)), null)
    assert.equal(cache.size(), 0)
    assert.equal(cache.signerOf(jwsOf(makeProof(key, proofUrl, {}))), key.jkt)
    assert.equal(cache.signerOf(jwsOf(forged)), null)
    assert.equal(cache.size(), 1)
  })
})
