// Attack catalogue, group LK, for what people's grants add (spec 09): failures, logs, and a copy of
// the database in the wrong hands. Every test of codes and refresh tokens ends by searching its log
// and its audit rows for the secrets it used (LK-02).
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { refused } from '../support/attack.ts'
import { openBrowser, signIn } from '../support/browser.ts'
import { authorizePath } from '../support/browser-walk.ts'
import {
  type GrantTarget,
  hashOf,
  pairOf,
  refreshForm,
  startGrantTarget,
} from '../support/grant-attack.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'
import { secretOf } from '../support/seed.ts'
import { passwordOf } from '../support/seed-users.ts'

let target: GrantTarget
const sessionCookie = 'authserver_session'

before(async () => {
  target = await startGrantTarget({})
})

after(() => target.stop())

const account = (id: string) => ({ email: `${id}@example.test`, password: passwordOf(id) })

describe('X-01 a copy of the database', () => {
  test('holds nothing that opens anything', async () => {
    const code = await target.code()
    const spent = await target.code()
    const { access, refresh } = pairOf(await target.token(spent.form))
    const browser = openBrowser(target.port, {})
    await signIn(browser, '/login', account('alice'))
    const session = browser.cookies.get(sessionCookie) ?? ''
    assert.ok(session.length > 20)

    const bytes = databaseBytes(target)

    const signature = access.slice(access.lastIndexOf('.') + 1)
    const secrets = [code.code, spent.code, refresh, signature, session, code.form['code_verifier']]
    const known = [secretOf('conf'), passwordOf('alice')]
    for (const secret of [...secrets, ...known]) {
      assert.ok(secret !== undefined && secret !== '')
      assert.equal(bytes.includes(secret), false)
    }
    for (const stored of [code.code, refresh].map(hashOf)) {
      assert.ok(bytes.includes(stored), 'control: the search finds what is stored')
    }
  })

  test('opens nothing by the hashes that it holds', async () => {
    const code = await target.code()
    const { refresh } = await target.tokens()
    const [client] = target.inline.rows("SELECT secret_hash FROM clients WHERE id = 'conf'")
    const [user] = target.inline.rows("SELECT password_hash FROM users WHERE id = 'alice'")
    const client_secret = String(client?.['secret_hash'])
    const machine = { grant_type: 'client_credentials', client_id: 'conf', client_secret }

    const asCode = { ...code.form, code: hashOf(code.code) }
    await refused(target, () => target.token(asCode), 'invalid_grant')
    await refused(target, () => target.token(refreshForm(hashOf(refresh))), 'invalid_grant')
    await refused(target, () => target.token(machine), 'invalid_client')
    const password = String(user?.['password_hash'])
    const answer = await signIn(openBrowser(target.port, {}), '/login', {
      ...account('alice'),
      password,
    })
    assert.equal(answer.status, 422)
  })
})

/** The database with its log, as a thief of files gets them. */
function databaseBytes({ inline }: GrantTarget): Buffer {
  const names = readdirSync(inline.directory).filter((name) => name.startsWith('authserver.db'))
  assert.ok(names.length > 0)
  return Buffer.concat(names.map((name) => readFileSync(join(inline.directory, name))))
}

const innards =
  /\bat .*\.ts:|node_modules|node:internal|SQLITE|SELECT|no such table|\/work\/|\/tmp\//i

describe('LK-01 a failing database shows nothing of itself', () => {
  let broken: GrantTarget
  const requests = new Map<string, () => Promise<RawResponse>>()

  before(async () => {
    broken = await startGrantTarget({})
    const { form } = await broken.code()
    const { refresh } = await broken.tokens()
    const path = authorizePath({ client_id: 'pub', redirect_uri: 'https://app.test/cb' })
    requests.set('a code', () => broken.token(form))
    requests.set('a refresh token', () => broken.refresh(refresh))
    requests.set('an authorize request', () => openBrowser(broken.port, {}).get(path))
    requests.set('a sign-in', () => signIn(openBrowser(broken.port, {}), '/login', account('bob')))
    assert.equal((await openBrowser(broken.port, {}).get(path)).status, 303, 'control')
    await broken.inline.stopActor('storage')
  })

  after(() => broken.stop())

  for (const name of ['a code', 'a refresh token', 'an authorize request', 'a sign-in']) {
    test(`to ${name}`, async () => {
      const response = await requests.get(name)?.()

      assert.ok(response !== undefined)
      assert.equal(response.status, 503, response.body)
      assert.doesNotMatch(response.body, innards)
      assert.equal(headerOf(response, 'cache-control'), 'no-store')
      assert.match(headerOf(response, 'retry-after') ?? '', /^\d+$/)
    })
  }
})

test('LK-02 secrets in the wrong places are neither logged nor audited', async () => {
  const canary = 'canary-of-a-grant-0123456789-abcdefghijklmn'
  const head = 'HTTP/1.1\r\nHost: auth.test\r\nConnection: close\r\n'
  const get = (path: string, more = '') => target.send(`GET ${path} ${head}${more}\r\n`)

  await get(`/oauth/authorize?client_id=pub&code=${canary}&state=${canary}`)
  await get(`/oauth/authorize?client_id=${canary}&client_secret=${canary}`)
  await get(`/consent?session_id=${canary}`)
  await get(`/login?redirect=${canary}`, `Cookie: ${sessionCookie}=${canary}\r\n`)
  for (const name of ['code', 'refresh_token', 'code_verifier', 'client_secret', 'token']) {
    await target.token({ grant_type: 'authorization_code', client_id: 'pub', [name]: canary })
    await target.token({ grant_type: 'refresh_token', client_id: 'pub', [name]: canary })
    await target.send(`POST /oauth/revoke?${name}=${canary} ${head}Content-Length: 0\r\n\r\n`)
  }
  await target.token((await target.code()).form, { DPoP: canary })

  const told = JSON.stringify([
    target.inline.lines,
    target.inline.rows('SELECT * FROM audit_events'),
  ])
  assert.equal(told.includes(canary), false)
  assert.ok(told.includes('/oauth/revoke'), 'control: the requests are logged')
})
