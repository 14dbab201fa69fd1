// Nonces that prove themselves (src/oauth/dpop-nonce.ts, spec 02 §6.4, B8, B53).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isLiveNonce, makeNonce, nonceEpoch, nonceSlot } from '../../../src/oauth/dpop-nonce.ts'

const key = createSecretKey(Buffer.alloc(32, 1))
const otherKey = createSecretKey(Buffer.alloc(32, 2))
const chance = Buffer.alloc(8, 7)
const keyOf = () => key
const slot = nonceSlot(1_700_000_000_000, 60_000)

test('slots are a quarter of the life of a nonce', () => {
  assert.equal(nonceSlot(0, 60_000), 0)
  assert.equal(nonceSlot(14_999, 60_000), 0)
  assert.equal(nonceSlot(15_000, 60_000), 1)
  assert.equal(nonceSlot(1000, 1000), 4)
})

test('epochs change once in many lives', () => {
  assert.equal(nonceEpoch(0), 0)
  assert.equal(nonceEpoch(1439), 0)
  assert.equal(nonceEpoch(1440), 1)
})

describe('a nonce', () => {
  const nonce = makeNonce(slot, chance, key)

  test('holds 32 bytes: slot, chance and half a MAC', () => {
    const bytes = Buffer.from(nonce, 'base64url')
    assert.equal(bytes.byteLength, 32)
    assert.equal(bytes.readBigUInt64BE(0), BigInt(slot))
    assert.deepEqual(bytes.subarray(8, 16), chance)
  })

  for (const [late, isLive] of [
    [-2, false],
    [-1, true],
    [0, true],
    [4, true],
    [5, false],
  ] as const) {
    test(`is ${isLive ? 'alive' : 'dead'} ${late} slots after its own`, () => {
      assert.equal(isLiveNonce(nonce, slot + late, keyOf), isLive)
    })
  }

  test('of another key is foreign', () => {
    assert.equal(isLiveNonce(makeNonce(slot, chance, otherKey), slot, keyOf), false)
  })

  test('is checked with the key of the epoch of its own slot', () => {
    const last = 1439
    const keys = (epoch: number) => (epoch === 0 ? otherKey : key)

    assert.equal(isLiveNonce(makeNonce(last, chance, otherKey), last + 2, keys), true)
    assert.equal(isLiveNonce(makeNonce(last, chance, key), last + 2, keys), false)
  })

  test('with any other character is not recognised', () => {
    fc.assert(
      fc.property(fc.nat(nonce.length - 1), fc.constantFrom(...'AQaz09-_'), (at, character) => {
        const changed = nonce.slice(0, at) + character + nonce.slice(at + 1)
        assert.equal(isLiveNonce(changed, slot, keyOf), changed === nonce)
      }),
    )
  })
})

test('any text that we have not made is not recognised', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (text, bytes) => {
      assert.equal(isLiveNonce(text, slot, keyOf), false)
      assert.equal(isLiveNonce(Buffer.from(bytes).toString('base64url'), slot, keyOf), false)
    }),
  )
})
