// Attack catalogue, group AZ, and the rows of PK that concern the authorize request (spec 09).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AttackTarget, r1, r2, unharmed } from '../support/attack.ts'
import {
  alice,
  az,
  begun,
  callback,
  evilCallback,
  refusedByPage,
  refusedByRedirect,
  signedInBrowser,
  startAuthorizeTarget,
} from '../support/authorize-attack.ts'
import { type Browser, openBrowser } from '../support/browser.ts'
import {
  answerConsent,
  authorizePath,
  clientAnswer,
  openConsent,
  tickedScopes,
  walkToClient,
} from '../support/browser-walk.ts'
import { headerOf } from '../support/raw-http.ts'

let target: AttackTarget
let browser: Browser

before(async () => {
  target = await startAuthorizeTarget({})
  target.execute(`INSERT INTO broker_providers (id, slug, display_name, protocol, created_at,
    updated_at) VALUES ('p1', 'p1', 'P', 'oauth', '', '')`)
  target.execute(`INSERT INTO resources (id, slug, display_name, uri, uri_key, uri_path,
      backend_kind, broker_provider_id, scopes, policy, created_at, updated_at)
    SELECT 'b1', 'b1', display_name, 'https://b1.test', 'https://b1.test', '', 'broker', 'p1',
      scopes, policy, created_at, updated_at FROM resources WHERE slug = 'r1'`)
  browser = await signedInBrowser(target, alice)
})

after(() => target.stop())

async function page(path: string): Promise<void> {
  await refusedByPage(target, () => browser.get(path), 400)
}

async function told(path: string, code: string): Promise<void> {
  const expected = { code, redirectUri: callback }
  await refusedByRedirect(target, () => browser.get(path), expected)
}

test('control: the request without a fault gets its code', async () => {
  const { members } = await walkToClient(browser, az({}), alice)
  assert.match(members.get('code') ?? '', /^[\w-]{43}$/)
  target.remember(members.get('code') ?? '')
})

describe('AZ-01 implicit and hybrid', () => {
  for (const type of ['token', 'id_token', 'code token', 'code id_token', 'none', 'TOKEN']) {
    test(`response_type=${type} is refused by a page`, () => page(az({ response_type: type })))
  }
})

test('AZ-02 a missing response type is refused', () => page(az({ response_type: null })))

describe('AZ-03 duplicate parameters', () => {
  for (const name of [
    'client_id',
    'state',
    'scope',
    'code_challenge',
    'code_challenge_method',
    'response_type',
  ]) {
    test(`${name} twice is refused by a page`, () => page(`${az({})}&${name}=x`))
  }
})

describe('AZ-04 wrong method', () => {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    test(`${method} is not allowed`, async () => {
      const answer = await fetch(target.baseUrl + az({}), { method, redirect: 'manual' })
      assert.equal(answer.status, 405)
      assert.match(answer.headers.get('allow') ?? '', /GET/)
    })
  }
})

test('AZ-05 a scope outside of resource or ceiling is refused', async () => {
  await told(az({ scope: 'tools/admin' }), 'invalid_scope')
  await told(az({ scope: 'tools/query', resource: r2 }), 'invalid_scope')
})

test('AZ-07 without a scope a client is asked for within catalogue and ceiling (B5)', async () => {
  const asked = tickedScopes(await openConsent(browser, az({ scope: null, resource: r2 }), alice))
  assert.deepEqual(asked, ['tools/echo'])
})

test('AZ-07 where a scope is required, none is refused', async () => {
  const strict = await startAuthorizeTarget({
    environment: { AUTHPLANE_OAUTH_REQUIRE_SCOPE: 'true' },
  })
  try {
    const own = await signedInBrowser(strict, alice)
    await refusedByRedirect(strict, () => own.get(az({ scope: null })), {
      code: 'invalid_scope',
      redirectUri: callback,
    })
    assert.equal(headerOf(await own.get(az({})), 'location')?.startsWith('/consent'), true)
  } finally {
    await strict.stop()
  }
})

test('AZ-08 an unknown resource is refused by a page', () =>
  page(az({ resource: 'https://nope.test' })))

describe('AZ-09 malformed resource', () => {
  for (const resource of [
    `${r1}#frag`,
    'mcp1.test/mcp',
    '/mcp',
    'javascript:x',
    'https://user@mcp1.test/mcp',
    `${r1}\\`,
    `${r1}/../mcp`,
  ]) {
    test(`${resource} is refused by a page`, () => page(az({ resource })))
  }
})

test('AZ-10 a brokered resource is refused by a page', () =>
  page(az({ resource: 'https://b1.test' })))

test('AZ-11 of several resources the first counts (B10)', async () => {
  const path = `${az({ resource: r1, client_id: 'other' })}&resource=${encodeURIComponent(r2)}`
  const answer = await walkToClient(browser, path, alice)
  assert.ok(answer.members.has('code'))
  const [row] = target.rows('SELECT resource FROM auth_sessions ORDER BY created_at DESC LIMIT 1')
  assert.equal(row?.['resource'], r1)
})

describe('AZ-13 response_mode', () => {
  for (const mode of ['fragment', 'form_post', 'web_message', 'query.jwt']) {
    test(`${mode} changes nothing: the answer is in the query`, async () => {
      const answer = await walkToClient(browser, az({ response_mode: mode }), alice)
      assert.equal(answer.target, callback)
      assert.equal(answer.location.includes('#'), false)
    })
  }
})

test('AZ-14 prompt=none without a session gets sign-in and no code', async () => {
  const nobody = openBrowser(target.port, {})
  const before = begun(target)
  const answer = await unharmed(target, () => nobody.get(az({ prompt: 'none' })))
  assert.equal(answer.status, 303)
  assert.match(headerOf(answer, 'location') ?? '', /^\/login\?redirect=/)
  assert.equal(begun(target), before)
})

describe('AZ-15 the server as open redirector', () => {
  const evil = { client_id: 'evil', redirect_uri: evilCallback }
  for (const fault of [
    { scope: 'tools/admin' },
    { code_challenge: null },
    { code_challenge_method: 'plain' },
  ]) {
    test(`${JSON.stringify(fault)} sends nobody away who is not signed in`, async () => {
      const nobody = openBrowser(target.port, {})
      const answer = await refusedByPage(target, () => nobody.get(az({ ...evil, ...fault })), 400)
      assert.match(answer.body, /href="https:\/\/evil\.test\/cb\?error=/)
    })
  }

  test("control: who is signed in is sent there, as is an operator's client", async () => {
    const nobody = openBrowser(target.port, {})
    const fault = { scope: 'tools/admin' }
    await refusedByRedirect(target, () => browser.get(az({ ...evil, ...fault })), {
      code: 'invalid_scope',
      redirectUri: evilCallback,
    })
    await refusedByRedirect(target, () => nobody.get(az(fault)), {
      code: 'invalid_scope',
      redirectUri: callback,
    })
  })
})

test('AZ-17 every answer names the issuer once, and the metadata say so', async () => {
  const { members } = await walkToClient(browser, az({}), alice)
  assert.equal(members.get('iss'), target.issuer)
  await told(az({ scope: 'tools/admin' }), 'invalid_scope')
  const answer = await fetch(`${target.baseUrl}/.well-known/oauth-authorization-server`)
  const metadata = (await answer.json()) as Readonly<Record<string, unknown>>
  assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
  assert.equal(metadata['authorization_endpoint'], `${target.issuer}/oauth/authorize`)
})

test('AZ-18 all redirects after a POST are 303', async () => {
  for (const action of ['allow', 'deny'] as const) {
    const loop = { client_id: 'loop', redirect_uri: 'http://127.0.0.1:9/cb' }
    const asked = await openConsent(browser, az(loop), alice)
    assert.equal((await answerConsent(browser, asked, { action, scopes: null })).status, 303)
  }
})

test('AZ-20 no header about hosts changes where anything leads', async () => {
  const poison = {
    Host: 'evil.test',
    'X-Forwarded-Host': 'evil.test',
    'X-Forwarded-Proto': 'https',
    Forwarded: 'host=evil.test',
  }
  const poisoned = openBrowser(target.port, poison)
  const first = await poisoned.get(az({}))
  assert.match(headerOf(first, 'location') ?? '', /^\/login\?redirect=/)
  for (const [name, value] of browser.cookies) poisoned.cookies.set(name, value)
  const { location, members } = await walkToClient(poisoned, az({}), alice)
  assert.equal(members.get('iss'), target.issuer)
  assert.equal(location.includes('evil.test'), false)
})

test('AZ-22 an unknown parameter is ignored', async () => {
  const { members } = await walkToClient(browser, az({ foo: 'bar', nonce: 'n' }), alice)
  assert.ok(members.has('code'))
})

test('a client that is not registered for codes is told so (D10)', async () => {
  const path = authorizePath({ client_id: 'm2m', redirect_uri: callback })
  await page(path)
  target.execute(`UPDATE clients SET redirect_uris = '["${callback}"]' WHERE id = 'm2m'`)
  await told(path, 'unauthorized_client')
})

describe('PK at the authorize request', () => {
  const rows: readonly (readonly [row: string, change: Readonly<Record<string, string | null>>])[] =
    [
      ['PK-01 no challenge', { code_challenge: null }],
      ['PK-01 no challenge, confidential', { client_id: 'secretive', code_challenge: null }],
      ['PK-02 plain', { code_challenge_method: 'plain' }],
      ['PK-03 method omitted', { code_challenge_method: null }],
      ['PK-04 method in lower case', { code_challenge_method: 's256' }],
      ['PK-04 unknown method', { code_challenge_method: 'S512' }],
      ['PK-04 method with a space', { code_challenge_method: 'S256 ' }],
      ['PK-05 42 characters', { code_challenge: 'c'.repeat(42) }],
      ['PK-05 44 characters', { code_challenge: 'c'.repeat(44) }],
      ['PK-05 129 characters', { code_challenge: 'c'.repeat(129) }],
      ['PK-05 padding', { code_challenge: `${'c'.repeat(42)}=` }],
      ['PK-05 plus', { code_challenge: `${'c'.repeat(42)}+` }],
      ['PK-05 slash', { code_challenge: `${'c'.repeat(42)}/` }],
      ['PK-10 a flow without a challenge never starts', { code_challenge: '' }],
    ]
  for (const [name, change] of rows) {
    test(name, () => told(az(change), 'invalid_request'))
  }

  test('control: a confidential client with a challenge is asked', async () => {
    await openConsent(browser, az({ client_id: 'secretive' }), alice)
  })

  test('control: the answer to a consent page is a redirect to its client', async () => {
    const asked = await openConsent(browser, az({ client_id: 'secretive' }), alice)
    const answer = await answerConsent(browser, asked, { action: 'allow', scopes: null })
    assert.ok(clientAnswer(answer).members.has('code'))
  })
})
