// The lock of a key directory between processes, and between threads of one (B52).
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { takeDirectoryLock } from '../../actors/signer/directory-lock.ts'
import { keyDirectory } from '../../actors/signer/key-directory.ts'
import { hasEnded, ownIdentity } from '../../actors/signer/thread-identity.ts'
import { systemClock } from '../../src/base/clock.ts'
import { limits } from '../../src/base/limits.ts'
import { handClock, random, replyOf, startSigner, tempDirectory } from './signer-harness.ts'

const holderFile = fileURLToPath(new URL('signer-lock-holder.ts', import.meta.url))

/** Starts a process that takes the lock, and returns what it said. */
async function spawnHolder(
  t: TestContext,
  path: string,
  mode: 'keep' | 'abandon',
): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const child = spawn(process.execPath, [holderFile, path, mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill())
  const [said] = await once(child.stdout, 'data')
  return { child, said: String(said).trim() }
}

type TakeOver = (t: TestContext, path: string) => Promise<{ readonly said: string }>

/** The same in a thread of this process. */
async function startHolderThread(
  t: TestContext,
  path: string,
  mode: 'keep' | 'abandon',
): Promise<{ readonly thread: Worker; readonly said: string }> {
  const thread = new Worker(holderFile, { argv: [path, mode], stdin: true, stdout: true })
  t.after(() => thread.terminate())
  const [said] = await once(thread.stdout, 'data')
  return { thread, said: String(said).trim() }
}

test('one process at a time holds the lock', async (t) => {
  const path = tempDirectory(t)
  const deps = { clock: handClock(), random }
  const { child, said } = await spawnHolder(t, path, 'keep')
  assert.equal(said, 'taken')

  assert.equal(takeDirectoryLock(keyDirectory(path), deps), null)

  child.stdin?.end()
  await once(child, 'exit')
  assert.notEqual(takeDirectoryLock(keyDirectory(path), deps), null)
  assert.equal((await spawnHolder(t, path, 'abandon')).said, 'refused')
})

test('the lock of a dead process is taken over at once', async (t) => {
  const path = tempDirectory(t)
  const { child, said } = await spawnHolder(t, path, 'abandon')
  assert.equal(said, 'taken')
  await once(child, 'exit')
  assert.deepEqual(readdirSync(path), ['rotation.lock'])

  const lock = takeDirectoryLock(keyDirectory(path), { clock: handClock(), random })

  lock?.assertHeld()
  lock?.release()
  assert.deepEqual(readdirSync(path), [])
})

test('one thread at a time holds the lock', async (t) => {
  const path = tempDirectory(t)
  const deps = { clock: handClock(), random }
  const { thread, said } = await startHolderThread(t, path, 'keep')
  assert.equal(said, 'taken')

  assert.equal(takeDirectoryLock(keyDirectory(path), deps), null)
  assert.equal((await spawnHolder(t, path, 'abandon')).said, 'refused')

  thread.stdin?.end()
  await once(thread, 'exit')
  assert.notEqual(takeDirectoryLock(keyDirectory(path), deps), null)
  assert.equal((await startHolderThread(t, path, 'abandon')).said, 'refused')
})

for (const [whose, takeOver] of [
  ['its process', (t, path) => startHolderThread(t, path, 'abandon')],
  ['another process', (t, path) => spawnHolder(t, path, 'abandon')],
] as const satisfies readonly (readonly [string, TakeOver])[]) {
  test(`the lock of a dead thread is taken over at once by ${whose}`, async (t) => {
    const path = tempDirectory(t)
    const { thread, said } = await startHolderThread(t, path, 'keep')
    assert.equal(said, 'taken')
    await thread.terminate()
    assert.deepEqual(readdirSync(path), ['rotation.lock'])

    assert.equal((await takeOver(t, path)).said, 'taken')
  })
}

test('a process that got the number of an ended one is not taken for it', () => {
  const own = ownIdentity()

  assert.equal(hasEnded(own), false)
  assert.equal(hasEnded({ ...own, startedAt: '1' }), true)
  assert.equal(hasEnded({ ...own, tid: null, startedAt: '1' }), true)
})

test('a process of another machine or container is never called ended', () => {
  assert.equal(hasEnded({ ...ownIdentity(), machine: 'elsewhere', startedAt: '1' }), false)
})

for (const [what, shiftMs] of [
  ['older than any rotation', 2 * limits.rotationLockStaleMs],
  ['from a future that a clock set back has left behind', -2 * limits.rotationLockStaleMs],
] as const) {
  test(`a lock ${what} is taken over, and its holder is told`, (t) => {
    const path = tempDirectory(t)
    const clock = handClock()
    const first = takeDirectoryLock(keyDirectory(path), { clock, random })
    const later = { ...clock, nowMs: () => clock.nowMs() + shiftMs }

    const second = takeDirectoryLock(keyDirectory(path), { clock: later, random })

    second?.assertHeld()
    assert.throws(() => first?.assertHeld(), { name: 'OperationalError' })
    first?.release()
    second?.assertHeld()
  })
}

for (const content of ['', '{"pid":1', '{"pid":"1"}', 'null']) {
  test(`a lock file that holds ${content || 'nothing'} counts until it is old`, (t) => {
    const path = tempDirectory(t)
    const clock = handClock()
    writeFileSync(join(path, 'rotation.lock'), content)

    assert.equal(takeDirectoryLock(keyDirectory(path), { clock, random }), null)

    clock.advance(2 * limits.rotationLockStaleMs)
    assert.notEqual(takeDirectoryLock(keyDirectory(path), { clock, random }), null)
  })
}

test('a signer refuses to rotate while another process does', async (t) => {
  const keyPath = tempDirectory(t)
  const signer = await startSigner(t, { keyPath })
  const before = replyOf(await signer.ask('readKeys', {}))
  const { child } = await spawnHolder(t, keyPath, 'keep')

  const outcome = await signer.ask('prepareKey', { algorithm: 'ES256', force: true })

  assert.deepEqual(outcome, { ok: false, refusal: 'rotation-under-way' })
  assert.deepEqual(replyOf(await signer.ask('readKeys', {})), before)
  await assert.rejects(signer.ask('activateKey', { kid: 'x' }), { name: 'OperationalError' })
  child.stdin?.end()
  await once(child, 'exit')
  assert.ok((await signer.ask('prepareKey', { algorithm: 'ES256', force: true })).ok)
})

test('a rotation that is never finished gives its lock back', async (t) => {
  const keyPath = tempDirectory(t)
  const clock = handClock()
  const signer = await startSigner(t, { keyPath, clock })
  replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: false }))
  assert.equal((await spawnHolder(t, keyPath, 'abandon')).said, 'refused')

  clock.advance(limits.rotationHoldMs)

  assert.equal((await spawnHolder(t, keyPath, 'abandon')).said, 'taken')
})

test('signers that start at once on an empty directory agree on one key', async (t) => {
  const keyPath = tempDirectory(t)
  // The timers of the system clock do not keep the process alive; this one does.
  const keepAlive = setInterval(() => undefined, 1000)
  t.after(() => clearInterval(keepAlive))

  const signers = await Promise.all(
    [1, 2, 3].map(() => startSigner(t, { keyPath, clock: systemClock })),
  )

  const kids = signers.map(({ state }) => state.ring.current.jwk.kid)
  assert.equal(new Set(kids).size, 1)
  const generated = signers.flatMap(({ lines }) => lines.map(({ message }) => message))
  assert.deepEqual(generated, ['signing key generated'])
})
