// Every key: default, YAML, variable, bad value.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadedConfig } from '../../../src/config/load.ts'
import { type Key, memberPath, settingEntries, settings } from '../../../src/config/schema.ts'
import { findingsOf, load, yamlOf } from './sources.ts'

interface Case {
  readonly byDefault: unknown
  /** As written in YAML and in the variable, with what both mean. */
  readonly yaml: string
  readonly variable: string
  readonly value: unknown
  /** Refused in YAML and in the variable; null = no value of that source is refused. */
  readonly badYaml: string
  readonly badVariable: string | null
}

const flagCase = (byDefault: boolean): Case => ({
  byDefault,
  yaml: String(!byDefault),
  variable: byDefault ? 'no' : 'YES',
  value: !byDefault,
  badYaml: '"yes"',
  badVariable: null,
})
const durationCase = (byDefault: number): Case => ({
  byDefault,
  yaml: '1m30s',
  variable: '1m30s',
  value: 90_000,
  badYaml: '45',
  badVariable: '45',
})
const mailboxCase = (byDefault: number): Case => ({
  byDefault,
  yaml: '500',
  variable: '500',
  value: 500,
  badYaml: '0',
  badVariable: '-1',
})
const secretCase: Case = {
  byDefault: null,
  yaml: 'aVery-long-example-of-16+',
  variable: 'aVery-long-example-of-16+',
  value: 'aVery-long-example-of-16+',
  badYaml: '1234567890123456',
  badVariable: null,
}
const textCase = (byDefault: string, value: string, bad: string): Case => ({
  byDefault,
  yaml: value,
  variable: value,
  value,
  badYaml: bad,
  badVariable: bad === '""' ? '' : bad,
})

const cases: Readonly<Record<Key, Case>> = {
  'server.issuer': textCase('http://localhost:9000', 'http://127.0.0.1:1/a', 'localhost'),
  'server.address': {
    byDefault: { host: null, port: 9000 },
    yaml: '"[::1]:9100"',
    variable: '[::1]:9100',
    value: { host: '::1', port: 9100 },
    badYaml: '9000',
    badVariable: '9000',
  },
  'server.read_timeout': durationCase(30_000),
  'server.write_timeout': durationCase(30_000),
  'server.idle_timeout': durationCase(120_000),
  'server.shutdown_wait': durationCase(10_000),
  'server.allowed_origins': {
    byDefault: [],
    yaml: '[" https://a.example", "https://b.example"]',
    variable: 'https://a.example , https://b.example,',
    value: ['https://a.example', 'https://b.example'],
    badYaml: 'https://a.example',
    badVariable: null,
  },
  'server.trusted_proxies': {
    byDefault: [],
    yaml: '[10.0.0.0/8, "::1"]',
    variable: '10.0.0.0/8,::1',
    value: ['10.0.0.0/8', '::1'],
    badYaml: '[10.0.0.0/33]',
    badVariable: 'proxy.internal',
  },
  'storage.driver': {
    byDefault: 'sqlite',
    yaml: 'sqlite',
    variable: 'sqlite',
    value: 'sqlite',
    badYaml: 'mysql',
    badVariable: '',
  },
  'storage.sqlite.path': textCase('data/authserver.db', '/var/lib/a.db', '""'),
  'storage.sqlite.wal': flagCase(true),
  'signing.algorithm': textCase('ES256', 'RS256', 'HS256'),
  'signing.key_store': {
    byDefault: 'keyfile',
    yaml: '""',
    variable: '',
    value: 'keyfile',
    badYaml: 'kms',
    badVariable: 'kms',
  },
  'signing.key_path': textCase('data/keys', '/var/lib/keys', '""'),
  'session.secret': secretCase,
  'session.secure': flagCase(false),
  'rate_limit.enabled': flagCase(true),
  'rate_limit.requests_per_second': {
    byDefault: 100,
    yaml: '2.5',
    variable: '2.5',
    value: 2.5,
    badYaml: '.inf',
    badVariable: '100/s',
  },
  'rate_limit.burst': {
    byDefault: 200,
    yaml: '7',
    variable: '7',
    value: 7,
    badYaml: '7.5',
    badVariable: '7.5',
  },
  'admin.enabled': flagCase(true),
  'admin.address': {
    byDefault: { host: null, port: 9001 },
    yaml: '127.0.0.1:9101',
    variable: '127.0.0.1:9101',
    value: { host: '127.0.0.1', port: 9101 },
    badYaml: '":99999"',
    badVariable: '300.0.0.1:1',
  },
  'admin.api_key': secretCase,
  'admin.generate_key': flagCase(true),
  'client_credentials.enabled': flagCase(true),
  'client_credentials.token_expiry': {
    byDefault: 3600,
    yaml: '15m',
    variable: '15m',
    value: 900,
    badYaml: '1500ms',
    badVariable: '900',
  },
  client_secret_pepper: secretCase,
  'observability.logging.level': {
    byDefault: 'info',
    yaml: 'WARN',
    variable: 'Warn',
    value: 'warn',
    badYaml: 'verbose',
    badVariable: 'verbose',
  },
  'observability.logging.format': textCase('json', 'text', 'xml'),
  'observability.metrics.provider': textCase('prometheus', 'none', 'otel'),
  'observability.metrics.path': textCase('/metrics', '/internal/metrics', 'metrics'),
  'actors.storage.commit_rows_max': {
    byDefault: 64,
    yaml: '8',
    variable: '8',
    value: 8,
    badYaml: '0',
    badVariable: '0',
  },
  'actors.storage.mailbox_max': mailboxCase(8192),
  'actors.signer.mailbox_max': mailboxCase(4096),
}

function valueIn({ config, secrets }: LoadedConfig, key: Key): unknown {
  if (settings[key].kind.name === 'secret') {
    const name = key as 'session.secret'
    return secrets.has(name) ? Buffer.from(secrets.bytes(name)).toString() : null
  }
  let value: unknown = config
  for (const name of memberPath(key)) value = (value as Record<string, unknown>)[name]
  return value
}

for (const [key, { variable }] of settingEntries) {
  const { byDefault, yaml, variable: text, value, badYaml, badVariable } = cases[key]

  test(`${key} has its default without file and variable`, () => {
    assert.deepEqual(valueIn(load(null, {}), key), byDefault)
  })

  test(`${key} is read from YAML`, () => {
    assert.deepEqual(valueIn(load(yamlOf(key, yaml), {}), key), value)
  })

  test(`${key} is read from ${variable}, which wins over YAML`, () => {
    assert.deepEqual(valueIn(load(yamlOf(key, badYaml), { [variable]: text }), key), value)
  })

  test(`${key} keeps its default when YAML gives no value`, () => {
    assert.deepEqual(valueIn(load(yamlOf(key, ''), {}), key), byDefault)
  })

  test(`${key} refuses a bad value in YAML, naming key, variable and line`, () => {
    const [finding, ...others] = findingsOf(yamlOf(key, badYaml), {})

    assert.equal(others.length, 0)
    assert.equal(finding?.key, key)
    assert.equal(finding?.variable, variable)
    assert.match(finding?.remedy ?? '', new RegExp(`config.yaml, line ${key.split('.').length}$`))
  })

  if (badVariable !== null) {
    test(`${key} refuses a bad value in ${variable}`, () => {
      const [finding, ...others] = findingsOf(null, { [variable]: badVariable })

      assert.equal(others.length, 0)
      assert.equal(finding?.key, key)
      assert.equal(finding?.remedy, `correct the variable ${variable}`)
    })
  }
}

test('the configuration is frozen at every level', () => {
  const { config } = load(null, {})

  assert.ok(Object.isFrozen(config.storage.sqlite))
  assert.ok(Object.isFrozen(config.server.allowedOrigins))
  assert.ok(Object.isFrozen(config.server.address))
})

test('drivers, key stores and providers of later versions are refused as not built yet', () => {
  const findings = findingsOf(null, {
    AUTHPLANE_STORAGE_DRIVER: 'postgres',
    AUTHPLANE_SIGNING_KEY_STORE: 'vault_transit',
    AUTHPLANE_METRICS_PROVIDER: 'both',
  })

  assert.equal(findings.length, 3)
  for (const { problem } of findings) assert.match(problem, /is not built yet/)
})
