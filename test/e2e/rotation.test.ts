// Rotation of the signing key under load (spec 02 §7.5): no token is ever signed with a key that is
// not published, and none becomes invalid because a newer key exists.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { askOnce, seedLoad, startLoad, unlimited } from './token-load.ts'

let server: RunningServer

before(async () => {
  server = await startServer({ seed: seedLoad, environment: unlimited })
})
after(() => server.stop())

async function fetchKeys(): Promise<JSONWebKeySet> {
  const response = await fetch(`${server.baseUrl}/.well-known/jwks.json`)
  return (await response.json()) as JSONWebKeySet
}

async function rotate(): Promise<string> {
  const response = await fetch(`${server.adminUrl}/admin/keys/rotate?force=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.adminKey()}` },
  })
  const body = (await response.json()) as { readonly kid: string }
  assert.equal(response.status, 200, JSON.stringify(body))
  return body.kid
}

test('every token verifies with the keys that are fetched after it', async () => {
  const load = startLoad(server.port)
  const kids = new Set<string>()
  let isOver = false
  let checked = 0

  /** Holds tokens for a moment, as clients do, and then verifies them like a resource server. */
  const verify = async (): Promise<void> => {
    while (!isOver) {
      const jwts = await Promise.all([1, 2, 3, 4].map(async () => (await askOnce(server.port)).jwt))
      const keys = createLocalJWKSet(await fetchKeys())
      for (const jwt of jwts) {
        await jwtVerify(jwt ?? '', keys, { issuer: server.issuer })
        kids.add(String(decodeProtectedHeader(jwt ?? '').kid))
        checked += 1
      }
    }
  }
  const verifying = verify()
  const rotated: string[] = []
  for (let round = 1; round <= 4; round += 1) {
    await load.tokens(round * 200)
    rotated.push(await rotate())
    // The verifier has seen a token of this key before the next one makes it the previous one.
    while (!kids.has(rotated.at(-1) ?? '')) await Promise.race([verifying, load.saw(isNext())])
  }
  isOver = true
  await verifying
  await load.stop()

  assert.deepEqual(load.failures, [])
  assert.ok(load.answers.every(({ status }) => status === 200))
  assert.equal(new Set(rotated).size, 4)
  assert.ok(checked >= 20)
})

/** Like the first answer from now on. */
function isNext(): (answer: { readonly atMs: number }) => boolean {
  const nowMs = performance.now()
  return ({ atMs }) => atMs > nowMs
}

test('the token after a rotation carries the new key, the one before stays valid', async () => {
  const before = (await askOnce(server.port)).jwt ?? ''
  const kid = await rotate()
  const jwt = (await askOnce(server.port)).jwt ?? ''
  const keys = createLocalJWKSet(await fetchKeys())

  assert.equal(decodeProtectedHeader(jwt).kid, kid)
  for (const token of [before, jwt]) await jwtVerify(token, keys, { issuer: server.issuer })
})
