// Reading the key directory again (spec 02 §7.6): every change of its files is seen, and files that
// have not changed are not parsed again, as each parsing leaves a key in memory for a while.
import assert from 'node:assert/strict'
import { renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { keyDirectory } from '../../actors/signer/key-directory.ts'
import { type KeyfileStore, keyfileStore } from '../../actors/signer/keyfile-store.ts'
import { generatePem } from '../../actors/signer/stored-key.ts'
import { limits } from '../../src/base/limits.ts'
import { handClock, replyOf, type Signer, startSigner, tempDirectory } from './signer-harness.ts'

async function rotate(signer: Signer): Promise<void> {
  const { key } = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: true }))
  replyOf(await signer.ask('activateKey', { kid: key.kid }))
}

/** A directory with a current, a previous and a prepared key, and a store that has not read it. */
async function threeKeys(t: TestContext): Promise<{ path: string; store: KeyfileStore }> {
  const path = tempDirectory(t)
  const signer = await startSigner(t, { keyPath: path })
  await rotate(signer)
  replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: true }))
  signer.stop()
  return { path, store: keyfileStore(keyDirectory(path)) }
}

test('files that have not changed give the very keys that they gave before', async (t) => {
  const { path, store } = await threeKeys(t)
  const first = store.load()

  const second = store.load()

  assert.ok(first !== null)
  assert.equal(second, first)
  assert.notEqual(keyfileStore(keyDirectory(path)).load(), first)
})

test('polls and reloads of an unchanged directory leave the key objects alone', async (t) => {
  const clock = handClock()
  const signer = await startSigner(t, { keyPath: tempDirectory(t), clock })
  await rotate(signer)
  const { ring } = signer.state

  for (let look = 0; look < 5; look += 1) {
    clock.advance(limits.keyPollMs)
    replyOf(await signer.ask('reloadKeys', {}))
  }

  assert.equal(signer.state.ring, ring)
})

const otherContents: Readonly<Record<string, () => Promise<Buffer>>> = {
  pem: () => generatePem('ES256'),
  kid: async () => Buffer.from(`${'A'.repeat(22)}\n`),
}
for (const role of ['previous', 'next']) {
  for (const [part, makeContent] of Object.entries(otherContents)) {
    test(`a new ${role}.${part} of the same size and time is read`, async (t) => {
      const { path, store } = await threeKeys(t)
      const file = join(path, `${role}.${part}`)
      const content = await makeContent()
      assert.equal(content.byteLength, statSync(file).size)
      utimesSync(file, 1000, 1000)
      const before = store.load()?.ring

      writeFileSync(file, content)
      utimesSync(file, 1000, 1000)
      const after = store.load()?.ring

      const changed = role === 'next' ? 'prepared' : 'previous'
      assert.ok(before?.[changed] && after?.[changed])
      assert.notDeepEqual(after[changed], before[changed])
    })
  }
}

test('a new modification time of current.pem is read', async (t) => {
  const { path, store } = await threeKeys(t)
  store.load()

  utimesSync(join(path, 'current.pem'), 1000, 1000)

  assert.equal(store.load()?.activatedAtMs, 1_000_000)
})

test('files that are no keys are told each time, and parsed once', async (t) => {
  const { path, store } = await threeKeys(t)
  rmSync(join(path, 'previous.kid'))
  const fault = faultOf(store)

  assert.match(String(fault), /previous\.kid is missing/)
  assert.equal(faultOf(store), fault)
})

function faultOf(store: KeyfileStore): unknown {
  try {
    return store.load()
  } catch (error) {
    return error
  }
}

test('files that are keys again are read', async (t) => {
  const { path, store } = await threeKeys(t)
  const kid = store.load()?.ring.current.jwk.kid
  renameSync(join(path, 'current.kid'), join(path, 'away'))
  assert.throws(() => store.load(), { name: 'OperationalError' })
  renameSync(join(path, 'away'), join(path, 'current.kid'))

  assert.equal(store.load()?.ring.current.jwk.kid, kid)
})
