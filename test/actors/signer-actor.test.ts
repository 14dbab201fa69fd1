// The signer as its senders see it: signing, rotation, reload and notices.
import assert from 'node:assert/strict'
import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { systemClock } from '../../src/base/clock.ts'
import { limits } from '../../src/base/limits.ts'
import { type PublishedKeys, signingAlgorithms } from '../../src/records/signing-key.ts'
import {
  goodClaims,
  handClock,
  replyOf,
  type Signer,
  startSigner,
  tempDirectory,
} from './signer-harness.ts'

async function rotate(signer: Signer): Promise<string> {
  const { key } = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: true }))
  replyOf(await signer.ask('activateKey', { kid: key.kid }))
  return key.kid
}

async function sign(signer: Signer): Promise<{ readonly jwt: string; readonly kid: string }> {
  return replyOf(await signer.ask('signAccessToken', { claims: goodClaims(signer.state.clock) }))
}

/** Verifies as a resource server does, through the published set. */
function verify(jwt: string, { current, previous, prepared }: PublishedKeys): Promise<unknown> {
  const keys = [current, previous, prepared]
    .filter((key) => key !== null)
    .map((key) => ({ ...key }))
  return jwtVerify(jwt, createLocalJWKSet({ keys }), { typ: 'at+jwt' })
}

async function published(signer: Signer): Promise<PublishedKeys> {
  return replyOf(await signer.ask('readKeys', {}))
}

for (const algorithm of signingAlgorithms) {
  test(`signs with ${algorithm} what verifies through the published keys`, async (t) => {
    const signer = await startSigner(t, { keyPath: tempDirectory(t), algorithm })

    const { jwt, kid } = await sign(signer)

    const keys = await published(signer)
    await verify(jwt, keys)
    assert.equal(keys.current.kid, kid)
    assert.equal(keys.current.alg, algorithm)
  })
}

test('refuses claims against the policy and logs the reason without their values', async (t) => {
  const signer = await startSigner(t, { keyPath: tempDirectory(t) })
  const claims = { ...goodClaims(signer.state.clock), iss: 'https://evil.example.com' }
  signer.lines.length = 0

  const outcome = await signer.ask('signAccessToken', { claims })

  assert.deepEqual(outcome, { ok: false, refusal: 'claims-refused' })
  assert.deepEqual(signer.lines, [
    {
      level: 'error',
      message: 'claims refused by the signer',
      fields: { reason: 'wrong-issuer', jti: claims.jti },
    },
  ])
})

for (const [when, seconds] of [
  ['before', -61],
  ['after', 61],
] as const) {
  test(`refuses claims of a minute ${when} as such, and logs how far they are off`, async (t) => {
    const signer = await startSigner(t, { keyPath: tempDirectory(t) })
    const good = goodClaims(signer.state.clock)
    const iat = good.iat + seconds
    const claims = { ...good, iat, nbf: iat, exp: iat + 900 }
    signer.lines.length = 0

    const outcome = await signer.ask('signAccessToken', { claims })

    assert.deepEqual(outcome, { ok: false, refusal: 'issued-at-drift' })
    assert.deepEqual(signer.lines, [
      {
        level: 'warn',
        message: 'claims of another time refused by the signer',
        fields: { jti: claims.jti, drift_seconds: seconds },
      },
    ])
  })

  test(`claims of a minute ${when} that have another fault are refused for that`, async (t) => {
    const signer = await startSigner(t, { keyPath: tempDirectory(t) })
    const good = goodClaims(signer.state.clock)
    const iat = good.iat + seconds
    const claims = { ...good, iat, nbf: iat, exp: iat + 3601 }

    const outcome = await signer.ask('signAccessToken', { claims })

    assert.deepEqual(outcome, { ok: false, refusal: 'claims-refused' })
  })
}

test('publishes a prepared key before it signs', async (t) => {
  const signer = await startSigner(t, { keyPath: tempDirectory(t) })
  const first = await sign(signer)

  const prepared = replyOf(await signer.ask('prepareKey', { algorithm: 'RS256', force: false }))

  assert.equal((await sign(signer)).kid, first.kid)
  assert.deepEqual(prepared.published.prepared, prepared.key)
  const activated = replyOf(await signer.ask('activateKey', { kid: prepared.key.kid }))
  const second = await sign(signer)
  assert.equal(second.kid, prepared.key.kid)
  assert.equal(activated.prepared, null)
  await verify(second.jwt, prepared.published)
  await verify(first.jwt, activated)
})

test('drops a key at the second rotation', async (t) => {
  const signer = await startSigner(t, { keyPath: tempDirectory(t) })
  const { jwt } = await sign(signer)

  await rotate(signer)
  await verify(jwt, await published(signer))
  await rotate(signer)

  await assert.rejects(verify(jwt, await published(signer)), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
})

test('publishes public members only, at every stage of a rotation', async (t) => {
  const signer = await startSigner(t, { keyPath: tempDirectory(t), algorithm: 'RS256' })
  await rotate(signer)
  replyOf(await signer.ask('prepareKey', { algorithm: 'RS256', force: true }))

  const keys = Object.values(await published(signer))

  const names = keys.flatMap((key) => Object.keys(key))
  assert.equal(keys.length, 3)
  for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!names.includes(secret))
})

test('keys survive a restart, a prepared one too', async (t) => {
  const keyPath = tempDirectory(t)
  const before = await startSigner(t, { keyPath })
  await rotate(before)
  replyOf(await before.ask('prepareKey', { algorithm: 'ES256', force: true }))
  before.stop()

  const after = await startSigner(t, { keyPath, algorithm: 'RS256' })

  assert.deepEqual(await published(after), await published(before))
})

test('replaces the prepared key of an abandoned rotation', async (t) => {
  const keyPath = tempDirectory(t)
  const before = await startSigner(t, { keyPath })
  const left = replyOf(await before.ask('prepareKey', { algorithm: 'ES256', force: false }))
  before.stop()
  const after = await startSigner(t, { keyPath })

  const taken = replyOf(await after.ask('prepareKey', { algorithm: 'ES256', force: false }))

  assert.notEqual(taken.key.kid, left.key.kid)
  assert.deepEqual(await after.ask('activateKey', { kid: left.key.kid }), {
    ok: false,
    refusal: 'unknown-key',
  })
})

test('two rotations asked for at once become one', async (t) => {
  const signer = await startSigner(t, { keyPath: tempDirectory(t) })
  const first = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: false }))

  const second = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: false }))

  assert.deepEqual(second, first)
  const once = replyOf(await signer.ask('activateKey', { kid: first.key.kid }))
  const twice = replyOf(await signer.ask('activateKey', { kid: first.key.kid }))
  assert.deepEqual(twice, once)
})

test('force never reuses a prepared key', async (t) => {
  const signer = await startSigner(t, { keyPath: tempDirectory(t) })
  const first = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: false }))

  const second = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: true }))

  assert.notEqual(second.key.kid, first.key.kid)
})

test('a second rotation inside the gap needs force', async (t) => {
  const clock = handClock()
  const signer = await startSigner(t, { keyPath: tempDirectory(t), clock, rotationGapMs: 60_000 })
  const prepare = (force: boolean) => signer.ask('prepareKey', { algorithm: 'ES256', force })
  const { key } = replyOf(await prepare(false))
  replyOf(await signer.ask('activateKey', { kid: key.kid }))

  clock.advance(59_000)
  assert.deepEqual(await prepare(false), { ok: false, refusal: 'rotated-too-recently' })
  assert.ok((await prepare(true)).ok)
  clock.advance(limits.rotationHoldMs)
  assert.ok((await prepare(false)).ok)
})

test('refuses to activate a key that nobody prepared', async (t) => {
  const signer = await startSigner(t, { keyPath: tempDirectory(t) })
  const before = await published(signer)

  const outcome = await signer.ask('activateKey', { kid: 'no-such-key' })

  assert.deepEqual(outcome, { ok: false, refusal: 'unknown-key' })
  assert.deepEqual(await published(signer), before)
})

test('a reload reads what another process has rotated', async (t) => {
  const keyPath = tempDirectory(t)
  const signer = await startSigner(t, { keyPath })
  const kid = await rotate(await startSigner(t, { keyPath }))

  const reloaded = replyOf(await signer.ask('reloadKeys', {}))

  assert.equal(reloaded.current.kid, kid)
  assert.equal((await sign(signer)).kid, kid)
  assert.equal(signer.lines.at(-1)?.message, 'signing keys reloaded')
})

/** Ways to spoil a directory that a running signer already knows. */
const spoils: readonly (readonly [string, (path: string) => void])[] = [
  ['without a current key', (path) => rmSync(join(path, 'current.pem'))],
  ['that is gone', (path) => rmSync(path, { recursive: true })],
  ['with a damaged key', (path) => writeFileSync(join(path, 'current.pem'), 'x')],
]
for (const [what, spoil] of spoils) {
  test(`a reload from a directory ${what} is refused and the old keys stay`, async (t) => {
    const keyPath = tempDirectory(t)
    const signer = await startSigner(t, { keyPath })
    const before = await published(signer)
    spoil(keyPath)

    const outcome = await signer.ask('reloadKeys', {})

    assert.deepEqual(outcome, { ok: false, refusal: 'unreadable-key' })
    assert.deepEqual(await published(signer), before)
    await verify((await sign(signer)).jwt, before)
    assert.equal(signer.lines.at(-1)?.message, 'signing keys not reloaded')
  })
}

async function twoSigners(t: TestContext): Promise<{
  readonly follower: Signer
  readonly poll: () => void
  readonly rotator: Signer
}> {
  const keyPath = tempDirectory(t)
  const clock = handClock()
  const follower = await startSigner(t, { keyPath, clock })
  const rotator = await startSigner(t, { keyPath })
  return { follower, poll: () => clock.advance(limits.keyPollMs), rotator }
}

test('the poll finds what another process has rotated, and tells it once', async (t) => {
  const { follower, poll, rotator } = await twoSigners(t)
  const kid = await rotate(rotator)

  poll()
  poll()

  assert.deepEqual(follower.notices, [{ kind: 'keysChanged', published: await published(rotator) }])
  assert.equal((await sign(follower)).kid, kid)
  const reloads = follower.lines.filter(({ message }) => message === 'signing keys reloaded')
  assert.deepEqual(
    reloads.map(({ level }) => level),
    ['info'],
  )
})

test('a key that another process has prepared is published here too', async (t) => {
  const { follower, poll, rotator } = await twoSigners(t)
  const { key } = replyOf(await rotator.ask('prepareKey', { algorithm: 'ES256', force: false }))

  poll()

  assert.deepEqual(follower.notices[0]?.published.prepared, key)
})

test('its own rotation is no news', async (t) => {
  const { follower, poll } = await twoSigners(t)
  await rotate(follower)

  poll()

  assert.deepEqual(follower.notices, [])
})

test('an unreadable directory is reported once, and its recovery is followed', async (t) => {
  const { follower, poll, rotator } = await twoSigners(t)
  const kid = await rotate(rotator)
  const { keyPath } = follower.state.slice
  renameSync(keyPath, `${keyPath}.away`)
  t.after(() => rmSync(`${keyPath}.away`, { recursive: true, force: true }))

  poll()
  poll()
  const faults = follower.lines.filter(({ message }) => message === 'signing keys not reloaded')
  assert.equal(faults.length, 1)
  cpSync(`${keyPath}.away`, keyPath, { recursive: true })
  poll()

  assert.deepEqual(
    follower.notices.map((notice) => notice.published.current.kid),
    [kid],
  )
})

test('the watch notices a rotation long before the poll', { timeout: 10_000 }, async (t) => {
  const keyPath = tempDirectory(t)
  const follower = await startSigner(t, { keyPath, clock: systemClock })
  const rotator = await startSigner(t, { keyPath })
  // The timers of the system clock do not keep the process alive; this one does.
  const keepAlive = setInterval(() => undefined, 1000)
  t.after(() => clearInterval(keepAlive))

  const kid = await rotate(rotator)

  // A busy machine may show the prepared stage first.
  while (follower.state.ring.current.jwk.kid !== kid) await follower.nextNotice()
  assert.deepEqual(follower.notices.at(-1)?.published, await published(rotator))
})
