// The key directory: its six files, and changes that are stopped after every single step, with the
// loss that a dead process, lost contents and lost names mean.
import assert from 'node:assert/strict'
import { cpSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type KeyDirectory, keyDirectory } from '../../actors/signer/key-directory.ts'
import { keyfileStore } from '../../actors/signer/keyfile-store.ts'
import { openKeys, type RotationDeps, rotationOf } from '../../actors/signer/rotation.ts'
import { limits } from '../../src/base/limits.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import type { PublicJwk, SigningAlgorithm } from '../../src/records/signing-key.ts'
import { breakingDirectory, Crash, contentOf, type Loss } from './signer-breaking-directory.ts'
import { goodClaims, handClock, random, tempDirectory } from './signer-harness.ts'

const clock = handClock()
const losses: readonly Loss[] = ['nothing', 'content', 'names', 'older-names']
const sixNames = ['current', 'previous'].flatMap((role) =>
  ['alg', 'kid', 'pem'].map((part) => `${role}.${part}`),
)

function depsOf(directory: KeyDirectory): RotationDeps {
  return { directory, store: keyfileStore(directory), clock, random, log: silentLog, gapMs: 0 }
}

interface Keys {
  readonly current: PublicJwk
  readonly previous: PublicJwk | null
  readonly prepared: PublicJwk | null
}

function loadKeys(path: string): Keys {
  const stored = keyfileStore(keyDirectory(path)).load()
  assert.ok(stored !== null, 'there is a current key')
  assert.equal(stored.preparedFault, null)
  const { ring } = stored
  assert.equal(ring.current.encode(goodClaims(clock)).split('.').length, 3)
  return { current: ring.current.jwk, previous: ring.previous, prepared: ring.prepared }
}

async function prepare(path: string, algorithm: SigningAlgorithm): Promise<PublicJwk> {
  const deps = depsOf(keyDirectory(path))
  const rotation = rotationOf(deps)
  assert.equal(await rotation.prepare({ algorithm, force: true }), 'prepared')
  rotation.abandon()
  const { prepared } = loadKeys(path)
  assert.ok(prepared !== null)
  return prepared
}

/** A directory with a previous, a current and a prepared key, of two algorithms. */
async function threeKeys(t: TestContext): Promise<{ path: string; keys: Keys }> {
  const path = tempDirectory(t)
  const deps = depsOf(keyDirectory(path))
  await openKeys(deps, 'ES256')
  rotationOf(deps).activate((await prepare(path, 'ES256')).kid)
  await prepare(path, 'RS256')
  return { path, keys: loadKeys(path) }
}

/** Runs `work` on copies of `source`, broken at step 1, 2, 3 … until it completes. */
async function atEveryStep(
  t: TestContext,
  options: {
    readonly source: string
    readonly loss: Loss
    readonly work: (deps: RotationDeps) => unknown
    readonly check: (path: string, step: number) => Promise<void>
  },
): Promise<number> {
  for (let step = 1; ; step += 1) {
    assert.ok(step < 200, 'the work ends')
    const path = tempDirectory(t)
    cpSync(options.source, path, { recursive: true, preserveTimestamps: true })
    const directory = breakingDirectory(path, step, options.loss)
    try {
      await options.work(depsOf(directory))
      return step - 1
    } catch (error) {
      if (!(error instanceof Crash)) throw error
    }
    await options.check(path, step)
  }
}

/** Whoever holds a lock in the crashed directory is this process: only its age betrays it. */
function letLockGrowStale(): void {
  clock.advance(2 * limits.rotationLockStaleMs)
}

for (const loss of losses) {
  test(`an activation stopped at any step has happened or not; lost: ${loss}`, async (t) => {
    const { path: source, keys } = await threeKeys(t)
    const next = keys.prepared
    assert.ok(next !== null)
    const before = keys
    const after = { current: next, previous: keys.current, prepared: null }
    const seen = new Set<boolean>()

    const steps = await atEveryStep(t, {
      source,
      loss,
      work: (deps) => rotationOf(deps).activate(next.kid),
      check: async (path) => {
        const found = loadKeys(path)
        const hasHappened = found.current.kid === next.kid
        seen.add(hasHappened)
        assert.deepEqual(found, hasHappened ? after : before)

        letLockGrowStale()
        assert.equal(rotationOf(depsOf(keyDirectory(path))).activate(next.kid), 'activated')
        assert.deepEqual(loadKeys(path), after)
        assert.deepEqual(readdirSync(path).sort(), sixNames)
        assert.deepEqual(contentOf(path, ['current.kid', 'current.alg', 'previous.kid']), [
          next.kid,
          'RS256',
          keys.current.kid,
        ])
      },
    })

    assert.ok(steps > 25, `only ${steps} steps were broken`)
    assert.deepEqual([...seen], [false, true])
  })

  test(`a preparation stopped anywhere leaves the other keys alone; lost: ${loss}`, async (t) => {
    const { path: source, keys } = await threeKeys(t)
    const preparedKids = new Set<string | undefined>()

    const steps = await atEveryStep(t, {
      source,
      loss,
      work: (deps) => rotationOf(deps).prepare({ algorithm: 'ES256', force: true }),
      check: async (path) => {
        const found = loadKeys(path)
        preparedKids.add(found.prepared?.kid)
        const { current, previous } = found
        assert.deepEqual({ current, previous, prepared: keys.prepared }, keys)

        letLockGrowStale()
        const next = await prepare(path, 'ES256')
        assert.equal(rotationOf(depsOf(keyDirectory(path))).activate(next.kid), 'activated')
        assert.deepEqual(loadKeys(path), { current: next, previous: current, prepared: null })
        assert.deepEqual(readdirSync(path).sort(), sixNames)
      },
    })

    assert.ok(steps > 12, `only ${steps} steps were broken`)
    assert.ok(preparedKids.has(keys.prepared?.kid), 'the old prepared key was seen')
    assert.ok(preparedKids.has(undefined), 'the gap between old and new was seen')
  })

  test(`a first start stopped at any step is made good by the next; lost: ${loss}`, async (t) => {
    const source = tempDirectory(t)

    const steps = await atEveryStep(t, {
      source,
      loss,
      work: (deps) => openKeys(deps, 'ES256'),
      check: async (path) => {
        letLockGrowStale()
        const { ring } = await openKeys(depsOf(keyDirectory(path)), 'ES256')
        assert.deepEqual(loadKeys(path).current, ring.current.jwk)
        assert.equal(loadKeys(path).previous, null)
      },
    })

    assert.ok(steps > 25, `only ${steps} steps were broken`)
  })
}

test('a recovery that is stopped at any step loses nothing either', async (t) => {
  const { path: source, keys } = await threeKeys(t)
  const next = keys.prepared
  assert.ok(next !== null)
  const after = { current: next, previous: keys.current, prepared: null }
  let recoverySteps = 0

  await atEveryStep(t, {
    source,
    loss: 'nothing',
    work: (deps) => rotationOf(deps).activate(next.kid),
    check: async (crashed, step) => {
      if (loadKeys(crashed).current.kid !== next.kid || step % 5 !== 0) return
      letLockGrowStale()
      recoverySteps += await atEveryStep(t, {
        source: crashed,
        loss: 'names',
        work: (deps) => openKeys(deps, 'ES256'),
        check: async (path) => assert.deepEqual(loadKeys(path), after),
      })
    },
  })

  assert.ok(recoverySteps > 50, `only ${recoverySteps} steps were broken`)
})

test('writes the six files of the contract, 0600 in a directory of 0700', async (t) => {
  const path = join(tempDirectory(t), 'data', 'keys')
  const deps = depsOf(keyDirectory(path))

  await openKeys(deps, 'ES256')
  rotationOf(deps).activate((await prepare(path, 'RS256')).kid)

  assert.deepEqual(readdirSync(path).sort(), sixNames)
  assert.equal(statSync(path).mode & 0o777, 0o700)
  for (const name of sixNames) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600, name)
  const [pem = '', kid = '', alg] = contentOf(path, ['current.pem', 'current.kid', 'current.alg'])
  assert.match(pem, /^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----$/)
  assert.match(kid, /^[\w-]{22}$/)
  assert.equal(alg, 'RS256')
})

test('the modification time of current.pem is the moment of activation', async (t) => {
  const path = tempDirectory(t)
  const deps = depsOf(keyDirectory(path))
  await openKeys(deps, 'ES256')
  const { kid } = await prepare(path, 'ES256')
  clock.advance(5_000_000)

  rotationOf(deps).activate(kid)

  const activatedAtMs = deps.store.load()?.activatedAtMs ?? 0
  assert.ok(Math.abs(activatedAtMs - clock.nowMs()) < 2, `${activatedAtMs}`)
})

test('reads whole keys while another process rotates without pause', async (t) => {
  const path = tempDirectory(t)
  const deps = depsOf(keyDirectory(path))
  await openKeys(deps, 'ES256')
  const known = new Map<string, string>()
  const look = (): void => {
    for (const jwk of Object.values(loadKeys(path))) {
      if (jwk === null) continue
      const text = JSON.stringify(jwk)
      assert.equal(known.get(jwk.kid) ?? text, text, 'a kid always names the same key')
      known.set(jwk.kid, text)
    }
  }
  // A reader between all steps sees what a reader in another process can see at rest.
  const lookingAfter = (name: keyof KeyDirectory): object => ({
    [name]: (...args: never[]) => {
      const result = (deps.directory[name] as (...args: never[]) => unknown)(...args)
      look()
      return result
    },
  })
  const changing = ['writeNew', 'setModified', 'syncFile', 'rename', 'remove', 'syncDirectory']
  const watched = Object.assign(
    { ...deps.directory },
    ...changing.map((name) => lookingAfter(name as keyof KeyDirectory)),
  ) as KeyDirectory

  for (let round = 0; round < 3; round += 1) {
    const rotation = rotationOf(depsOf(watched))
    await rotation.prepare({ algorithm: 'ES256', force: true })
    rotation.activate(loadKeys(path).prepared?.kid ?? '')
  }

  assert.equal(known.size, 4)
})
