// Attack catalogue, group LK: what a server must not give away (spec 09).
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  type AttackTarget,
  basicOf,
  ccBody,
  issues,
  jsonOf,
  r1,
  startTarget,
} from '../support/attack.ts'
import { headerOf } from '../support/raw-http.ts'
import { secretOf } from '../support/seed.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

let target: AttackTarget

before(async () => {
  target = await startTarget({ environment: { AUTHPLANE_LOG_LEVEL: 'debug' } })
})

after(() => target.stop())

const innards =
  /\bat .*\.ts:|node_modules|node:internal|SQLITE|SELECT|no such table|\/work\/|\/tmp\//i

test('LK-01 a failing database shows nothing of itself', async () => {
  const own = await startTarget({})
  try {
    await issues(own, () => own.token(ccBody('conf', {})))
    own.execute('ALTER TABLE clients RENAME TO hidden_clients')
    const response = await own.token(ccBody('conf', {}))

    assert.equal(response.status, 503)
    assert.equal(jsonOf(response)['error'], 'temporarily_unavailable')
    assert.match(headerOf(response, 'retry-after') ?? '', /^\d+$/)
    assert.doesNotMatch(response.body, innards)

    own.execute('ALTER TABLE hidden_clients RENAME TO clients')
    await untilReady(own)
    await issues(own, () => own.token(ccBody('conf', {})))
  } finally {
    await own.stop()
  }
})

/** A storage actor that met a database it does not know is restarted; this waits until it is up. */
async function untilReady({ baseUrl }: RunningServer): Promise<void> {
  const deadlineMs = performance.now() + 10_000
  for (let status = 0; status !== 200; ) {
    assert.ok(performance.now() < deadlineMs, 'the server is ready again')
    const response = await fetch(`${baseUrl}/ready`)
    await response.arrayBuffer()
    status = response.status
  }
}

test('LK-01 no answer to a broken request shows a path, a stack or a version', async () => {
  const requests = [
    'GET /%ff HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET /errors/nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'rubbish\r\n\r\n',
    `POST /oauth/token HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`,
  ]
  for (const request of requests) {
    const { text } = await target.send(request)
    assert.doesNotMatch(text, innards)
    assert.doesNotMatch(text.replaceAll(target.issuer, ''), /\b\d+\.\d+\.\d+\b/)
  }
})

describe('LK-02 secrets in logs', () => {
  // Every file of this folder ends by searching its log for every secret that it sent or received;
  // here are the ways of sending one that the other files do not use.
  test('a secret sent in the wrong place is not logged', async () => {
    const canary = 'canary-secret-in-the-wrong-place'
    target.remember(canary)
    const head = 'HTTP/1.1\r\nHost: a\r\nConnection: close\r\n'
    await target.send(`GET /oauth/token?client_secret=${canary} ${head}\r\n`)
    await target.send(`GET /.well-known/jwks.json?token=${canary} ${head}\r\n`)
    await target.send(`GET /livez ${head}Authorization: Bearer ${canary}\r\n\r\n`)
    await target.send(`GET /livez ${head}Cookie: session=${canary}\r\n\r\n`)
    await target.send(`GET /livez ${head}DPoP: ${canary}\r\n\r\n`)
    await target.token(ccBody('conf', { client_secret: canary }))
    await target.token(ccBody('conf', { scope: canary }))
    await target.token(ccBody('conf', { resource: `https://x.test/${canary}` }))
    await target.token(ccBody('conf', { code: canary, refresh_token: canary, assertion: canary }))
    await target.token(ccBody('conf', {}), { Authorization: basicOf(`conf:${canary}`) })
    await target.token(`client_secret=${canary}&client_secret=${canary}`)
  })

  test('control: what is no secret is found by the same search', async () => {
    const visible = '/visible-canary-in-a-path'
    await target.send(`GET ${visible} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    await target.logContains(visible)

    assert.ok(target.log().includes(visible))
  })
})

test('LK-03 metrics have labels from closed sets and no ids', async () => {
  await issues(target, () => target.token(ccBody('conf', { resource: r1 })))
  await target.token(ccBody('nobody-of-this-name', {}))
  await target.send('GET /unheard-of-path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const metrics = await scrape()

  assert.match(metrics, /^authserver_tokens_issued_total\{grant_type="client_credentials"\} [1-9]/m)
  for (const text of ['conf', 'nobody-of', 'unheard-of', r1, '127.0.0.1', secretOf('conf')]) {
    assert.equal(metrics.includes(text), false, text)
  }
  for (const [line] of metrics.matchAll(/^[a-z_]+\{.*$/gm)) assert.ok(line.length < 300, line)
})

async function scrape(): Promise<string> {
  const url = `${target.adminUrl}/metrics`
  const open = await fetch(url)
  if (open.status === 200) return open.text()
  const headers = { authorization: `Bearer ${target.adminKey()}` }
  return (await fetch(url, { headers })).text()
}

describe('LK-05 diagnostics', () => {
  test('SIGUSR1 opens no inspector', async () => {
    target.signal('SIGUSR1')
    // The signal has been handled when the process answers the next request.
    await issues(target, () => target.token(ccBody('conf', {})))

    assert.equal(await isListening(9229), false)
    assert.doesNotMatch(target.log(), /Debugger listening/)
  })
})

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

describe('LK-09 and LK-06 a server that made everything itself', () => {
  const pepper = 'pepper-of-this-very-test-0123456789'
  let own: RunningServer

  before(async () => {
    own = await startServer({
      environment: { AUTHPLANE_CLIENT_SECRET_PEPPER: pepper, AUTHPLANE_LOG_LEVEL: 'debug' },
    })
  })
  after(() => own.stop())

  test('LK-09 has files that only their owner may read, in directories only he may enter', () => {
    const paths = readdirSync(own.dataDirectory, { recursive: true, encoding: 'utf8' })
    const names = new Set(paths)

    for (const name of ['authserver.db', 'admin.key', 'session.secret', 'keys/current.pem']) {
      assert.ok(names.has(name), `${name} exists`)
    }
    for (const path of ['.', ...paths]) {
      const status = statSync(join(own.dataDirectory, path))
      const mode = (status.mode & 0o777).toString(8)
      assert.equal(mode, status.isDirectory() ? '700' : '600', path)
    }
  })

  test('LK-06 keeps its generated keys out of its environment and its arguments', () => {
    const environment = readFileSync(`/proc/${own.pid}/environ`, 'utf8')
    const commandLine = readFileSync(`/proc/${own.pid}/cmdline`, 'utf8')

    for (const text of [environment, commandLine]) {
      assert.equal(text.includes(own.adminKey()), false)
    }
  })

  test('LK-06 does not log a secret of its environment', () => {
    assert.equal(own.log().includes(pepper), false)
  })
})
