// Attack catalogue, group MD: metadata (spec 09, spec 01 §3.1).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AttackTarget, onlyResponse, startTarget, unharmed } from '../support/attack.ts'

let target: AttackTarget
const wellKnown = '/.well-known/oauth-authorization-server'

before(async () => {
  target = await startTarget({})
})

after(() => target.stop())

const get = async (path: string, host = 'auth.test', from = target) =>
  onlyResponse(
    await unharmed(from, () =>
      from.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    ),
  )

type Document = Readonly<Record<string, unknown>>

describe('MD-02 nothing is advertised that is not there', () => {
  const people = ['authorization_code', 'refresh_token']

  test('grants are those that answer', async () => {
    const document: Document = JSON.parse((await get(wellKnown)).body)

    assert.deepEqual(document['grant_types_supported'], [...people, 'client_credentials'])
    assert.deepEqual(document['response_types_supported'], ['code'])
    assert.deepEqual(document['code_challenge_methods_supported'], ['S256'])
    for (const grant of people) {
      const answer = await target.token(`grant_type=${grant}`)
      assert.notEqual(JSON.parse(answer.body)['error'], 'unsupported_grant_type')
    }
  })

  test('endpoints are those that answer', async () => {
    const document: Document = JSON.parse((await get(wellKnown)).body)
    const endpoints = Object.entries(document).filter(([name]) =>
      /_endpoint$|^jwks_uri$/.test(name),
    )

    assert.ok(endpoints.length >= 5)
    for (const [name, url] of endpoints) {
      const { pathname, origin } = new URL(String(url))
      assert.equal(origin, target.issuer)
      assert.notEqual((await get(pathname)).status, 404, name)
    }
  })

  test('what is off is not listed', async () => {
    const off = await startTarget({
      environment: {
        AUTHPLANE_CLIENT_CREDENTIALS_ENABLED: 'false',
        AUTHPLANE_DPOP_ENABLED: 'false',
        AUTHPLANE_CIMD_ENABLED: 'false',
      },
    })
    try {
      const document: Document = JSON.parse((await get(wellKnown, 'a', off)).body)
      assert.deepEqual(document['grant_types_supported'], people)
      assert.equal('dpop_signing_alg_values_supported' in document, false)
      assert.equal('client_id_metadata_document_supported' in document, false)
    } finally {
      await off.stop()
    }
  })

  test('introspection offers no method without a secret', async () => {
    const document: Document = JSON.parse((await get(wellKnown)).body)
    const methods = document['introspection_endpoint_auth_methods_supported'] ?? []

    assert.equal((methods as string[]).includes('none'), false)
  })
})

for (const host of ['evil.test', 'evil.test:1234', '127.0.0.1', 'a b', '']) {
  test(`MD-03 the Host "${host}" changes no URL`, async () => {
    const response = await get(wellKnown, host)
    if (response.status === 400) return

    assert.equal(response.body, (await get(wellKnown)).body)
  })
}

describe('MD-04 games with the path', () => {
  for (const path of [
    `${wellKnown}/x`,
    `${wellKnown}/`,
    `/${wellKnown}`,
    '/.well-known//oauth-authorization-server',
    '/.Well-Known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server.json',
    '/.well-known/',
    '/.well-known',
    `/x${wellKnown}`,
    `${wellKnown};x`,
    `${wellKnown}%2f`,
    '/.well-known/../.well-known/jwks.json',
  ]) {
    test(`${path} is not found`, async () => {
      assert.equal((await get(path)).status, 404)
    })
  }
})

test('MD-06 the members of the reference that apply are there, with their types', async () => {
  const document: Document = JSON.parse((await get(wellKnown)).body)
  const strings = [
    'issuer',
    'authorization_endpoint',
    'token_endpoint',
    'registration_endpoint',
    'revocation_endpoint',
    'introspection_endpoint',
    'jwks_uri',
  ]
  const lists = [
    'response_types_supported',
    'grant_types_supported',
    'token_endpoint_auth_methods_supported',
    'revocation_endpoint_auth_methods_supported',
    'code_challenge_methods_supported',
    'scopes_supported',
    'dpop_signing_alg_values_supported',
    'introspection_endpoint_auth_methods_supported',
  ]

  for (const name of strings) assert.equal(typeof document[name], 'string', name)
  for (const name of lists) assert.ok(Array.isArray(document[name]), name)
  assert.equal(document['resource_indicators_supported'], true)
  assert.equal(document['client_id_metadata_document_supported'], true)
  assert.equal(document['authorization_response_iss_parameter_supported'], true)
  assert.equal(document['authplane_agent_identity_supported'], true)
})

test('both well-known paths serve the same bytes', async () => {
  const openid = await get('/.well-known/openid-configuration')

  assert.equal(openid.body, (await get(wellKnown)).body)
})
