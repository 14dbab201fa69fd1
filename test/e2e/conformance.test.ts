// The conformance checks against our own server: all of them pass, and each of them fails when the
// one thing that it is there for is broken on the way.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { Options } from '../../scripts/conformance/deployment.ts'
import { checks, type Result, runChecks } from '../../scripts/conformance/run-checks.ts'
import {
  type Breaking,
  type BreakingProxy,
  openBreakingProxy,
  type Passing,
} from '../support/breaking-proxy.ts'
import { scopesOf, secretOf, seedClient, seedResource } from '../support/seed.ts'
import { passwordOf, seedUser } from '../support/seed-users.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

const resource = 'https://notes.test/mcp'

let proxy: BreakingProxy
let server: RunningServer

before(async () => {
  proxy = await openBreakingProxy()
  server = await startServer({
    environment: {
      AUTHPLANE_SERVER_ISSUER: proxy.url,
      AUTHPLANE_SERVER_ALLOWED_ORIGINS: 'https://inspector.invalid',
      AUTHPLANE_RATE_LIMIT_ENABLED: 'false',
      AUTHPLANE_DCR_MODE: 'open',
      AUTHPLANE_DCR_RATE_LIMIT: '0',
      AUTHPLANE_DPOP_REQUIRE_NONCE: 'true',
    },
    seed: async (services) => {
      await seedUser(services, 'ada', {})
      await seedClient(services, 'm2m', { scope: 'read' })
      await seedResource(services, 'notes', { uri: resource, scopes: scopesOf('read', 'write') })
    },
  })
  proxy.passTo(server.port)
})

after(async () => {
  await server.stop()
  await proxy.stop()
})

const optionsOf = (): Options => ({
  url: proxy.url,
  machine: { id: 'm2m', secret: secretOf('m2m') },
  app: null,
  person: { email: 'ada@example.test', password: passwordOf('ada') },
  resource,
  scope: null,
  origin: 'https://inspector.invalid',
  timeoutMs: 5000,
})

async function runOne(id: string): Promise<Result> {
  const check = checks.find((one) => one.id === id)
  assert.ok(check !== undefined, id)
  const [result] = await runChecks(optionsOf(), [check])
  assert.ok(result !== undefined)
  return result
}

/** Changes members of the JSON body of an answer; undefined removes one. */
function member(passing: Passing, change: Readonly<Record<string, unknown>>): void {
  passing.body = JSON.stringify({ ...JSON.parse(passing.body), ...change })
}

const onPath =
  (path: RegExp, breaking: Breaking): Breaking =>
  (passing) => {
    if (path.test(passing.path)) breaking(passing)
  }

const inMetadata = (change: Readonly<Record<string, unknown>>): Breaking =>
  onPath(/^\/\.well-known\/oauth-authorization-server/, (passing) => member(passing, change))

const atToken = (breaking: Breaking): Breaking => onPath(/^\/oauth\/token/, breaking)

/** Says yes where the server says no, with what it last said when it said yes. */
function forgiving(path: RegExp): Breaking {
  let yes: Pick<Passing, 'status' | 'body'> = { status: 200, body: '{"access_token":"any"}' }
  return onPath(path, (passing) => {
    if (passing.status < 400) yes = { status: passing.status, body: passing.body }
    else Object.assign(passing, yes)
  })
}

const forgivingToken = (): Breaking => forgiving(/^\/oauth\/token/)

/** What a broken deployment would do, by check; each is made anew for its test. */
const breakings: Readonly<Record<string, () => Breaking>> = {
  metadata: () =>
    onPath(/oauth-authorization-server/, (passing) => {
      passing.status = 404
    }),
  'metadata-issuer': () => inMetadata({ issuer: `${proxy.url}/` }),
  'metadata-openid-path': () =>
    onPath(/openid-configuration/, (passing) => member(passing, { token_endpoint: 'https://a/b' })),
  'metadata-endpoints': () => inMetadata({ revocation_endpoint: 'http://auth.test/revoke' }),
  'metadata-pkce': () => inMetadata({ code_challenge_methods_supported: ['S256', 'plain'] }),
  'metadata-response-types': () => inMetadata({ response_types_supported: ['code', 'token'] }),
  keys: () =>
    onPath(/jwks\.json/, (passing) => {
      const [key] = JSON.parse(passing.body).keys
      member(passing, { keys: [{ ...key, d: 'AQAB' }] })
    }),
  'protected-resource': () =>
    onPath(/oauth-protected-resource/, (passing) =>
      member(passing, { authorization_servers: ['https://other.test'] }),
    ),
  health: () =>
    onPath(/^\/ready/, (passing) => {
      passing.status = 503
    }),
  'cross-origin': () =>
    atToken(({ headers }) => {
      headers['access-control-allow-headers'] = 'content-type, authorization, dpop'
    }),
  'unsupported-grant': () =>
    atToken(({ headers }) => {
      headers['cache-control'] = 'public'
    }),
  'unknown-client': () =>
    atToken(({ headers }) => {
      headers['www-authenticate'] = undefined
    }),
  'repeated-parameter': () => atToken((passing) => member(passing, { error: 'invalid_client' })),
  'token-by-get': () =>
    atToken((passing) => {
      passing.status = 200
    }),
  'introspection-by-anybody': () =>
    onPath(/introspect/, (passing) => {
      passing.status = 200
      passing.body = '{"active":false}'
    }),
  'authorize-unknown-client': () => redirecting(),
  'authorize-redirect-uri': () => redirecting(),
  'authorize-without-pkce': () =>
    onPath(/^\/oauth\/authorize/, (passing) => {
      passing.status = 303
      passing.headers['location'] = '/login'
      passing.body = ''
    }),
  registration: () =>
    onPath(/register/, (passing) => member(passing, { token_endpoint_auth_method: 'none2' })),
  'registration-redirect-uri': () =>
    onPath(/register/, (passing) => {
      passing.status = passing.status === 400 ? 201 : 400
    }),
  'machine-token': () => atToken((passing) => member(passing, { refresh_token: 'r' })),
  'machine-wrong-secret': forgivingToken,
  'access-token': () =>
    atToken((passing) => {
      const token = String(JSON.parse(passing.body).access_token)
      member(passing, { access_token: token.replace(/.{8}$/, 'AAAAAAAA') })
    }),
  'access-token-audience': () => {
    // A token for no resource in particular, which is sound in every other way.
    return atToken((passing) => {
      passing.body = unboundToken
    })
  },
  'unknown-resource': forgivingToken,
  introspection: () => onPath(/introspect/, (passing) => member(passing, { active: true })),
  revocation: () =>
    onPath(/introspect/, (passing) => member(passing, { active: true, client_id: 'm2m' })),
  'dpop-token': () =>
    atToken((passing) => {
      const isAsked = passing.sent['dpop'] !== undefined
      if (isAsked) passing.body = unboundToken.replace('"Bearer"', '"DPoP"')
    }),
  'dpop-replay': forgivingToken,
  'dpop-other-url': forgivingToken,
  'dpop-other-method': forgivingToken,
  'dpop-old': forgivingToken,
  'dpop-nonce': () =>
    atToken(({ headers }) => {
      headers['dpop-nonce'] = undefined
    }),
  code: () => inRedirect((query) => query.set('state', 'another')),
  'code-issuer': () => inRedirect((query) => query.delete('iss')),
  'code-redemption': () =>
    atToken(({ headers }) => {
      headers['cache-control'] = 'private'
    }),
  'code-once': forgivingToken,
  'code-verifier': forgivingToken,
  'code-of-another': forgivingToken,
  'refresh-rotation': () =>
    atToken((passing) => {
      const presented = passing.form.get('refresh_token')
      if (presented !== null) member(passing, { refresh_token: presented })
    }),
  'refresh-reuse': forgivingToken,
  'refresh-scope': forgivingToken,
  'refresh-revocation': forgivingToken,
}

let unboundToken = ''

function redirecting(): Breaking {
  return onPath(/^\/oauth\/authorize/, (passing) => {
    passing.status = 303
    passing.headers['location'] = 'https://client.invalid/callback?error=invalid_request'
  })
}

/** Changes the query with which the browser is sent back to the client. */
function inRedirect(change: (query: URLSearchParams) => void): Breaking {
  return ({ headers }) => {
    const location = String(headers['location'] ?? '')
    if (!location.includes('/conformance/callback?')) return
    const url = new URL(location)
    change(url.searchParams)
    headers['location'] = url.href
  }
}

test('our own server passes every check, and none is left out', async () => {
  const results = await runChecks(optionsOf(), checks)

  const others = results.filter(({ outcome }) => outcome !== 'passed')
  assert.deepEqual(others, [])
  assert.ok(results.length >= 40, `${results.length} checks`)
})

describe('a check fails when what it is there for is broken', () => {
  before(async () => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'm2m',
      client_secret: secretOf('m2m'),
    })
    const answer = await fetch(`${proxy.url}/oauth/token`, { method: 'POST', body })
    unboundToken = await answer.text()
  })

  for (const { id } of checks) {
    test(id, async (t: TestContext) => {
      const breaking = breakings[id]
      assert.ok(breaking !== undefined, `${id} has no broken stand-in`)
      t.after(() => proxy.breaks(null))
      proxy.breaks(breaking())

      const { outcome, reason } = await runOne(id)

      assert.equal(outcome, 'failed', reason)
      assert.doesNotMatch(reason, /fetch failed|is not valid JSON/, 'it fails for its own reason')
    })
  }
})

describe('without what a check needs it is left out, and says what that is', () => {
  const bare: Partial<Options> = { machine: null, person: null, resource: null }
  const needs: Readonly<Record<string, RegExp>> = {
    'machine-token': /--client-id and --client-secret-file/,
    code: /--user and --password-file/,
    'protected-resource': /--resource/,
  }

  for (const [id, reason] of Object.entries(needs)) {
    test(id, async () => {
      const chosen = checks.filter((check) => check.id === id)

      const [result] = await runChecks({ ...optionsOf(), ...bare }, chosen)

      assert.equal(result?.outcome, 'left out')
      assert.match(result?.reason ?? '', reason)
    })
  }
})

describe('the command', () => {
  const script = join(import.meta.dirname, '../../scripts/conformance/run.ts')

  async function run(
    ...args: readonly string[]
  ): Promise<{ readonly status: unknown; readonly stdout: string; readonly stderr: string }> {
    const child = spawn(process.execPath, [script, ...args])
    const [stdout, stderr] = [child.stdout.toArray(), child.stderr.toArray()]
    const [status] = await once(child, 'close')
    const textOf = (chunks: readonly unknown[]): string =>
      Buffer.concat(chunks as Buffer[]).toString()
    return { status, stdout: textOf(await stdout), stderr: textOf(await stderr) }
  }

  test('prints a row for each check and exits with 0 when all is well', async () => {
    const { status, stdout } = await run('--url', proxy.url, '--only', 'metadata', '--only', 'code')

    assert.equal(status, 0)
    const [first, second, why, counts] = stdout.split('\n')
    assert.match(first ?? '', /^passed {4}metadata +RFC 8414 §3 +the metadata is served/)
    assert.match(second ?? '', /^left out {2}code +RFC 6749/)
    assert.equal(why?.trim(), 'needs --user and --password-file')
    assert.equal(counts, '1 passed, 0 failed, 1 left out')
  })

  test('reads secrets from files, writes JSON and exits with 1 when a check fails', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'authserver-conformance-'))
    t.after(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'secret')
    writeFileSync(path, `${secretOf('m2m')}\n`)
    const client = ['--client-id', 'm2m', '--client-secret-file', path]
    const chosen = ['--only', 'machine-token', '--only', 'metadata-issuer']

    const { status, stdout } = await run('--url', `${proxy.url}/`, ...client, ...chosen, '--json')

    assert.equal(status, 1)
    const report = JSON.parse(stdout)
    assert.equal(report.failed, 1)
    const outcomes = report.checks.map(({ id, outcome }: Result) => [id, outcome])
    assert.deepEqual(outcomes, [
      ['metadata-issuer', 'failed'],
      ['machine-token', 'passed'],
    ])
  })

  for (const args of [[], ['--url', 'x'], ['--url', 'http://a', '--user', 'b'], ['--nonsense']]) {
    test(`says how it is used after ${JSON.stringify(args)}`, async () => {
      const { status, stdout, stderr } = await run(...args)

      assert.equal(status, 64)
      assert.equal(stdout, '')
      assert.match(stderr, /usage: npm run conformance/)
    })
  }
})
