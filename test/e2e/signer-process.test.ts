// A server whose signer is a process of its own (decision 19): what operators and clients may
// expect of it, and that the serving process does not hold the private key.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { limits } from '../../src/base/limits.ts'
import { hardenedFlags } from '../../src/boot/signer-process.ts'
import { childrenOf, goneProcess, openFilesOf } from '../support/child-processes.ts'
import { scalarOf, scanMemory } from '../support/scan-memory.ts'
import { type RunningServer, type StartOptions, startServer } from '../support/start-server.ts'
import { runCommand } from './run-command.ts'
import { askOnce, type Load, seedLoad, startLoad, unlimited } from './token-load.ts'
import { assertAllStored } from './token-rows.ts'

const environment = { ...unlimited, AUTHPLANE_ACTORS_SIGNER_ISOLATION: 'process' }

async function withServer(
  options: StartOptions,
  work: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer({ seed: seedLoad, ...options })
  try {
    await work(server)
  } finally {
    await server.stop()
  }
}

function signerOf({ pid }: RunningServer): number {
  const [signer, ...others] = childrenOf(pid)
  assert.ok(signer !== undefined, 'the server has a child process')
  assert.deepEqual(others, [])
  return signer
}

function currentScalar({ dataDirectory }: RunningServer): Buffer {
  return scalarOf(readFileSync(join(dataDirectory, 'keys', 'current.pem'), 'utf8'))
}

async function publishedKids({ baseUrl }: RunningServer): Promise<readonly string[]> {
  const response = await fetch(`${baseUrl}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { readonly keys: readonly { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

async function signingKid(server: RunningServer): Promise<string> {
  const { jwt } = await askOnce(server.port)
  return String(decodeProtectedHeader(jwt ?? '').kid)
}

/** Fails unless every answer is a token, or a refusal that says when to come again. */
function assertHonest({ answers, failures }: Load): void {
  assert.deepEqual(failures, [])
  assert.deepEqual(
    answers.filter(
      ({ status, jwt, retryAfter }) =>
        !(status === 200 && jwt !== null) && !(status === 503 && retryAfter === '1'),
    ),
    [],
  )
}

describe('a signer in a process of its own', () => {
  let server: RunningServer
  let firstScalar: Buffer

  before(async () => {
    server = await startServer({ seed: seedLoad, environment })
    firstScalar = currentScalar(server)
  })
  after(() => server.stop())

  test('makes tokens that verify with the published keys', async () => {
    const { jwt } = await askOnce(server.port)
    const response = await fetch(`${server.baseUrl}/.well-known/jwks.json`)
    const keys = createLocalJWKSet((await response.json()) as never)

    await jwtVerify(jwt ?? '', keys, { issuer: server.issuer })
  })

  test('shows nothing of its configuration in its arguments or its environment', () => {
    const pid = signerOf(server)
    const visible = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`))

    assert.match(String(visible[0]), /^authserver-signer/)
    assert.doesNotMatch(String(visible), /127\.0\.0\.1|keys|AUTHPLANE/)
  })

  test('has no socket but its connection, and no file of the database', () => {
    const files = openFilesOf(signerOf(server))
    const sockets = files.filter((file) => file.startsWith('socket:'))
    const inet = ['tcp', 'tcp6', 'udp'].map((name) => readFileSync(`/proc/net/${name}`, 'utf8'))

    // Descriptor 2, its last words, is a socket pair as well.
    assert.equal(sockets.length, 2)
    for (const socket of sockets) {
      const inode = socket.replaceAll(/\D/g, '')
      assert.doesNotMatch(inet.join(), new RegExp(`\\s${inode}\\s`))
    }
    assert.deepEqual(
      files.filter((file) => file.startsWith(server.dataDirectory)),
      [],
    )
  })

  test('rotates under load: by the admin API, by a command beside it, and by SIGHUP', async () => {
    const firstKid = await signingKid(server)
    const load = startLoad(server.port)
    await load.tokens(200)
    const rotated = await fetch(`${server.adminUrl}/admin/keys/rotate?force=true`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.adminKey()}` },
    })
    const { kid } = (await rotated.json()) as { readonly kid: string }
    assert.equal(await signingKid(server), kid)

    const command = await runCommand(['admin', 'key', 'rotate', '--force'], {
      environment: server.environment,
    })
    assert.equal(command.status, 0, command.stderr)
    const known = [firstKid, kid]
    await load.saw(
      ({ jwt }) => jwt !== null && !known.includes(String(decodeProtectedHeader(jwt).kid)),
    )
    const kids = await publishedKids(server)
    assert.ok(kids.includes(kid) && kids.includes(await signingKid(server)), `${kids}`)

    server.signal('SIGHUP')
    await server.logged('SIGHUP received')
    await load.tokens(load.answers.length + 200)
    await load.stop()
    assert.deepEqual(load.failures, [])
    assert.ok(load.answers.every(({ status }) => status === 200))
  })

  test('the serving process holds no form of any key, the signer does', (t) => {
    const scalars = [firstScalar, currentScalar(server)]
    let signer: ReturnType<typeof scanMemory>
    try {
      signer = scanMemory(signerOf(server), scalars)
    } catch (error) {
      return t.skip(`memory of other processes cannot be read: ${error}`)
    }
    const front = scanMemory(server.pid, scalars)

    assert.ok(signer.hits >= 1, 'control: the scanner finds the key where it is used')
    assert.ok(front.bytes > 50e6, `only ${front.bytes} bytes were read`)
    assert.deepEqual(front.forms, [])
  })

  test('SIGTERM and SIGINT to the signer do not end it', async () => {
    const pid = signerOf(server)
    process.kill(pid, 'SIGTERM')
    process.kill(pid, 'SIGINT')

    assert.equal((await askOnce(server.port)).status, 200)
    assert.equal(signerOf(server), pid)
  })

  // A hang is found after 800 ms without an answer to the probe.
  for (const [signal, backMsMax] of [
    ['SIGKILL', 1000],
    ['SIGSTOP', 3000],
  ] as const) {
    test(`${signal} under load: refusals for a moment, then a new one`, async () => {
      const pid = signerOf(server)
      const load = startLoad(server.port)
      await load.tokens(200)
      process.kill(pid, signal)
      const startMs = performance.now()
      await load.saw(({ status }) => status === 503)
      const refusedMs = performance.now()
      const back = await load.saw(({ status, atMs }) => status === 200 && atMs > refusedMs)
      await load.stop()

      const lastedMs = back.atMs - startMs
      assert.ok(lastedMs <= backMsMax, `out of order for ${Math.round(lastedMs)} ms`)
      assertHonest(load)
      assertAllStored(server, load.answers)
      await goneProcess(pid)
      assert.notEqual(signerOf(server), pid)
    })
  }
})

test('a signal to all processes of the service stops it with no request lost', () =>
  withServer({ environment }, async (server) => {
    const pid = signerOf(server)
    const load = startLoad(server.port)
    await load.tokens(200)
    process.kill(pid, 'SIGTERM')
    const status = await server.terminate()
    await load.stop()

    assert.equal(status, 0)
    assert.ok(load.answers.every((answer) => answer.status === 200))
    assert.doesNotMatch(server.log(), /actor crashed|did not stop in time/)
    await goneProcess(pid)
  }))

test('the signer ends when the server is killed', () =>
  withServer({ environment }, async (server) => {
    const pid = signerOf(server)

    await server.kill()

    await goneProcess(pid)
  }))

test('a relative key directory is below the directory of the server', () =>
  withServer(
    { environment: { ...environment, AUTHPLANE_SIGNING_KEY_PATH: 'data/keys' } },
    async (server) => {
      const kid = readFileSync(join(server.dataDirectory, 'keys', 'current.kid'), 'utf8')
      assert.equal(await signingKid(server), kid.trim())
    },
  ))

test('the server gives up with status 70 when the signer ends again and again', () =>
  withServer({ environment }, async (server) => {
    for (let crashes = 1; crashes <= limits.restartsMax + 1; crashes += 1) {
      process.kill(signerOf(server), 'SIGKILL')
      if (crashes > limits.restartsMax) break
      await restarts(server, crashes)
    }

    assert.equal(await server.ended(), 70)
    assert.match(server.log(), /"actor":"signer"[^\n]*"msg":"actor crashed too often"/)
  }))

/** Resolves when the signer was restarted this many times. */
async function restarts(server: RunningServer, count: number): Promise<void> {
  while (server.log().split('"msg":"actor restarted"').length <= count) {
    await askOnce(server.port)
  }
}

test('control: with a signer in a thread, the one process holds the key', (t) =>
  withServer({ environment: unlimited }, async (server) => {
    assert.deepEqual(childrenOf(server.pid), [])
    try {
      assert.ok(scanMemory(server.pid, [currentScalar(server)]).hits >= 1)
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      t.skip(`memory of other processes cannot be read: ${error}`)
    }
  }))

describe('what the flags of the process take away', () => {
  for (const [what, code, refusal] of [
    ['code from text', `(0, eval)('1')`, /Code generation from strings disallowed/],
    ['native addons', `process.dlopen({ exports: {} }, 'x.node')`, /ERR_DLOPEN_DISABLED/],
    ['changing the language', `'use strict'; Array.prototype.map = 1`, /read.only/],
    ['prototypes by name', `({}).__proto__`, /ERR_PROTO_ACCESS/],
  ] as const) {
    test(what, () => {
      const run = (flags: readonly string[]) =>
        spawnSync(process.execPath, [...flags, '--eval', code], { encoding: 'utf8' })

      assert.match(run(hardenedFlags).stderr, refusal)
      assert.doesNotMatch(run([]).stderr, refusal)
    })
  }
})
