// Key files are opened by the signer's thread and by no other (reliability C.2 e), as the kernel
// sees it: a server under strace is started, issues a token, rotates, reloads and stops.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ChildLog, captureLog, endedChild } from '../support/server-child.ts'
import { freePorts, serverEntry, serverEnvironment } from '../support/start-server.ts'

/** One attempt to open a file; there may be none. */
interface Opening {
  /** Name of the thread at that time. */
  readonly thread: string
  readonly path: string
}

const adminKey = 'admin-key-of-the-traced-server-0123456789'
let directory: string
let openings: readonly Opening[]

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'authserver-traced-'))
  const [port, adminPort] = await freePorts()
  const trace = join(directory, 'trace')
  const child = spawn('strace', traceArguments(trace), {
    env: {
      ...serverEnvironment(join(directory, 'data')),
      AUTHPLANE_SERVER_ISSUER: `http://127.0.0.1:${port}`,
      AUTHPLANE_SERVER_ADDRESS: `127.0.0.1:${port}`,
      AUTHPLANE_ADMIN_ADDRESS: `127.0.0.1:${adminPort}`,
      AUTHPLANE_ADMIN_API_KEY: adminKey,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await useKeys(child, { log: captureLog(child), port: adminPort, trace })
  openings = openingsIn(readFileSync(trace, 'latin1'))
})
after(() => rmSync(directory, { recursive: true, force: true }))

function traceArguments(trace: string): readonly string[] {
  const calls = 'trace=open,openat,openat2,prctl'
  const options = ['-f', '-qq', '-s', '4096', '-o', trace, '-e', calls, '-e', 'signal=none']
  return [...options, process.execPath, serverEntry, 'serve']
}

/** Everything that makes the signer read or write its files; ends the server. */
async function useKeys(
  child: ChildProcess,
  { log, port, trace }: { readonly log: ChildLog; readonly port: number; readonly trace: string },
): Promise<void> {
  try {
    await log.logged('ready')
    const response = await fetch(`http://127.0.0.1:${port}/admin/keys/rotate?force=true`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}` },
    })
    assert.equal(response.status, 200, await response.text())
    // The first line of the trace is of the server's main thread, whose id is that of its process.
    const server = Number.parseInt(readFileSync(trace, 'latin1'), 10)
    process.kill(server, 'SIGHUP')
    await log.logged('signing keys reloaded')
    process.kill(server, 'SIGTERM')
    assert.equal(await endedChild(child), 0)
  } finally {
    child.kill('SIGKILL')
  }
}

/** Reads a trace: threads name themselves by prctl, and calls that others interrupt end later. */
function openingsIn(trace: string): readonly Opening[] {
  const names = new Map<string, string>()
  const begun = new Map<string, string>()
  const found: Opening[] = []
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)
    const call = rest === null ? text : `${begun.get(thread) ?? ''}${rest[1]}`
    if (call.endsWith('<unfinished ...>')) {
      begun.set(thread, call.replace(' <unfinished ...>', ''))
      continue
    }
    const name = /^prctl\(PR_SET_NAME, "([^"]*)"/.exec(call)?.[1]
    if (name !== undefined) names.set(thread, name)
    const path = /^open\w*\((?:AT_FDCWD, )?"([^"]*)"/.exec(call)?.[1]
    if (path !== undefined) found.push({ thread: names.get(thread) ?? 'main', path })
  }
  return found
}

/** Names of the threads that opened a file whose path matches. */
function openersOf(pattern: RegExp): readonly string[] {
  const matching = openings.filter(({ path }) => pattern.test(path))
  return [...new Set(matching.map(({ thread }) => thread))].toSorted()
}

test('the key directory and all files in it are opened by the thread of the signer alone', () => {
  assert.deepEqual(openersOf(/\/data\/keys(?:\/|$)/), ['signer'])
})

test('control: each private key was read and each new one was written', () => {
  const names = openings.map(({ path }) => path.replace(/^.*\//, ''))

  for (const name of ['current.pem', 'previous.pem', 'next.pem.tmp']) {
    assert.ok(names.includes(name), name)
  }
})

test('control: what other threads open is told apart', () => {
  assert.deepEqual(openersOf(/\/authserver\.db$/), ['checkpointer', 'storage'])
  assert.ok(openersOf(/\.[jt]s$/).includes('authserver'))
})
