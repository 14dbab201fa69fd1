// The published key set (src/oauth/jwks-document.ts, spec 02 §8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jwksDocument } from '../../../src/oauth/jwks-document.ts'
import type { PublicJwk } from '../../../src/records/signing-key.ts'

const key = (kid: string): PublicJwk => ({
  use: 'sig',
  kty: 'EC',
  kid,
  crv: 'P-256',
  alg: 'ES256',
  x: 'x',
  y: 'y',
})

test('the current key comes first, then a prepared and the previous one', () => {
  const keys = { current: key('now'), previous: key('before'), prepared: key('next') }

  assert.deepEqual(
    jwksDocument(keys).keys.map(({ kid }) => kid),
    ['now', 'next', 'before'],
  )
})

test('a key that does not exist leaves no gap', () => {
  const keys = { current: key('now'), previous: null, prepared: null }

  assert.deepEqual(jwksDocument(keys), { keys: [key('now')] })
})
