// Doubtful but accepted configuration (spec 06 §3.1, §7; 00 B20).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findRegistrationDoubts } from '../../../src/config/doubts.ts'
import { keylessVariables } from '../../../src/config/special-names.ts'
import { evaluate, load, production, strong, type Variables } from './sources.ts'

function problems(yaml: string | null, environment: Variables, mode = 0o600): readonly string[] {
  return load(yaml, environment, mode).warnings.map(
    ({ key, problem, remedy }) => `${key}: ${problem}; ${remedy}`,
  )
}

test('names an unknown key and the nearest valid one, once per key', () => {
  const yaml = `server:
  adress: ":1"
  issuer: http://localhost:9000
rate_limits:
  burst: 3
  enabled: true
api_key: x
zzzzzz: 1
server.issuer: https://x.example
`
  assert.deepEqual(problems(yaml, {}), [
    'rate_limits: unknown configuration key; the nearest key is rate_limit',
    'api_key: unknown configuration key; the nearest key is admin.api_key',
    'zzzzzz: unknown configuration key; remove it',
    '"server.issuer": unknown configuration key; the nearest key is server.issuer',
    'server.adress: unknown configuration key; the nearest key is server.address',
  ])
})

test('says nothing about variables that belong to no key', () => {
  const variables = Object.fromEntries(keylessVariables.map((name) => [name, '']))

  assert.deepEqual(problems(null, variables), [])
})

test('says nothing about variables that the configuration names', () => {
  const yaml = `oidc:
  client_secret_ref: AUTHPLANE_VAULT_OIDC
data_encryption:
  aes_master:
    key_env: AUTHPLANE_OUR_KEY
`
  const variables = { AUTHPLANE_VAULT_OIDC: 'a', AUTHPLANE_OUR_KEY: 'b' }

  assert.deepEqual(problems(yaml, variables), [])
  assert.match(problems(null, variables).join(), /^AUTHPLANE_OUR_KEY: unknown/)
})

test('names an unknown variable and the nearest one, but no service links', () => {
  const found = problems(null, {
    AUTHPLANE_SERVER_ISUER: 'https://x.example',
    AUTHPLANE_SERVICE_HOST: '10.0.0.1',
    AUTHPLANE_PORT_9000_TCP: 'tcp://10.0.0.1:9000',
    AUTHPLANE_SERVER_PORT: 'tcp://10.0.0.2:9000',
    AUTHPLANE_ADMIN_PORT: '9001',
    AUTHPLANE_VAULT_GITHUB: 'secret of an upstream',
    AUTHPLANE_VAULT_TOKN: 'x',
  })

  assert.deepEqual(found, [
    'AUTHPLANE_SERVER_ISUER: unknown configuration variable; ' +
      'the nearest variable is AUTHPLANE_SERVER_ISSUER',
    'AUTHPLANE_ADMIN_PORT: unknown configuration variable; unset it',
    'AUTHPLANE_VAULT_TOKN: unknown configuration variable; ' +
      'the nearest variable is AUTHPLANE_VAULT_TOKEN',
  ])
})

test('warns about a switch that says neither yes nor no, which is false', () => {
  const { config, warnings } = load(null, { AUTHPLANE_RATE_LIMIT_ENABLED: 'on' })

  assert.equal(config.rateLimit.enabled, false)
  assert.ok(warnings.some(({ key }) => key === 'rate_limit.enabled'))
})

test('warns about a file that holds a secret and that others may read', () => {
  const yaml = `session:\n  secret: ${strong}\nadmin:\n  api_key: ""\n`

  assert.match(problems(yaml, {}, 0o640)[0] ?? '', /^session\.secret: .*chmod 600/)
  assert.equal(problems(yaml, {}, 0o640).length, 1)
  assert.deepEqual(problems(yaml, {}, 0o600), [])
  assert.deepEqual(problems('admin:\n  api_key: ""\n', {}, 0o644), [])
})

test('warns about plain http in production and not on localhost', () => {
  const http = { ...production, AUTHPLANE_SERVER_ISSUER: 'http://auth.example.com' }

  assert.match(problems(null, http)[0] ?? '', /plain http/)
  assert.deepEqual(problems(null, {}), [])
})

test('warns about origins that browsers never send', () => {
  const origins = 'https://a.example,*,https://b.example/,http://c.example:8080'
  const { warnings } = load(null, { AUTHPLANE_SERVER_ALLOWED_ORIGINS: origins })

  assert.equal(warnings.length, 1)
  assert.match(warnings[0]?.remedy ?? '', /"https:\/\/b\.example\/"/)
})

for (const [what, environment, key, pattern] of [
  [
    'sessions whose user is not looked up',
    { AUTHPLANE_SESSION_FAIL_CLOSED: 'false' },
    'session.fail_closed',
    /set it to true/,
  ],
  [
    'cookies that browsers drop',
    { AUTHPLANE_SESSION_SAME_SITE: 'none' },
    'session.same_site',
    /session.secure/,
  ],
  [
    'metadata documents from private addresses, naming that of clouds',
    { AUTHPLANE_CIMD_ALLOW_PRIVATE_ADDRESSES: 'true' },
    'cimd.allow_private_addresses',
    /169\.254\.169\.254/,
  ],
  [
    'upstreams on private addresses',
    { AUTHPLANE_OUTBOUND_ALLOW_PRIVATE_ADDRESSES: 'true' },
    'outbound.allow_private_addresses',
    /outside of development/,
  ],
  [
    'a sign-in page without a way in',
    { AUTHPLANE_OIDC_SHOW_LOCAL_LOGIN: 'false' },
    'oidc.show_local_login',
    /display_name/,
  ],
  [
    'a log that goes nowhere',
    { AUTHPLANE_LOG_STDOUT: 'false' },
    'observability.logging.outputs.stdout',
    /stdout or otel/,
  ],
] as const) {
  test(`warns about ${what}`, () => {
    const [warning, ...others] = load(null, environment).warnings

    assert.deepEqual(others, [])
    assert.equal(warning?.key, key)
    assert.match(warning?.remedy ?? '', pattern)
  })
}

test('warns about one limit of the admin listener without the other', () => {
  assert.match(problems('admin:\n  burst: 5\n', {}).join(), /one of its two limits is 0/)
  assert.deepEqual(problems('admin:\n  burst: 5\n  requests_per_second: 1\n', {}), [])
})

test('says nothing about a hidden password form beside a button', () => {
  const { warnings } = evaluate(null, {
    AUTHPLANE_OIDC_ENABLED: 'true',
    AUTHPLANE_OIDC_DISPLAY_NAME: 'Example',
    AUTHPLANE_OIDC_SHOW_LOCAL_LOGIN: 'false',
  })

  assert.deepEqual(warnings, [])
})

for (const [mode, scope, keys] of [
  ['open', '', ['dcr.mode', 'oauth.default_client_scope']],
  ['open', 'read', ['dcr.mode']],
  ['approved_redirects', '', ['oauth.default_client_scope']],
  ['admin_only', '', []],
] as const) {
  test(`mode ${mode} with ${scope === '' ? 'no' : 'a'} ceiling: ${keys.length} warnings`, () => {
    const { config } = load(null, { AUTHPLANE_OAUTH_DEFAULT_CLIENT_SCOPE: scope })

    assert.deepEqual(
      findRegistrationDoubts(config, mode).map(({ key }) => key),
      keys,
    )
  })
}
