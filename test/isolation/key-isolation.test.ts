// Private keys are in the signer's thread alone (reliability C.2 a–c, g, i): heap snapshots of all
// threads, every message between them, environment, arguments and log of a server that has issued
// tokens, rotated its key and lost its signer. Each search has its control: it finds what is
// planted. TEST_ISOLATION_TOKENS makes it the long form.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { runCommand } from '../e2e/run-command.ts'
import { askOnce, type Load, seedLoad, startLoad, unlimited } from '../e2e/token-load.ts'
import { type IsolatedServer, startIsolatedServer } from '../support/isolated-server.ts'
import { formsIn, formsOf, type KeyForm, readCurrentKey } from '../support/key-forms.ts'

const tokenCount = Number(process.env['TEST_ISOLATION_TOKENS'] ?? '2000')
/** Of a token: a read, a signature and a commit, each asked and answered. */
const messagesPerToken = 6

const secrets = {
  AUTHPLANE_ADMIN_API_KEY: 'admin-key-that-no-thread-is-told-0123456789',
  AUTHPLANE_SESSION_SECRET: 'session-secret-that-no-thread-is-told-0123456789',
  AUTHPLANE_CLIENT_SECRET_PEPPER: 'pepper-that-no-thread-is-told-0123456789',
}

let isolated: IsolatedServer
/** Of both keys that the server has had, and of the secrets of its configuration. */
let keyForms: readonly KeyForm[]
let forms: readonly KeyForm[]

before(async () => {
  isolated = await startIsolatedServer({
    seed: seedLoad,
    environment: { ...unlimited, ...secrets, AUTHPLANE_LOG_LEVEL: 'debug' },
  })
  const { server } = isolated
  const load = startLoad(server.port)
  await load.tokens(tokenCount / 2)
  await rotateByCommand(load)
  await isolated.command({ do: 'end', worker: 'signer' })
  await server.logContains('"actor":"signer","duration_ms"')
  await load.tokens(tokenCount)
  await load.stop()
  keyForms = [...isolated.forms, ...formsOf(readCurrentKey(isolated.keyDirectory))]
  forms = [...keyForms, ...Object.entries(secrets).map(([name, text]) => ({ name, text }))]
  await isolated.command({ do: 'snapshot', isOfAll: true })
})
after(() => isolated.stop())

/** Rotates beside the server, which takes the new key over. */
async function rotateByCommand(load: Load): Promise<void> {
  const { NODE_OPTIONS: _, ...environment } = isolated.server.environment
  const ending = await runCommand(['admin', 'key', 'rotate', '--force'], { environment })
  assert.equal(ending.status, 0, ending.stderr)
  await isolated.server.logContains('"msg":"signing keys reloaded"')
  assert.deepEqual(load.failures, [])
}

const namesOf = (found: readonly KeyForm[]): readonly string[] => found.map(({ name }) => name)

describe('the heap snapshot', () => {
  for (const thread of ['front', 'storage', 'checkpointer', 'signer']) {
    test(`of ${thread} holds no form of a private key`, () => {
      assert.deepEqual(formsIn(isolated.snapshotTexts(thread), keyForms), [])
    })
  }

  test('control: of each thread holds texts of that thread', () => {
    const marks = { front: isolated.server.issuer, storage: 'commitMachineIssuance' }
    for (const [thread, mark] of Object.entries(marks)) {
      assert.ok(isolated.snapshotTexts(thread).includes(mark), thread)
    }
    assert.ok(isolated.snapshotTexts('checkpointer').includes('wal_checkpoint'))
    assert.ok(isolated.snapshotTexts('signer').includes(isolated.keyDirectory))
  })

  test('control: of the front holds every form that is planted there', async () => {
    const far = 'x'.repeat(5000)
    await isolated.command({ do: 'plant', texts: keyForms.map(({ text }) => far + text) })
    await isolated.command({ do: 'snapshot', isOfAll: false })

    assert.deepEqual(formsIn(isolated.snapshotTexts('front'), keyForms), namesOf(keyForms))
  })
})

describe('messages between the threads', () => {
  const directions = ['to-workers', 'from-workers'] as const

  for (const direction of directions) {
    test(`${direction}: no form of a private key and no secret`, () => {
      assert.deepEqual(formsIn(isolated.messages(direction), forms), [])
    })

    test(`${direction}: nothing but plain data`, () => {
      assert.deepEqual(oddTypes(isolated.messages(direction)), [])
    })
  }

  test('control: all of them were seen', () => {
    const seen = isolated.messages('to-workers')
    const asked = seen.match(/^(?:readTokenContext|signAccessToken|commitMachineIssuance)$/gm) ?? []

    assert.ok(asked.length >= (tokenCount * messagesPerToken) / 2, `${asked.length} were asked`)
  })

  test('control: text, bytes and objects that are sent to a worker are found', async () => {
    const texts = forms.map(({ text }) => text)
    await isolated.command({ do: 'send', worker: 'storage', texts })

    const messages = isolated.messages('to-workers')
    assert.deepEqual(formsIn(messages, forms), namesOf(forms))
    assert.deepEqual(oddTypes(messages), ['<CryptoKey>'])
  })

  test('control: what a worker answers is found', async () => {
    const { server } = isolated
    const all = forms.map(({ text }) => text).join(' ')
    server.execute(`UPDATE clients SET name = '${all.replaceAll("'", "''")}'`)
    assert.equal((await askOnce(server.port)).status, 200)

    assert.deepEqual(formsIn(isolated.messages('from-workers'), forms), namesOf(forms))
  })
})

/** Names of types that are no plain data, in a record of messages. */
function oddTypes(messages: string): readonly string[] {
  return [...new Set(messages.match(/^<\w+>$/gm) ?? [])].toSorted()
}

describe('outside of memory', () => {
  test('environment and arguments hold no form of a private key', () => {
    for (const file of ['environ', 'cmdline']) {
      const text = readFileSync(`/proc/${isolated.server.pid}/${file}`, 'latin1')
      assert.deepEqual(formsIn(text, keyForms), [], file)
    }
  })

  test('the log holds no form of a private key and no secret, at its finest level', () => {
    assert.ok(isolated.server.log().includes('"msg":"signing keys reloaded"'))
    assert.deepEqual(formsIn(isolated.server.log(), forms), [])
  })
})
