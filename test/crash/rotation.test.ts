// Rotation of the signing key under load (spec 02 §7.5, reliability G10): no token is ever signed
// with a key that is not published, and none becomes invalid because a newer key exists.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { askOnce, seedLoad, unlimited } from '../e2e/token-load.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { rotate, rotateUnderLoad } from './rotation-rounds.ts'

let server: RunningServer

before(async () => {
  server = await startServer({ seed: seedLoad, environment: unlimited })
})
after(() => server.stop())

test('every token of five rotations verifies for who fetches keys only when he must', async (t) => {
  const report = await rotateUnderLoad(server, 5, 300)

  t.diagnostic(JSON.stringify(report))
  assert.equal(report.failed, 0)
  assert.equal(report.refusals, 0)
  assert.ok(report.verified >= 5 * 300)
  // One for the first key and one per rotation: what is published early is fetched early.
  assert.ok(report.fetches <= 6, `${report.fetches} fetches`)
})

test('the token after a rotation carries the new key, the one before stays valid', async () => {
  const before = (await askOnce(server.port)).jwt ?? ''
  const kid = await rotate(server)
  const jwt = (await askOnce(server.port)).jwt ?? ''
  const response = await fetch(`${server.baseUrl}/.well-known/jwks.json`)
  const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet)

  assert.equal(decodeProtectedHeader(jwt).kid, kid)
  for (const token of [before, jwt]) await jwtVerify(token, keys, { issuer: server.issuer })
})
