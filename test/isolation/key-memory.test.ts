// The private key in the memory of the process, as a debugger reads it (reliability C.2 f). Threads
// share that memory, so the key is there; what can be true is that its text is not, and that
// neither issuing tokens nor reading the key directory again leaves copies of it.
// TEST_ISOLATION_TOKENS makes it the long form.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { askOnce, seedLoad, startLoad, unlimited } from '../e2e/token-load.ts'
import { formsOf, generateKnownKey, scalarOf, writeCurrentKey } from '../support/key-forms.ts'
import { countInMemory } from '../support/process-memory.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

const tokenCount = Number(process.env['TEST_ISOLATION_TOKENS'] ?? '2000')
const reloadCount = 30

interface Counts {
  /** As OpenSSL keeps numbers, the lowest byte first, and as key files do, the highest first. */
  readonly scalars: number
  /** Lines of the key file. */
  readonly lines: number
}

let early: Counts
let late: Counts
let reloaded: Counts

before(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-memory-'))
  const key = generateKnownKey()
  const keyDirectory = join(directory, 'signing')
  writeCurrentKey(keyDirectory, key)
  const lines = formsOf(key).filter(({ name }) => name.startsWith('line'))
  const scalar = scalarOf(key)
  const needles = [
    scalar,
    Buffer.from(scalar).reverse(),
    ...lines.map(({ text }) => Buffer.from(text, 'latin1')),
  ]
  const count = (pid: number): Counts => {
    const [forward = 0, backward = 0, ...ofLines] = countInMemory(pid, needles)
    return { scalars: forward + backward, lines: Math.max(...ofLines) }
  }
  const server = await startServer({
    seed: seedLoad,
    directory,
    environment: { ...unlimited, AUTHPLANE_SIGNING_KEY_PATH: keyDirectory },
  })
  try {
    const load = startLoad(server.port)
    await load.tokens(100)
    early = count(server.pid)
    await load.tokens(100 + tokenCount)
    await load.stop()
    late = count(server.pid)
    await reload(server, reloadCount)
    reloaded = count(server.pid)
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
})

/** Has the key directory read again, one time after the other. */
async function reload(server: RunningServer, times: number): Promise<void> {
  const line = '"msg":"signing keys reloaded"'
  for (let done = 0; done < times; done += 1) {
    server.signal('SIGHUP')
    while (server.log().split(line).length <= done + 1) await askOnce(server.port)
  }
}

test('control: the key that signs is found', () => {
  assert.ok(early.scalars >= 1, `${early.scalars} times`)
})

test('issuing tokens leaves no copies of the key', () => {
  assert.ok(late.scalars <= early.scalars, `${early.scalars}, ${late.scalars}`)
})

test('reading an unchanged key directory leaves no copies of the key', () => {
  assert.ok(reloaded.scalars <= late.scalars, `${late.scalars}, ${reloaded.scalars}`)
})

test('the text of the key file is gone after it was read', () => {
  assert.deepEqual([early.lines, late.lines, reloaded.lines], [0, 0, 0])
})
