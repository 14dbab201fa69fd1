// Attack catalogue, group DR: dynamic client registration (spec 09, spec 01 §11).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type AttackTarget,
  ccBody,
  jsonOf,
  onlyResponse,
  r1,
  refused,
  startTarget,
  unharmed,
} from '../support/attack.ts'
import { headerOf } from '../support/raw-http.ts'
import { app, type RegistrationAttack, registrationAttack } from '../support/registration-attack.ts'

let target: AttackTarget
let attack: RegistrationAttack
let guarded: AttackTarget
let guardedAttack: RegistrationAttack

before(async () => {
  const unlimited = { AUTHPLANE_DCR_RATE_LIMIT: '0' }
  target = await startTarget({
    environment: { ...unlimited, AUTHPLANE_OAUTH_DEFAULT_CLIENT_SCOPE: 'tools/echo' },
  })
  guarded = await startTarget({
    environment: {
      AUTHPLANE_DCR_MODE: 'approved_redirects',
      AUTHPLANE_DCR_APPROVED_REDIRECTS: 'https://app.test/cb,http://127.0.0.1/cb',
      AUTHPLANE_DCR_RATE_LIMIT: '0.001',
      AUTHPLANE_DCR_RATE_LIMIT_BURST: '40',
    },
  })
  attack = registrationAttack(target)
  guardedAttack = registrationAttack(guarded)
})

after(async () => {
  await target.stop()
  await guarded.stop()
})

describe('DR-02 an unapproved redirect URI among approved ones', () => {
  test('control: approved ones are accepted', async () => {
    const uris = ['https://app.test/cb', 'http://127.0.0.1/cb']
    assert.deepEqual(
      (await guardedAttack.registers({ ...app, redirect_uris: uris }))['redirect_uris'],
      uris,
    )
  })

  for (const uri of ['https://evil.test/cb', 'https://app.test/cb/', 'https://app.test/cb?x=1']) {
    test(`${uri} is refused`, async () => {
      const document = { ...app, redirect_uris: ['https://app.test/cb', uri] }
      await guardedAttack.refusesBody(JSON.stringify(document), 'invalid_redirect_uri')
    })
  }
})

describe('DR-03 schemes that a browser runs or reads', () => {
  test('control: a scheme of an app is accepted', async () => {
    await attack.registers({ ...app, redirect_uris: ['com.example.app:/cb'] })
  })

  for (const uri of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'java%0ascript:alert(1)',
    'javascript://app.test/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.test/x',
    'about:blank',
    'ws://app.test/',
    'WSS://app.test/',
    'ftp://app.test/',
    'view-source:https://app.test/',
    'http://app.test/cb',
    'https://app.test/cb#x',
    'https://user@app.test/cb',
    'https://*.app.test/cb',
    'https:///cb',
    'cb',
  ]) {
    test(`${JSON.stringify(uri)} is refused, alone and beside a good one`, async () => {
      await attack.refuses({ ...app, redirect_uris: [uri] })
      await attack.refuses({ ...app, redirect_uris: ['https://app.test/cb', uri] })
    })
  }
})

describe('DR-05 the shape of the list', () => {
  for (const uris of [
    undefined,
    [],
    null,
    [null],
    'https://app.test/cb',
    { 0: 'https://app.test/cb' },
    [['https://app.test/cb']],
    [1e3],
    [''],
    Array.from({ length: 1000 }, () => 'https://app.test/cb'),
    Array.from({ length: 11 }, (_, at) => `https://app.test/${at}`),
    [`https://app.test/${'a'.repeat(10_240)}`],
  ]) {
    test(`${String(JSON.stringify(uris)).slice(0, 50)} is refused`, async () => {
      await attack.refuses({ ...app, redirect_uris: uris })
    })
  }
})

test('DR-06 grants that are unknown, old or switched off are refused', async () => {
  for (const grant of [
    'implicit',
    'password',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:device_code',
    'authorization_code ',
    'Authorization_Code',
    '__proto__',
    '',
  ]) {
    await attack.refuses({ ...app, grant_types: ['authorization_code', grant] })
  }
  await attack.refuses({ ...app, grant_types: [] })
  await attack.refuses({ ...app, grant_types: 'authorization_code' })
  await attack.refuses({ ...app, response_types: ['code', 'token'] })
})

test('DR-08 methods of authentication that are unknown are refused', async () => {
  for (const method of ['private_key_jwt', 'client_secret_jwt', 'tls_client_auth', 'None', 7, []]) {
    await attack.refuses({ ...app, token_endpoint_auth_method: method })
  }
})

describe('DR-09 mass assignment', () => {
  test('members that the server decides are not taken from the client', async () => {
    const client = await attack.registers({
      ...app,
      client_id: 'conf',
      client_secret: 'chosen',
      client_secret_expires_at: 1,
      client_id_issued_at: 1,
      scope: 'tools/query',
      status: 'revoked',
      registration_source: 'admin',
      source: 'admin',
      secret_hash: 's256$x',
      cimd_url: 'https://evil.test/x',
      created_at: 0,
      version: 7,
      is_admin: true,
      policy: { runtime: { client_ids: ['conf'] } },
    })

    assert.notEqual(client['client_id'], 'conf')
    assert.equal(client['client_secret'], undefined)
    assert.equal(client['scope'], 'tools/echo')
    const id = String(client['client_id'])
    const row = target.rows('SELECT * FROM clients WHERE id = ?', id)[0]
    assert.equal(row?.['status'], 'active')
    assert.equal(row?.['registration_source'], 'dcr')
    assert.equal(row?.['secret_hash'], '')
    assert.equal(row?.['cimd_url'], '')
    assert.equal(row?.['scope'], 'tools/echo')
    assert.equal(row?.['version'], 1)
  })
})

describe('DR-10 names of prototypes', () => {
  for (const body of [
    '{"__proto__":{"client_name":"Evil","redirect_uris":["https://evil.test/cb"]}}',
    '{"constructor":{"prototype":{"client_name":"Evil"}},"redirect_uris":["https://evil.test/cb"]}',
    '{"client_name":"Evil","redirect_uris":{"__proto__":["https://evil.test/cb"]}}',
  ]) {
    test(`${body.slice(0, 30)} gives nothing to its object or to others`, async () => {
      await attack.refusesBody(body, 'invalid_client_metadata')
      await attack.refuses({ redirect_uris: ['https://app.test/cb'] })
      await attack.refuses({})
    })
  }

  test('beside a good document they are ignored', async () => {
    const response = await attack.post(
      '{"__proto__":{"agent":true},"client_name":"App","redirect_uris":["https://app.test/cb"]}',
    )

    assert.equal(response.status, 201)
    assert.equal(jsonOf(response)['agent'], undefined)
    assert.equal((await attack.registers(app))['agent'], undefined)
  })
})

test('DR-11 URIs in metadata are neither kept nor followed', async () => {
  for (const uri of ['javascript:alert(1)', `${target.adminUrl}/admin/clients`]) {
    const uris = { logo_uri: uri, tos_uri: uri, client_uri: uri, jwks_uri: uri, policy_uri: uri }
    const client = await attack.registers({ ...app, ...uris })

    assert.equal(JSON.stringify(client).includes(uri), false)
    const row = target.rows('SELECT * FROM clients WHERE id = ?', String(client['client_id']))
    assert.equal(JSON.stringify(row).includes(uri), false)
  }
})

describe('DR-12 names', () => {
  test('markup stays text', async () => {
    const name = '<img src=x onerror=alert(1)>'
    const response = await attack.post(JSON.stringify({ ...app, client_name: name }))

    assert.equal(response.status, 201)
    assert.equal(headerOf(response, 'content-type'), 'application/json')
    assert.equal(headerOf(response, 'x-content-type-options'), 'nosniff')
  })

  for (const name of [
    '\u202egpj.exe',
    '\u2066x\u2069',
    'a\nb',
    'a\u0000b',
    'a\u2028b',
    '   ',
    '\ud800',
    'x'.repeat(256),
    'x'.repeat(10_240),
    7,
    ['App'],
  ]) {
    test(`${JSON.stringify(name).slice(0, 30)} is refused`, async () => {
      const response = await attack.refuses({ ...app, client_name: name })
      const { error_description: told } = jsonOf(response)
      assert.match(String(told), /^[\x20-\x7e]{1,4096}$/)
    })
  }
})

test('DR-13 an agent cannot describe itself without end', async () => {
  const fitting = { ...app, agent: true, agent_description: 'x'.repeat(255) }
  assert.equal((await attack.registers(fitting))['agent'], true)

  await attack.refuses({ ...fitting, agent_description: 'x'.repeat(256) })
  await attack.refuses({ ...fitting, agent: 'yes' })
})

describe('DR-17 the secret', () => {
  test('is in the answer, and nowhere afterwards', async () => {
    const body = JSON.stringify({ ...app, token_endpoint_auth_method: 'client_secret_basic' })
    const response = await attack.post(body)
    const { client_id: id, client_secret: secret } = jsonOf(response)

    assert.equal(headerOf(response, 'cache-control'), 'no-store')
    assert.ok(typeof secret === 'string' && /^[\w-]{43}$/.test(secret))
    target.remember(secret)
    for (const table of ['clients', 'audit_events']) {
      assert.equal(JSON.stringify(target.rows(`SELECT * FROM ${table}`)).includes(secret), false)
    }
    const view = await fetch(`${target.adminUrl}/admin/clients/${id}`, {
      headers: { authorization: `Bearer ${target.adminKey()}` },
    })
    assert.equal(view.status, 200)
    assert.equal((await view.text()).includes(secret), false)
  })
})

test('DR-18 an existing client cannot be taken over', async () => {
  const first = await attack.registers(app)
  const before = target.rows('SELECT * FROM clients WHERE id = ?', String(first['client_id']))

  const second = await attack.registers({ ...app, client_id: first['client_id'] })

  assert.notEqual(second['client_id'], first['client_id'])
  const row = target.rows('SELECT * FROM clients WHERE id = ?', String(first['client_id']))
  assert.deepEqual(row, before)
})

test('DR-19 a registration cannot be read, changed or deleted by its path', async () => {
  const { client_id: id } = await attack.registers(app)
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'POST']) {
    for (const path of [`/oauth/register/${id}`, '/oauth/register']) {
      if (method === 'POST' && path === '/oauth/register') continue
      const head = `${method} ${path} HTTP/1.1\r\nHost: auth.test\r\nConnection: close`
      const request = `${head}\r\nAuthorization: Bearer x\r\n\r\n`
      const { status } = onlyResponse(await unharmed(target, () => target.send(request)))
      assert.ok(status === 404 || status === 405, `${method} ${path}: ${status}`)
    }
  }
  assert.equal(target.rows('SELECT id FROM clients WHERE id = ?', String(id)).length, 1)
})

test('DR-20 a software statement says nothing', async () => {
  const claims = Buffer.from('{"scope":"tools/query","client_name":"Trusted"}').toString(
    'base64url',
  )
  const statement = `eyJhbGciOiJub25lIn0.${claims}.`

  const client = await attack.registers({ ...app, software_statement: statement })

  assert.equal(client['client_name'], 'App')
  assert.equal(client['scope'], 'tools/echo')
  assert.equal(client['software_statement'], undefined)
})

describe('DR-21 and CC-04 a machine client for free', () => {
  test('has no ceiling, and so no scope and no resource', async () => {
    const client = await attack.registers({
      client_name: 'Robot',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
      scope: 'tools/echo',
    })
    const credentials = {
      client_id: String(client['client_id']),
      client_secret: String(client['client_secret']),
    }

    assert.equal(client['scope'], undefined)
    for (const asked of [{ scope: 'tools/echo' }, { resource: r1 }]) {
      const body = ccBody('m2m', { ...credentials, ...asked })
      await refused(target, () => target.token(body), 'invalid_scope')
    }
  })

  test('is not to be had by adding the grants of people', async () => {
    const client = await attack.registers({
      ...app,
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
    })

    assert.equal(client['scope'], undefined)
  })
})

test('DR-23 an id never looks like the URL of a document', async () => {
  for (let round = 0; round < 20; round += 1) {
    assert.match(String((await attack.registers(app))['client_id']), /^[\w-]{22}$/)
  }
})

// Last: it uses up what this address may send.
test('a flood of registrations from one address is slowed down, and nothing else', async () => {
  let response = await guardedAttack.post(JSON.stringify(app))
  for (let round = 0; round < 60 && response.status !== 429; round += 1) {
    response = await guardedAttack.post(JSON.stringify(app))
  }

  assert.equal(response.status, 429)
  assert.equal(jsonOf(response)['error'], 'slow_down')
  assert.equal(headerOf(response, 'retry-after'), '1')
  assert.equal((await guarded.token(ccBody('m2m', {}))).status, 200)
})
