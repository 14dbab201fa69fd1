// Nothing leaves the machine (decision B37): a server with default settings registers a client,
// signs a person in and hands out, renews and revokes tokens, and by its system calls, all threads
// and processes, it reaches out to no address at all but those of the loopback network.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openBrowser } from '../support/browser.ts'
import { authorizePath, walkToCode, walkVerifier } from '../support/browser-walk.ts'
import { createInlineServices } from '../support/inline-services.ts'
import { scopesOf, seedResource } from '../support/seed.ts'
import { passwordOf, seedUser } from '../support/seed-users.ts'
import { captureLog, endChild } from '../support/server-child.ts'
import { freePorts, serverEntry, serverEnvironment } from '../support/start-server.ts'

/** All by which a program can name the other end; the first line is the program's own beginning. */
const calls = 'execve,connect,sendto,sendmsg,sendmmsg'
const strace = ['-f', '-s', '200', '-e', `trace=${calls}`]
const noStrace =
  spawnSync('strace', ['-V']).status === 0 ? (false as const) : 'strace is not installed'

/**
 * Lines of a trace that name an address beyond the loopback network, of any family; an empty name
 * belongs to a call on a socket that was connected before.
 */
function foreignCalls(trace: string): readonly string[] {
  const own = /sin_addr=inet_addr\("127\.|inet_pton\(AF_INET6, "::1"|sa_family=AF_UNIX, sun_path=/
  return trace
    .split('\n')
    .filter((line) => /sa_family=AF_/.test(line) && !own.test(line))
    .filter((line) => !/sa_family=AF_NETLINK/.test(line))
}

describe('the system calls of a server with default settings', { skip: noStrace }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-lonely-'))
  const resource = 'https://notes.test/mcp'
  let trace = ''
  after(() => rmSync(directory, { recursive: true }))

  /** Runs a program and returns its trace. */
  function traceOf(...command: readonly string[]): string {
    const path = join(directory, 'control')
    spawnSync('strace', [...strace, '-o', path, ...command], { timeout: 20_000 })
    return readFileSync(path, 'utf8')
  }

  async function seed(issuer: string): Promise<void> {
    const inline = await createInlineServices({ issuer, directory: join(directory, 'data') })
    await seedUser(inline.services, 'ada', {})
    await seedResource(inline.services, 'notes', { uri: resource, scopes: scopesOf('read') })
    await inline.stop()
  }

  async function walk(baseUrl: string, port: number): Promise<void> {
    const redirect = 'https://client.example.test/callback'
    const registration = { client_name: 'App', redirect_uris: [redirect] }
    const registered = await fetch(`${baseUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(registration),
    })
    assert.equal(registered.status, 201)
    const { client_id: clientId } = (await registered.json()) as { client_id: string }
    const path = authorizePath({ client_id: clientId, redirect_uri: redirect, resource })
    const account = { email: 'ada@example.test', password: passwordOf('ada') }
    const code = await walkToCode(openBrowser(port, {}), path, account)
    const client = { client_id: clientId, resource }
    const tokens = await post(`${baseUrl}/oauth/token`, {
      ...client,
      grant_type: 'authorization_code',
      code,
      code_verifier: walkVerifier,
      redirect_uri: redirect,
    })
    const renewed = await post(`${baseUrl}/oauth/token`, {
      ...client,
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token']),
    })
    const token = String(renewed['refresh_token'])
    await post(`${baseUrl}/oauth/revoke`, { client_id: clientId, token })
  }

  async function post(
    url: string,
    fields: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
    const text = await answer.text()
    assert.equal(answer.status, 200, text)
    return text === '' ? {} : JSON.parse(text)
  }

  before(async () => {
    const [port, adminPort] = await freePorts()
    const issuer = `http://127.0.0.1:${port}`
    await seed(issuer)
    const path = join(directory, 'trace')
    const command = [process.execPath, serverEntry, 'serve']
    const child = spawn('strace', [...strace, '-o', path, ...command], {
      cwd: directory,
      env: {
        ...serverEnvironment(join(directory, 'data')),
        AUTHPLANE_SERVER_ISSUER: issuer,
        AUTHPLANE_SERVER_ADDRESS: `127.0.0.1:${port}`,
        AUTHPLANE_ADMIN_ADDRESS: `127.0.0.1:${adminPort}`,
        AUTHPLANE_DCR_MODE: 'open',
      },
    })
    const log = captureLog(child)
    try {
      await log.logged('ready')
      await walk(issuer, port)
    } finally {
      // A signal to strace is no signal to what it traces.
      if (child.exitCode === null) process.kill(serverPid(readFileSync(path, 'utf8')), 'SIGTERM')
      await endChild(child, 'SIGCONT')
    }
    trace = readFileSync(path, 'utf8')
  })

  test('name no address beyond the loopback network', () => {
    assert.deepEqual(foreignCalls(trace), [])
  })

  test('ask no name server', () => {
    assert.doesNotMatch(trace, /htons\(53\)|resolv|nscd/)
  })

  test('control: a connection to somebody else is seen', () => {
    const script =
      "require('net').connect(9, '192.0.2.1').on('error', () => {}); setTimeout(process.exit, 500)"
    const seen = foreignCalls(traceOf(process.execPath, '-e', script))

    assert.match(seen.join('\n'), /connect\(.*inet_addr\("192\.0\.2\.1"\)/)
  })

  test('control: a datagram to somebody else is seen', () => {
    const script = "require('dgram').createSocket('udp4').send('x', 9, '192.0.2.1', process.exit)"
    const seen = foreignCalls(traceOf(process.execPath, '-e', script))

    assert.match(seen.join('\n'), /send\w+\(.*inet_addr\("192\.0\.2\.1"\)/)
  })

  test('control: a look-up of a name is seen', () => {
    const script = "require('dns').lookup('nobody.example.test', () => process.exit())"
    const seen = traceOf(process.execPath, '-e', script)

    assert.match(seen, /htons\(53\)|nscd|resolv/)
  })

  test('control: a connection to this machine is seen and counts for nothing', () => {
    const script = "require('net').connect(9, '127.0.0.1').on('error', () => {})"
    const seen = traceOf(process.execPath, '-e', script)

    assert.match(seen, /connect\(.*inet_addr\("127\.0\.0\.1"\)/)
    assert.deepEqual(foreignCalls(seen), [])
  })
})

/** The server writes the first line of its trace; each begins with the id of a thread. */
function serverPid(trace: string): number {
  return Number(/^\d+/.exec(trace)?.[0])
}
