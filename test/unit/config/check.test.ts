// The report of `authserver config check`.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ConfigReport, checkConfig } from '../../../src/config/check.ts'
import { settingEntries } from '../../../src/config/schema.ts'
import { inDirectory, production, strong, type Variables } from './sources.ts'

function report(yaml: string | null, environment: Variables): ConfigReport {
  if (yaml === null) return checkConfig({ path: null, environment })
  return inDirectory((directory) => {
    const path = join(directory, 'config.yaml')
    writeFileSync(path, yaml, { mode: 0o600 })
    return checkConfig({ path, environment })
  })
}

test('tells every key, in the form of the file, with its source', () => {
  const { ok, settings } = report('server:\n  address: "[::1]:9100"\n  idle_timeout: 90s\n', {
    AUTHPLANE_SESSION_MAX_AGE: '90m',
    AUTHPLANE_OIDC_SCOPES: 'openid',
  })

  assert.equal(ok, true)
  assert.deepEqual(
    Object.keys(settings),
    settingEntries.map(([key]) => key),
  )
  assert.deepEqual(
    ['server.address', 'server.idle_timeout', 'session.max_age', 'oidc.scopes'].map(
      (key) => settings[key],
    ),
    [
      { value: '[::1]:9100', source: 'file line 2' },
      { value: '1m30s', source: 'file line 3' },
      { value: '1h30m0s', source: 'variable AUTHPLANE_SESSION_MAX_AGE' },
      { value: ['openid'], source: 'variable AUTHPLANE_OIDC_SCOPES' },
    ],
  )
  assert.deepEqual(settings['signing.vault_transit.approle.mount'], {
    value: 'approle',
    source: 'default',
  })
})

test('masks secrets, and shows which are empty', () => {
  inDirectory((directory) => {
    const path = join(directory, 'key')
    writeFileSync(path, strong)

    const made = report(null, {
      AUTHPLANE_SESSION_SECRET: strong,
      AUTHPLANE_ADMIN_API_KEY_FILE: path,
    })

    assert.deepEqual(
      ['session.secret', 'admin.api_key', 'client_secret_pepper'].map((key) => made.settings[key]),
      [
        { value: '********', source: 'variable AUTHPLANE_SESSION_SECRET' },
        { value: '********', source: `secret file ${path}` },
        { value: '', source: 'default' },
      ],
    )
    assert.ok(!JSON.stringify(made).includes(strong))
  })
})

test('a refused value has none, and no feature is judged then', () => {
  const { ok, findings, features, settings } = report('server:\n  read_timeout: 30\n', {})

  assert.equal(ok, false)
  assert.deepEqual(
    findings.map(({ key }) => key),
    ['server.read_timeout'],
  )
  assert.deepEqual(settings['server.read_timeout'], { value: null, source: 'file line 2' })
  assert.deepEqual(features, [])
})

test('unknown keys, members and variables are findings here', () => {
  const yaml = 'server:\n  adress: ":1"\nresources:\n  - slug: a\n    colour: red\n'

  const { ok, findings } = report(yaml, {
    AUTHPLANE_SERVER_ISUER: 'x',
    AUTHPLANE_SOMETHING_ELSE: 'x',
    AUTHPLANE_SERVER_ISSUER_FILE: '/run/x',
    AUTHPLANE_SERVICE_PORT_HTTP: '80',
  })

  assert.equal(ok, false)
  assert.deepEqual(
    findings.map(({ key, remedy }) => [key, remedy]),
    [
      ['server.adress', 'the nearest key is server.address'],
      ['AUTHPLANE_SERVER_ISUER', 'the nearest variable is AUTHPLANE_SERVER_ISSUER'],
      ['AUTHPLANE_SOMETHING_ELSE', 'unset it'],
      ['AUTHPLANE_SERVER_ISSUER_FILE', 'unset it: only secrets have a _FILE variable'],
      ['resources[0].colour', 'remove it'],
    ],
  )
})

test('a misconfigured feature is a finding', () => {
  const { ok, features, findings } = report(null, { AUTHPLANE_OAUTH_DEFAULT_CLIENT_SCOPE: 'a,b' })

  assert.equal(ok, false)
  assert.deepEqual(
    findings.map(({ key }) => key),
    ['oauth.default_client_scope'],
  )
  assert.equal(features.length, 9)
})

test('a file that cannot be read leaves nothing but its finding', () => {
  const made = checkConfig({ path: '/nonexistent/config.yaml', environment: {} })

  assert.equal(made.ok, false)
  assert.match(made.findings[0]?.problem ?? '', /cannot be read: ENOENT/)
  assert.deepEqual([made.settings, made.features, made.warnings], [{}, [], []])
})

test('warns of what the server would warn of, registration included', () => {
  const open = report(null, production)
  const closed = report(null, { ...production, AUTHPLANE_DCR_MODE: 'admin_only' })

  assert.deepEqual(
    open.warnings.map(({ key }) => key),
    ['dcr.mode', 'oauth.default_client_scope'],
  )
  assert.deepEqual(closed.warnings, [])
})

test('generates no secret and no directory', () => {
  inDirectory((directory) => {
    const data = join(directory, 'data')

    const { ok } = report(null, { AUTHPLANE_STORAGE_SQLITE_PATH: join(data, 'a.db') })

    assert.equal(ok, true)
    assert.equal(existsSync(data), false)
  })
})
