// Commands as processes: they write all they have to say before they end, however slowly it is
// read, and wait for what they wait for.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createInlineServices } from '../support/inline-services.ts'
import { seedClient } from '../support/seed.ts'
import { serverEntry, serverEnvironment } from '../support/start-server.ts'
import { runCommand } from './run-command.ts'

describe('a long output', () => {
  const clientCount = 300
  let directory: string

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'authserver-output-'))
    const inline = await createInlineServices({ directory })
    try {
      for (let at = 0; at < clientCount; at += 1) {
        await seedClient(inline.services, `client-${at}`, { name: 'n'.repeat(250) })
      }
    } finally {
      await inline.stop()
    }
  })
  after(() => rmSync(directory, { recursive: true, force: true }))

  /** A command whose output takes several times what a pipe holds. */
  function start(stdout: 'pipe' | number): ChildProcess {
    const list = ['admin', 'client', 'list', '--limit', String(clientCount), '--json']
    return spawn(process.execPath, [serverEntry, ...list], {
      env: serverEnvironment(directory),
      stdio: ['ignore', stdout, 'pipe'],
    })
  }

  async function endOf(child: ChildProcess): Promise<{ status: number | null; stderr: string }> {
    let stderr = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8')
    })
    await once(child, 'close')
    return { status: child.exitCode, stderr }
  }

  test('arrives whole at a reader that begins late', async () => {
    const child = start('pipe')
    assert.ok(child.stdout !== null)
    // Readable means that the command has written: the pipe is full, and nobody takes from it.
    await once(child.stdout, 'readable')
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    const { status, stderr } = await endOf(child)

    const text = Buffer.concat(chunks).toString('utf8')
    assert.ok(text.length > 2 * 65_536, `${text.length} characters`)
    assert.equal(JSON.parse(text).length, clientCount)
    assert.equal(stderr, '')
    assert.equal(status, 0)
  })

  test('is given up without a word when its reader goes away', async () => {
    const child = start('pipe')
    assert.ok(child.stdout !== null)
    await once(child.stdout, 'readable')
    child.stdout.destroy()

    assert.deepEqual(await endOf(child), { status: 1, stderr: '' })
  })

  test('fails with the reason on a full disk', async () => {
    const { status, stderr } = await endOf(start(openSync('/dev/full', 'w')))

    assert.equal(status, 1)
    assert.match(stderr, /^error: .*ENOSPC/)
  })
})

test('a command that waits for another process does not end before that', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-waiting-'))
  const environment = serverEnvironment(directory)
  const keys = join(directory, 'keys')
  mkdirSync(keys, { mode: 0o700 })
  const holder = spawn(
    process.execPath,
    [join(import.meta.dirname, '../actors/signer-lock-holder.ts'), keys],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  try {
    const [said] = await once(holder.stdout, 'data')
    assert.equal(String(said), 'taken\n')

    const { status, stderr } = await runCommand(['admin', 'key', 'list'], { environment })

    assert.match(stderr, /^error: .*holds no key and another process keeps its lock/)
    assert.equal(status, 1)
  } finally {
    holder.stdin.end()
    await once(holder, 'close')
    rmSync(directory, { recursive: true, force: true })
  }
})
