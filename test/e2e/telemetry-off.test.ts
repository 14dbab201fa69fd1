// A server with default settings talks to nobody (decision B37): shown by its system calls, all
// threads, from its first to its last, while it issues tokens, registers clients and is scraped.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { captureLog, endChild } from '../support/server-child.ts'
import { serverEntry, serverEnvironment } from '../support/start-server.ts'

const calls = 'connect,sendto,sendmsg,sendmmsg,socket,openat'

describe('a server with default settings', () => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-silent-'))
  let trace = ''

  before(async () => {
    const path = join(directory, 'trace')
    const command = [process.execPath, serverEntry, 'serve']
    const child = spawn('strace', ['-f', '-e', `trace=${calls}`, '-o', path, ...command], {
      cwd: directory,
      env: {
        ...serverEnvironment(join(directory, 'data')),
        AUTHPLANE_SERVER_ADDRESS: '127.0.0.1:0',
        AUTHPLANE_ADMIN_ADDRESS: '127.0.0.1:0',
      },
    })
    const log = captureLog(child)
    try {
      const { ports } = await log.logged('ready')
      const [port, adminPort] = String(ports).split(',')
      const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'nobody' })
      const answer = await fetch(`http://127.0.0.1:${port}/oauth/token`, { method: 'POST', body })
      assert.equal(answer.status, 401)
      await registerClients(`http://127.0.0.1:${port}`)
      assert.equal((await fetch(`http://127.0.0.1:${adminPort}/metrics`)).status, 200)
      // A signal to strace is no signal to what it traces.
      process.kill(serverPid(readFileSync(path, 'utf8')), 'SIGTERM')
      await log.logged('stopped gracefully')
    } finally {
      await endChild(child, 'SIGCONT')
    }
    trace = readFileSync(path, 'utf8')
  })
  after(() => rmSync(directory, { recursive: true }))

  test('control: the trace has its listeners and its database', () => {
    assert.match(trace, /socket\(AF_INET/)
    assert.match(trace, /openat\(.*authserver\.db/)
  })

  test('connects to nobody and sends no datagram', () => {
    const outgoing = trace
      .split('\n')
      .filter((line) => /\b(?:connect|sendto|sendmmsg)\(|SOCK_DGRAM/.test(line))
    assert.deepEqual(outgoing, [])
  })

  test('opens no file of OpenTelemetry or gRPC but the interface that its metrics need', () => {
    const loaded = [...trace.matchAll(/node_modules\/(@(?:opentelemetry|grpc)\/[\w-]+)/g)]
    const packages = new Set(loaded.map(([, name]) => name))
    packages.delete('@opentelemetry/api')
    assert.deepEqual([...packages], [])
  })
})

/** The first process of the trace: each line begins with the id of its thread. */
function serverPid(trace: string): number {
  return Number(/^\d+/.exec(trace)?.[0])
}

/** One client by registration, and one whose document would lie at an address of this machine. */
async function registerClients(baseUrl: string): Promise<void> {
  const registered = await fetch(`${baseUrl}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'App',
      redirect_uris: ['https://app.test/cb'],
      logo_uri: 'https://app.test/logo.png',
      jwks_uri: 'https://app.test/keys',
    }),
  })
  assert.equal(registered.status, 201)
  for (const host of ['localhost', '127.0.0.1', '169.254.169.254']) {
    const clientId = encodeURIComponent(`https://${host}/app.json`)
    const query = `response_type=code&client_id=${clientId}`
    const { status } = await fetch(`${baseUrl}/oauth/authorize?${query}`)
    assert.equal(status, 400)
  }
}
