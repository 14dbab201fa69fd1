// Verification of our own tokens against the published keys (src/flows/token/verify-own-token.ts).
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { rotateKey } from '../../../src/flows/keys/rotate-key.ts'
import type { Services } from '../../../src/flows/services.ts'
import { mintAccessToken } from '../../../src/flows/token/mint-access-token.ts'
import { verifyOwnToken } from '../../../src/flows/token/verify-own-token.ts'
import { readUnverifiedToken } from '../../../src/oauth/access-token-check.ts'
import type { SigningAlgorithm } from '../../../src/records/signing-key.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'

async function start(
  t: TestContext,
  algorithm: SigningAlgorithm = 'ES256',
): Promise<InlineServices> {
  const inline = await createInlineServices({ algorithm })
  t.after(inline.stop)
  return inline
}

function claimsOf({ clock, random }: Services) {
  const nowSeconds = Math.floor(clock.nowMs() / 1000)
  return {
    iss: 'https://auth.test',
    sub: 'm2m',
    aud: ['https://mcp1.test/mcp'] as const,
    client_id: 'm2m',
    jti: random.uuidV7(clock.nowMs()),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + 600,
  }
}

const mint = (services: Services): Promise<string> =>
  mintAccessToken(services, claimsOf(services), null)

const verified = (services: Services, text: string) =>
  verifyOwnToken(services, readUnverifiedToken(text))

for (const algorithm of ['ES256', 'RS256'] as const) {
  test(`a token that we have signed with ${algorithm} is ours`, async (t) => {
    const { services } = await start(t, algorithm)

    const claims = verified(services, await mint(services))

    assert.deepEqual([claims?.subject, claims?.audience], ['m2m', 'https://mcp1.test/mcp'])
  })

  test(`what is no token costs a check with ${algorithm}, and is refused`, async (t) => {
    const { services } = await start(t, algorithm)

    assert.equal(verifyOwnToken(services, null), null)
  })
}

test('a token in which one bit was changed is not ours', async (t) => {
  const { services } = await start(t)
  const [head = '', body = '', signature = ''] = (await mint(services)).split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40)
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  const other = Buffer.from(JSON.stringify({ ...claims, sub: 'alice' })).toString('base64url')

  assert.equal(verified(services, `${head}.${body}.${bytes.toString('base64url')}`), null)
  assert.equal(verified(services, `${head}.${other}.${signature}`), null)
  assert.equal(verified(services, `${head}.${body}.${signature.slice(0, 40)}`), null)
})

/** A token of somebody else's key, under a header of our own choice. */
function forge(services: Services, key: KeyObject, header: Readonly<Record<string, string>>) {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ typ: 'at+jwt', ...header })}.${part(claimsOf(services))}`
  const dsaEncoding = 'ieee-p1363' as const
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding })
  return `${input}.${signature.toString('base64url')}`
}

test('a key that was not published signs nothing, whatever id it goes by', async (t) => {
  const { services } = await start(t)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kid } = services.publishedKeys.keys().current

  assert.equal(verified(services, forge(services, privateKey, { alg: 'ES256', kid })), null)
  assert.equal(verified(services, forge(services, privateKey, { alg: 'ES256', kid: 'x' })), null)
})

test('the algorithm is that of the key, not of the token', async (t) => {
  const { services } = await start(t)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { kid } = services.publishedKeys.keys().current

  assert.equal(verified(services, forge(services, privateKey, { alg: 'RS256', kid })), null)
})

test('a rotated key verifies what it has signed until it is published no more', async (t) => {
  const { services } = await start(t)
  const token = await mint(services)
  const rotate = () => rotateKey(services, { actorId: 'admin', trace: null }, { force: false })

  await rotate()
  assert.notEqual(verified(services, token), null)
  assert.notEqual(verified(services, await mint(services)), null)
  await rotate()

  assert.equal(verified(services, token), null)
})
