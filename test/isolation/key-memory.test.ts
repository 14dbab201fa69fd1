// The private key in the memory of the process, as a debugger reads it (reliability C.2 f). Threads
// share that memory, so the key is there; what can be true is that its text is not, and that
// issuing tokens leaves no copies of it. TEST_ISOLATION_TOKENS makes it the long form.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { seedLoad, startLoad, unlimited } from '../e2e/token-load.ts'
import { formsOf, generateKnownKey, scalarOf, writeCurrentKey } from '../support/key-forms.ts'
import { countInMemory } from '../support/process-memory.ts'
import { startServer } from '../support/start-server.ts'

const tokenCount = Number(process.env['TEST_ISOLATION_TOKENS'] ?? '2000')
/** Each look at the key directory parses the key anew; the collector takes the old one, later. */
const parsedAnewMax = 5

interface Counts {
  /** As OpenSSL keeps numbers, the lowest byte first, and as key files do, the highest first. */
  readonly scalars: number
  /** Lines of the key file. */
  readonly lines: number
}

let early: Counts
let late: Counts

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
    late = count(server.pid)
    await load.stop()
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
})

test('control: the key that signs is found', () => {
  assert.ok(early.scalars >= 1, `${early.scalars} times`)
})

test('issuing tokens leaves no copies of the key', () => {
  assert.ok(late.scalars <= early.scalars + parsedAnewMax, `${early.scalars}, ${late.scalars}`)
})

test('the text of the key file is gone after it was read', () => {
  assert.deepEqual([early.lines, late.lines], [0, 0])
})
