// What must refuse to start whatever the features: listeners, secrets, files, placeholders (spec 06
// §3, §5). Rules of features are in rules.test.ts.
import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { describeFinding } from '../../../src/config/findings.ts'
import { loadConfig } from '../../../src/config/load.ts'
import {
  findingsOf,
  inDirectory,
  load,
  production,
  refusal,
  strong,
  type Variables,
} from './sources.ts'

const weak = [
  'dev-secret-change-me',
  'dev-admin-key',
  'changeme',
  'secret',
  'password',
  'admin',
  'test',
  'generate-a-32-byte-random-string',
  'generate-a-secure-api-key',
  '  ChangeMe ',
  '                    ',
]

const refused: readonly (readonly [string, Variables, string, RegExp])[] = [
  [
    'production without session secret',
    { AUTHPLANE_SESSION_SECRET: '' },
    'session.secret',
    /must be set/,
  ],
  [
    'production with a short session secret',
    { AUTHPLANE_SESSION_SECRET: 'fifteen-chars-x' },
    'session.secret',
    /16 characters or more/,
  ],
  [
    'production without secure cookies',
    { AUTHPLANE_SESSION_SECURE: 'false' },
    'session.secure',
    /must be true/,
  ],
  ['production without admin key', { AUTHPLANE_ADMIN_API_KEY: '' }, 'admin.api_key', /must be set/],
  [
    'production with a short admin key',
    { AUTHPLANE_ADMIN_API_KEY: 'fifteen-chars-x' },
    'admin.api_key',
    /16 characters or more/,
  ],
  ['equal addresses', { AUTHPLANE_ADMIN_ADDRESS: ':9000' }, 'admin.address', /same host and port/],
  [
    'an address covered by all interfaces',
    { AUTHPLANE_ADMIN_ADDRESS: '127.0.0.1:9000' },
    'admin.address',
    /same host and port/,
  ],
  [
    'a limiter without rate',
    { AUTHPLANE_RATE_LIMIT_RPS: '0' },
    'rate_limit.requests_per_second',
    /more than 0 while rate_limit.enabled is true/,
  ],
  [
    'a limiter without burst',
    { AUTHPLANE_RATE_LIMIT_BURST: '0' },
    'rate_limit.burst',
    /more than 0 while rate_limit.enabled is true/,
  ],
  [
    'tokens without life',
    { AUTHPLANE_CLIENT_CREDENTIALS_TOKEN_EXPIRY: '0s' },
    'client_credentials.token_expiry',
    /more than 0 while client_credentials.enabled is true/,
  ],
  [
    'commits larger than the mailbox',
    { AUTHPLANE_ACTORS_STORAGE_MAILBOX_MAX: '32' },
    'actors.storage.commit_rows_max',
    /must not exceed/,
  ],
  ['a relative issuer', { AUTHPLANE_SERVER_ISSUER: '/auth' }, 'server.issuer', /absolute/],
  [
    'an issuer of another scheme',
    { AUTHPLANE_SERVER_ISSUER: 'ftp://a.example' },
    'server.issuer',
    /absolute/,
  ],
  [
    'an issuer with a query',
    { AUTHPLANE_SERVER_ISSUER: 'https://a.example/?a=1' },
    'server.issuer',
    /query/,
  ],
  [
    'an issuer with an empty fragment',
    { AUTHPLANE_SERVER_ISSUER: 'https://a.example#' },
    'server.issuer',
    /fragment/,
  ],
  [
    'an issuer that ends with a slash',
    { AUTHPLANE_SERVER_ISSUER: 'https://a.example/' },
    'server.issuer',
    /slash/,
  ],
  [
    'an issuer that only begins like localhost',
    { AUTHPLANE_SERVER_ISSUER: 'http://localhost:1@a.example' },
    'server.issuer',
    /credentials/,
  ],
  ['an empty issuer', { AUTHPLANE_SERVER_ISSUER: '' }, 'server.issuer', /absolute/],
  [
    'a timeout beyond what timers can hold',
    { AUTHPLANE_SERVER_READ_TIMEOUT: '597h' },
    'server.read_timeout',
    /596h/,
  ],
]

for (const [what, change, key, problem] of refused) {
  test(`refuses ${what}`, () => {
    const findings = findingsOf(null, { ...production, ...change })

    assert.deepEqual(
      findings.map((finding) => finding.key),
      [key],
    )
    assert.match(findings[0]?.problem ?? '', problem)
  })
}

for (const text of weak) {
  for (const [key, variable] of [
    ['session.secret', 'AUTHPLANE_SESSION_SECRET'],
    ['admin.api_key', 'AUTHPLANE_ADMIN_API_KEY'],
  ] as const) {
    for (const base of [{}, production]) {
      const where = base === production ? 'in production' : 'on localhost'
      test(`refuses ${JSON.stringify(text)} as ${key} ${where}`, () => {
        const findings = findingsOf(null, { ...base, [variable]: text })

        assert.deepEqual(
          findings.map((finding) => finding.key),
          [key],
        )
      })
    }
  }
}

test('accepts a complete production configuration', () => {
  const { config, secrets } = load(null, production)

  assert.equal(config.server.issuer, 'https://auth.example.com')
  assert.ok(secrets.has('session.secret') && secrets.has('admin.api_key'))
})

test('treats a host that only begins with localhost as production', () => {
  const keys = findingsOf(null, { AUTHPLANE_SERVER_ISSUER: 'http://localhost.evil.com' })

  assert.deepEqual(
    keys.map(({ key }) => key),
    ['session.secure', 'session.secret', 'admin.api_key'],
  )
})

test('asks for no admin key while the admin listener is off', () => {
  const { config } = load(null, {
    ...production,
    AUTHPLANE_ADMIN_ENABLED: 'false',
    AUTHPLANE_ADMIN_API_KEY: '',
    AUTHPLANE_ADMIN_ADDRESS: ':9000',
  })

  assert.equal(config.admin.enabled, false)
})

test('checks neither rate nor burst while the limiter is off', () => {
  const { config } = load(null, {
    AUTHPLANE_RATE_LIMIT_ENABLED: 'false',
    AUTHPLANE_RATE_LIMIT_RPS: '0',
    AUTHPLANE_RATE_LIMIT_BURST: '0',
  })

  assert.equal(config.rateLimit.burst, 0)
})

test('lists all findings at once, numbered, each with key, variable and way out', () => {
  const error = refusal('server:\n  issuer: nowhere\nresource_servers: []\n', {
    AUTHPLANE_LOG_LEVEL: 'loud',
  })

  const lines = error.message.split('\n')
  assert.equal(lines[0], 'the configuration has 3 problems:')
  assert.match(lines[1] ?? '', /^1\. resource_servers: this key was removed; use resources$/)
  assert.match(lines[2] ?? '', /^2\. server\.issuer \(AUTHPLANE_SERVER_ISSUER\): must be/)
  assert.match(
    lines[3] ?? '',
    /^3\. observability\.logging\.level \(AUTHPLANE_LOG_LEVEL\): "loud" is not debug or info/,
  )
})

test('refuses every removed key with its successor', () => {
  const yaml = `resource_servers: []
vault_connectors: []
vault_connect: {}
token_exchange:
  cross_client_allowlist: []
`
  const findings = findingsOf(yaml, {})

  assert.deepEqual(findings.map(describeFinding), [
    'resource_servers: this key was removed; use resources',
    'vault_connectors: this key was removed; use broker_providers',
    'vault_connect: this key was removed; use connect',
    'token_exchange.cross_client_allowlist: this key was removed; ' +
      'use policy.exchange.allowed_client_ids of the resource',
  ])
})

test('refuses a file that does not exist', () => {
  assert.throws(
    () => loadConfig({ path: '/nonexistent/config.yaml', environment: {} }),
    /\/nonexistent\/config\.yaml: cannot be read: ENOENT/,
  )
})

test('refuses YAML errors with line and column and without quoting the line', () => {
  const error = refusal(`session:\n  secret: "${strong}" tail\n`, {})

  assert.match(error.message, /line 2, column \d+: YAML /)
  assert.ok(!error.message.includes(strong))
})

test('refuses the same key twice', () => {
  assert.match(
    refusal('server: {}\nserver: {}\n', {}).message,
    /line 2, column 1: YAML duplicate key/,
  )
})

test('refuses a document that is not a map, and a value where a group belongs', () => {
  assert.match(refusal('- a\n', {}).message, /is not a map of keys/)
  assert.match(
    refusal('server: here\n', {}).message,
    /server: line 1: holds a value, but is a group/,
  )
})

test('accepts an empty file and one of comments', () => {
  assert.equal(load('', {}).config.server.issuer, 'http://localhost:9000')
  assert.equal(load('# nothing\n', {}).config.server.issuer, 'http://localhost:9000')
})

test('refuses aliases that blow up', () => {
  const levels = Array.from({ length: 9 }, (_, i) => {
    const items = Array.from({ length: 9 }, () => `*l${i}`).join(', ')
    return `l${i + 1}: &l${i + 1} [${items}]`
  })

  assert.match(refusal(`l0: &l0 x\n${levels.join('\n')}\n`, {}).message, /too many YAML aliases/)
})

test('refuses placeholders that nothing replaces, in sorted order, naming list items', () => {
  const yaml = `signing:
  key_path: "\${KEYS}"
server:
  allowed_origins: [https://a.example, "\${ORIGIN:-https://b.example}"]
oidc:
  client_id: "x-\${ID}"
elsewhere: "\${ANY}"
`
  const findings = findingsOf(yaml, {})

  assert.deepEqual(
    findings.map(({ key, problem }) => [key, problem.match(/\$\{.*?\}/)?.[0]]),
    [
      ['elsewhere', `\${ANY}`],
      ['oidc.client_id', `\${ID}`],
      ['server.allowed_origins[1]', `\${ORIGIN}`],
      ['signing.key_path', `\${KEYS}`],
    ],
  )
})

test('never quotes the default inside a placeholder', () => {
  const error = refusal(`session:\n  secret: "\${S:-${strong}}"\n`, {})

  assert.ok(!error.message.includes(strong))
})

test('refuses a placeholder in a variable', () => {
  const [finding] = findingsOf(null, { AUTHPLANE_SIGNING_KEY_PATH: `/x/\${NAME}` })

  assert.match(finding?.problem ?? '', /placeholder \$\{NAME\}/)
})

test('a _FILE variable overrides the placeholder of a secret only', () => {
  const findings = findingsOf(`signing:\n  key_path: "\${K}"\n`, {
    AUTHPLANE_SIGNING_KEY_PATH_FILE: '/run/x',
  })

  assert.deepEqual(
    findings.map(({ key }) => key),
    ['signing.key_path'],
  )
})

test('accepts a placeholder whose key is overridden, and dollars that are none', () => {
  const yaml = `session:\n  secret: "\${S}"\nsigning:\n  key_path: "/a$b/$$/{c}/\${1}"\n`
  const { config, secrets } = load(yaml, { AUTHPLANE_SESSION_SECRET: '' })

  assert.equal(config.signing.keyPath, `/a$b/$$/{c}/\${1}`)
  assert.ok(!secrets.has('session.secret'))
})

test('reads a secret from the file that its _FILE variable names, less one newline', () => {
  inDirectory((directory) => {
    const path = join(directory, 'key')
    writeFileSync(path, `${strong}\n\n`)

    const { secrets } = load('admin:\n  api_key: from-yaml-and-long-enough\n', {
      AUTHPLANE_ADMIN_API_KEY_FILE: path,
    })

    assert.equal(Buffer.from(secrets.bytes('admin.api_key')).toString(), `${strong}\n`)
  })
})

test('refuses a secret file beside its variable, missing, or empty', () => {
  inDirectory((directory) => {
    const empty = join(directory, 'empty')
    writeFileSync(empty, '\n')
    const one = (environment: Variables) => findingsOf(null, environment)[0]

    const both = one({ AUTHPLANE_SESSION_SECRET: '', AUTHPLANE_SESSION_SECRET_FILE: empty })
    const missing = one({ AUTHPLANE_SESSION_SECRET_FILE: join(directory, 'none') })
    const blank = one({ AUTHPLANE_SESSION_SECRET_FILE: empty })

    assert.match(both?.problem ?? '', /and so is AUTHPLANE_SESSION_SECRET/)
    assert.match(missing?.problem ?? '', /cannot be read: ENOENT/)
    assert.match(blank?.problem ?? '', /is empty/)
    assert.equal(blank?.variable, 'AUTHPLANE_SESSION_SECRET_FILE')
  })
})

test('applies the rules of secrets to the content of a secret file', () => {
  inDirectory((directory) => {
    const path = join(directory, 'key')
    writeFileSync(path, 'changeme\n')
    chmodSync(path, 0o600)

    const [finding] = findingsOf(null, { AUTHPLANE_ADMIN_API_KEY_FILE: path })

    assert.equal(finding?.key, 'admin.api_key')
  })
})

for (const path of ['/openapi.json', '/admin', '/admin/clients', '/admin/']) {
  test(`refuses metrics at ${path}, which the admin API has`, () => {
    const [finding] = findingsOf(null, { AUTHPLANE_METRICS_PATH: path })

    assert.equal(finding?.key, 'observability.metrics.path')
    assert.match(finding?.problem ?? '', /that is the admin API/)
  })
}

test('lets metrics be at a path that only looks like one of the admin API', () => {
  const { config } = load('', { AUTHPLANE_METRICS_PATH: '/administration' })

  assert.equal(config.observability.metrics.path, '/administration')
})
