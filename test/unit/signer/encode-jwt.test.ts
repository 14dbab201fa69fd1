// Form of the signed token (spec 02 §2.1), checked by an independent implementation.
import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import { importJWK, jwtVerify } from 'jose'
import { signingKey } from '../../../actors/signer/key-ring.ts'
import { generatePem } from '../../../actors/signer/stored-key.ts'
import { signingAlgorithms } from '../../../src/records/signing-key.ts'

const claims = {
  iss: 'https://auth.example.com',
  sub: 'Müller 🔑',
  aud: ['https://mcp.example.com/v1'],
  client_id: 'client-1',
  jti: '01890a5d-ac96-774b-bcce-b302099a8057',
  iat: 1_800_000_000,
  nbf: 1_800_000_000,
  exp: 1_800_000_900,
} as const

for (const algorithm of signingAlgorithms) {
  test(`jose verifies ${algorithm} through the published JWK`, async () => {
    const key = signingKey('kid-1', algorithm, createPrivateKey(await generatePem(algorithm)))

    const jwt = key.encode(claims)

    const publicKey = await importJWK({ ...key.jwk }, algorithm)
    const currentDate = new Date(1_800_000_000_000)
    const { payload, protectedHeader } = await jwtVerify(jwt, publicKey, { currentDate })
    assert.deepEqual(payload, claims)
    assert.deepEqual(protectedHeader, { typ: 'at+jwt', alg: algorithm, kid: 'kid-1' })
  })

  test(`the published ${algorithm} key has public members only`, async () => {
    const { jwk } = signingKey('kid-1', algorithm, createPrivateKey(await generatePem(algorithm)))

    const members = algorithm === 'ES256' ? ['crv', 'x', 'y'] : ['e', 'n']
    assert.deepEqual(Object.keys(jwk).sort(), [...members, 'alg', 'kid', 'kty', 'use'].sort())
  })
}

test('a key cannot be posted to another thread nor printed as JSON', async () => {
  const key = signingKey('kid-1', 'ES256', createPrivateKey(await generatePem('ES256')))

  assert.throws(() => structuredClone(key), { name: 'DataCloneError' })
  assert.equal(JSON.stringify(key), JSON.stringify({ jwk: key.jwk }))
})
