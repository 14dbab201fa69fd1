// The JWKS that this process serves (spec 02 §8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantViolation } from '../../../src/base/assert.ts'
import { createPublishedKeySet } from '../../../src/flows/keys/published-key-set.ts'
import type { PublicJwk, PublishedKeys } from '../../../src/records/signing-key.ts'

const keyOf = (kid: string): PublicJwk => ({
  kty: 'EC',
  crv: 'P-256',
  x: 'x',
  y: 'y',
  kid,
  alg: 'ES256',
  use: 'sig',
})
const one: PublishedKeys = { current: keyOf('a'), prepared: null, previous: null }
const three: PublishedKeys = {
  current: keyOf('b'),
  prepared: keyOf('c'),
  previous: keyOf('a'),
}

const kidsOf = (jwks: string): readonly string[] =>
  JSON.parse(jwks).keys.map(({ kid }: { readonly kid: string }) => kid)

test('nobody reads keys before there are any', () => {
  const set = createPublishedKeySet()

  assert.throws(() => set.keys(), InvariantViolation)
  assert.throws(() => set.jwks(), InvariantViolation)
})

test('what was published is served, the current key first', () => {
  const set = createPublishedKeySet()

  set.publish(three)

  assert.equal(set.keys(), three)
  assert.deepEqual(kidsOf(set.jwks()), ['b', 'c', 'a'])
})

test('only the keys that were published last are served', () => {
  const set = createPublishedKeySet()
  set.publish(three)

  set.publish(one)

  assert.deepEqual(kidsOf(set.jwks()), ['a'])
})

test('a document is made once per change, not once per request', () => {
  const set = createPublishedKeySet()
  let made = 0
  const toJSON = (): string => {
    made += 1
    return 'a'
  }
  const counted = Object.assign(keyOf('a'), { toJSON })
  set.publish({ ...one, current: counted })

  for (let request = 0; request < 3; request += 1) set.jwks()

  assert.equal(made, 1)
})
