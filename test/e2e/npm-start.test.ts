// The first minute of somebody who has just fetched the project (decisions B30, B37): `npm start`
// in a fresh copy, or the bundle in an empty folder, makes everything it needs, for its owner only,
// and talks to nobody.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ChildLog, captureLog, endedChild } from '../support/server-child.ts'
import { serverEntry } from '../support/start-server.ts'

const root = join(import.meta.dirname, '../..')
/** Nothing is set but the ports, which others on this machine may be using. */
const environment = {
  PATH: process.env['PATH'],
  HOME: tmpdir(),
  AUTHPLANE_SERVER_ADDRESS: '127.0.0.1:0',
  AUTHPLANE_ADMIN_ADDRESS: '127.0.0.1:0',
}

interface Started extends ChildLog {
  readonly child: ChildProcess
  readonly publicUrl: string
  readonly adminUrl: string
}

/** Interrupts everything that was started, as Ctrl-C does. */
async function interrupt({ child }: Started): Promise<void> {
  const ended = endedChild(child)
  assert.ok(child.pid !== undefined)
  process.kill(-child.pid, 'SIGINT')
  await ended
}

async function start(cwd: string, command: string, args: readonly string[]): Promise<Started> {
  // A group of its own, signalled as a whole like the one of a terminal: npm and strace stand
  // between the test and the server.
  const child = spawn(command, args, {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const log = captureLog(child)
  const { ports } = await log.logged('ready')
  const [port, adminPort] = String(ports).split(',')
  const host = 'http://127.0.0.1'
  return { child, ...log, publicUrl: `${host}:${port}`, adminUrl: `${host}:${adminPort}` }
}

const sources = ['package.json', 'src', 'actors', 'workers', 'migrations']

/** Starts a fresh copy of the sources; a bundle stays where it is and needs nothing here. */
function firstStart(directory: string): Promise<Started> {
  if (!serverEntry.endsWith('.ts')) {
    return start(directory, process.execPath, [serverEntry, 'serve'])
  }
  for (const part of sources) {
    cpSync(join(root, part), join(directory, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  return start(directory, 'npm', ['start'])
}

describe('the first start in a folder', () => {
  let directory: string
  let started: Started

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'authserver-copy-'))
    started = await firstStart(directory)
  })
  after(async () => {
    await interrupt(started)
    rmSync(directory, { recursive: true, force: true })
  })

  test('makes database, keys and secrets under ./data, for their owner only', () => {
    const data = join(directory, 'data')
    const paths = readdirSync(data, { recursive: true, encoding: 'utf8' })
    for (const made of [
      'authserver.db',
      'admin.key',
      'session.secret',
      'keys/current.pem',
      'keys/current.kid',
      'keys/current.alg',
    ]) {
      assert.ok(paths.includes(made), `${made} is in ${paths.join(' ')}`)
    }
    for (const path of ['.', ...paths]) {
      const status = statSync(join(data, path))
      assert.equal((status.mode & 0o077).toString(8), '0', path)
    }
  })

  test('makes nothing elsewhere', () => {
    const copied = new Set([...sources, 'node_modules'])
    const made = readdirSync(directory).filter((name) => !copied.has(name))

    assert.deepEqual(made, ['data'])
  })

  test('says where the admin key is, and not what it is', async () => {
    const { path } = await started.logged('the admin key is in a file')
    const key = readFileSync(join(directory, String(path)), 'utf8').trim()

    assert.ok(key.length >= 32)
    assert.equal(started.log().includes(key), false)
  })

  test('lets in whoever has the admin key, and nobody else', async () => {
    const key = readFileSync(join(directory, 'data', 'admin.key'), 'utf8').trim()
    const list = (authorization: string): Promise<Response> =>
      fetch(`${started.adminUrl}/admin/clients`, { headers: { authorization } })

    assert.equal((await list(`Bearer ${key}`)).status, 200)
    assert.equal((await list(`Bearer ${key}x`)).status, 401)
  })
})

const strace = spawnSync('strace', ['-V']).status === 0
const noStrace = strace ? false : 'strace is not installed'

test('a default boot opens no foreign socket', { skip: noStrace }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-strace-'))
  const calls = join(directory, 'calls')
  const traced = ['-f', '-o', calls, '-e', 'trace=connect,bind,sendto,sendmsg,sendmmsg']
  const started = await start(directory, 'strace', [
    ...traced,
    ...[process.execPath, serverEntry, 'serve'],
  ])
  try {
    assert.equal((await fetch(`${started.publicUrl}/ready`)).status, 200)
    assert.equal(
      (await fetch(`${started.publicUrl}/.well-known/oauth-authorization-server`)).status,
      200,
    )
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'nobody' })
    const refused = await fetch(`${started.publicUrl}/oauth/token`, { method: 'POST', body })
    assert.equal(refused.status, 401)
  } finally {
    await interrupt(started)
  }
  const lines = readFileSync(calls, 'utf8').split('\n')
  rmSync(directory, { recursive: true, force: true })

  const reaching = /\b(?:connect|sendto|sendmsg|sendmmsg)\(.*sa_family=AF_INET6?\b/
  assert.deepEqual(
    lines.filter((line) => reaching.test(line)),
    [],
  )
  const listening = lines.filter((line) => /\bbind\(.*AF_INET\b/.test(line))
  assert.equal(listening.length, 2, 'control: the trace shows the two listeners')
})
