// Doubtful but accepted configuration (spec 06 §3.1, §7; 00 B20).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unusedKeys, unusedVariables } from '../../../src/config/unused-keys.ts'
import { load, production, strong, type Variables, yamlOf } from './sources.ts'

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

test('says nothing about keys and variables that are known and not used yet', () => {
  const yaml = Object.keys(unusedKeys)
    .filter((key) => key !== 'oidc.providers')
    .map((key) => yamlOf(key, '[]'))
  const variables = Object.fromEntries(unusedVariables.map((name) => [name, 'x']))

  for (const text of yaml) assert.deepEqual(problems(text, {}), [])
  assert.deepEqual(problems('resources:\n  - slug: a\n    policy: {b: c}\n', variables), [])
})

test('names a variable that is nearly a known one, and no others', () => {
  const found = problems(null, {
    AUTHPLANE_SERVER_ISUER: 'https://x.example',
    AUTHPLANE_SERVICE_HOST: '10.0.0.1',
    AUTHPLANE_PORT_9000_TCP: 'tcp://10.0.0.1:9000',
    AUTHPLANE_VAULT_TOKEN_FILE: '/run/x',
  })

  assert.deepEqual(found, [
    'AUTHPLANE_SERVER_ISUER: unknown configuration variable; ' +
      'the nearest variable is AUTHPLANE_SERVER_ISSUER',
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
