// What must refuse to start, feature by feature (spec 06 §5, §9): one case per rule.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../../src/config/findings.ts'
import { evaluate, load, production, strong, type Variables } from './sources.ts'

/** All findings but those about parts that are not built: the rules hold without them. */
function findingsOf(environment: Variables): readonly Finding[] {
  const { findings } = evaluate(null, environment)
  return findings.filter(({ problem }) => !problem.endsWith('is not supported by this version'))
}

const masterKey = 'a1'.repeat(32)

/** Configurations that the rules accept, each the ground of cases that spoil it. */
const good = {
  localhost: {},
  production,
  postgres: {
    AUTHPLANE_STORAGE_DRIVER: 'postgres',
    AUTHPLANE_STORAGE_POSTGRES_DSN: 'postgres://u:p@localhost/a',
  },
  vault: {
    AUTHPLANE_SIGNING_KEY_STORE: 'vault_transit',
    AUTHPLANE_VAULT_ADDR: 'https://vault.internal:8200',
    AUTHPLANE_VAULT_TOKEN: 'token',
  },
  aesMaster: {
    AUTHPLANE_DATA_ENCRYPTION_DRIVER: 'aes_master',
    AUTHPLANE_DATA_ENCRYPTION_KEY_ENV: 'MASTER_KEY',
    MASTER_KEY: masterKey,
  },
  vaultEncrypt: {
    AUTHPLANE_DATA_ENCRYPTION_DRIVER: 'vault_transit_encrypt',
    AUTHPLANE_DATA_ENCRYPTION_VAULT_ADDRESS: 'https://vault.internal:8200',
    AUTHPLANE_DATA_ENCRYPTION_VAULT_KEY_NAME: 'data',
  },
  oidc: {
    AUTHPLANE_OIDC_ENABLED: 'true',
    AUTHPLANE_OIDC_ISSUER: 'https://id.example.com',
    AUTHPLANE_OIDC_CLIENT_ID: 'id',
    AUTHPLANE_OIDC_CLIENT_SECRET: strong,
    AUTHPLANE_OIDC_REDIRECT_URI: 'http://localhost:9000/oidc/callback',
  },
  connect: {
    AUTHPLANE_CONNECT_STATE_SECRET: 'x'.repeat(32),
    AUTHPLANE_CONNECT_REDIRECT_BASE_URL: 'http://localhost:9000',
  },
} satisfies Record<string, Variables>

type Case = readonly [what: string, change: Variables, key: string, problem: RegExp]

const refused: Readonly<Record<keyof typeof good, readonly Case[]>> = {
  localhost: [
    [
      'mode approved_redirects without redirects',
      { AUTHPLANE_DCR_MODE: 'approved_redirects' },
      'dcr.approved_redirects',
      /not be empty/,
    ],
    [
      'a registration limit without burst',
      { AUTHPLANE_DCR_RATE_LIMIT_BURST: '0' },
      'dcr.rate_limit_burst',
      /more than 0/,
    ],
    [
      'a lockout without window',
      { AUTHPLANE_RATE_LIMIT_AUTH_FAIL_WINDOW: '0s' },
      'rate_limit.auth_fail_window',
      /more than 0 while the lockout is on/,
    ],
    [
      'a lockout without length',
      { AUTHPLANE_RATE_LIMIT_AUTH_LOCKOUT: '0s' },
      'rate_limit.auth_lockout',
      /more than 0 while the lockout is on/,
    ],
    [
      'a lockout that remembers 9999 identities',
      { AUTHPLANE_RATE_LIMIT_MAX_TRACKED_IDENTITIES: '9999' },
      'rate_limit.max_tracked_identities',
      /10000 or more/,
    ],
    [
      'a default lookback beyond the longest',
      { AUTHPLANE_ADMIN_AUDIT_MAX_LOOKBACK: '23h' },
      'admin.audit_default_lookback',
      /must not exceed/,
    ],
    [
      'exchanged tokens without life',
      { AUTHPLANE_TOKEN_EXCHANGE_TOKEN_EXPIRY: '0s' },
      'token_exchange.token_expiry',
      /more than 0/,
    ],
    [
      'chains of no actor',
      { AUTHPLANE_TOKEN_EXCHANGE_MAX_CHAIN_DEPTH: '0' },
      'token_exchange.max_chain_depth',
      /between 1 and 10/,
    ],
    [
      'chains of eleven actors',
      { AUTHPLANE_TOKEN_EXCHANGE_MAX_CHAIN_DEPTH: '11' },
      'token_exchange.max_chain_depth',
      /between 1 and 10/,
    ],
    ['nonces without life', { AUTHPLANE_DPOP_NONCE_TTL: '0s' }, 'dpop.nonce_ttl', /more than 0/],
    [
      'proofs that live 9s',
      { AUTHPLANE_DPOP_PROOF_LIFETIME: '9s' },
      'dpop.proof_lifetime',
      /between 10s and 300s/,
    ],
    [
      'proofs that live 301s',
      { AUTHPLANE_DPOP_PROOF_LIFETIME: '301s' },
      'dpop.proof_lifetime',
      /between 10s and 300s/,
    ],
    [
      'a rotation before the tokens of the last one expire',
      { AUTHPLANE_SIGNING_ROTATION_INTERVAL: '64m' },
      'signing.rotation_interval',
      /shorter than/,
    ],
    [
      'more idle connections than connections',
      { AUTHPLANE_STORAGE_POSTGRES_MAX_CONNS: '4' },
      'storage.postgres.min_conns',
      /must not exceed/,
    ],
    [
      'logs by OTLP without endpoint',
      { AUTHPLANE_LOG_OTEL: 'true' },
      'observability.logging.outputs.otel_endpoint',
      /must be set while observability.logging.outputs.otel is true/,
    ],
    [
      'metrics by OTLP without endpoint',
      { AUTHPLANE_METRICS_PROVIDER: 'otel' },
      'observability.metrics.otel_endpoint',
      /must be set while observability.metrics.provider is otel/,
    ],
    [
      'metrics in both ways without endpoint',
      { AUTHPLANE_METRICS_PROVIDER: 'both' },
      'observability.metrics.otel_endpoint',
      /is both/,
    ],
    [
      'tracing without endpoint',
      { AUTHPLANE_TRACING_ENABLED: 'true' },
      'observability.tracing.endpoint',
      /must be set/,
    ],
  ],
  production: [
    [
      'metadata documents over http',
      { AUTHPLANE_CIMD_REQUIRE_HTTPS: 'false' },
      'cimd.require_https',
      /must be true/,
    ],
    [
      'metadata documents over http even when nobody fetches them',
      { AUTHPLANE_CIMD_REQUIRE_HTTPS: 'false', AUTHPLANE_CIMD_ENABLED: 'false' },
      'cimd.require_https',
      /must be true/,
    ],
    [
      'metadata documents from private addresses',
      { AUTHPLANE_CIMD_ALLOW_PRIVATE_ADDRESSES: 'true' },
      'cimd.allow_private_addresses',
      /must be false/,
    ],
    [
      'upstreams on private addresses',
      { AUTHPLANE_OUTBOUND_ALLOW_PRIVATE_ADDRESSES: 'true' },
      'outbound.allow_private_addresses',
      /must be false/,
    ],
    [
      'a redirect URI on http',
      {
        AUTHPLANE_OIDC_ENABLED: 'true',
        AUTHPLANE_OIDC_ISSUER: 'https://id.example.com',
        AUTHPLANE_OIDC_CLIENT_ID: 'id',
        AUTHPLANE_OIDC_CLIENT_SECRET: strong,
        AUTHPLANE_OIDC_REDIRECT_URI: 'http://auth.example.com/oidc/callback',
      },
      'oidc.redirect_uri',
      /must use https/,
    ],
  ],
  postgres: [
    [
      'postgres without DSN',
      { AUTHPLANE_STORAGE_POSTGRES_DSN: '' },
      'storage.postgres.dsn',
      /must be set/,
    ],
    [
      'keys in postgres without encryption',
      { AUTHPLANE_SIGNING_KEY_STORE: 'postgres_key' },
      'signing.key_store',
      /needs a data_encryption.driver/,
    ],
  ],
  vault: [
    [
      'vault_transit without address',
      { AUTHPLANE_VAULT_ADDR: '' },
      'signing.vault_transit.address',
      /must be set/,
    ],
    [
      'vault_transit without credential',
      { AUTHPLANE_VAULT_TOKEN: '' },
      'signing.vault_transit.token',
      /no credential/,
    ],
    [
      'vault_transit with both credentials',
      { AUTHPLANE_VAULT_APPROLE_ROLE_ID: 'role', AUTHPLANE_VAULT_APPROLE_SECRET_ID: 'hush' },
      'signing.vault_transit.token',
      /is set, and so is/,
    ],
    [
      'a role without its secret',
      { AUTHPLANE_VAULT_TOKEN: '', AUTHPLANE_VAULT_APPROLE_ROLE_ID: 'role' },
      'signing.vault_transit.approle.secret_id',
      /together with approle.role_id/,
    ],
  ],
  aesMaster: [
    [
      'keys in postgres on sqlite',
      { AUTHPLANE_SIGNING_KEY_STORE: 'postgres_key' },
      'signing.key_store',
      /needs storage.driver postgres/,
    ],
    [
      'a master key without name',
      { AUTHPLANE_DATA_ENCRYPTION_KEY_ENV: '' },
      'data_encryption.aes_master.key_env',
      /must be set/,
    ],
    [
      'a master key that is not set',
      { AUTHPLANE_DATA_ENCRYPTION_KEY_ENV: 'OTHER_KEY' },
      'data_encryption.aes_master.key_env',
      /OTHER_KEY, which is not set/,
    ],
    [
      'a master key that is not hex',
      { MASTER_KEY: 'g'.repeat(64) },
      'data_encryption.aes_master.key_env',
      /does not hold a key/,
    ],
    [
      'a master key of 31 bytes',
      { MASTER_KEY: 'a1'.repeat(31) },
      'data_encryption.aes_master.key_env',
      /does not hold a key/,
    ],
  ],
  vaultEncrypt: [
    [
      'encryption by Vault without address',
      { AUTHPLANE_DATA_ENCRYPTION_VAULT_ADDRESS: '' },
      'data_encryption.vault_transit_encrypt.address',
      /must be set/,
    ],
    [
      'encryption by Vault without key name',
      { AUTHPLANE_DATA_ENCRYPTION_VAULT_KEY_NAME: '' },
      'data_encryption.vault_transit_encrypt.key_name',
      /must be set/,
    ],
    [
      'encryption by Vault with half an AppRole',
      {
        AUTHPLANE_DATA_ENCRYPTION_VAULT_AUTH_METHOD: 'approle',
        AUTHPLANE_DATA_ENCRYPTION_VAULT_ROLE_ID_ENV: 'ROLE',
      },
      'data_encryption.vault_transit_encrypt.approle.secret_id_env',
      /must be set/,
    ],
  ],
  oidc: [
    ['a provider without issuer', { AUTHPLANE_OIDC_ISSUER: '' }, 'oidc.issuer', /must be set/],
    [
      'a provider without client id',
      { AUTHPLANE_OIDC_CLIENT_ID: '' },
      'oidc.client_id',
      /must be set/,
    ],
    [
      'a provider without redirect URI',
      { AUTHPLANE_OIDC_REDIRECT_URI: '' },
      'oidc.redirect_uri',
      /must be set/,
    ],
    [
      'a provider without secret',
      { AUTHPLANE_OIDC_CLIENT_SECRET: '' },
      'oidc.client_secret',
      /no client secret/,
    ],
    [
      'a provider on http',
      { AUTHPLANE_OIDC_ISSUER: 'http://id.example.com' },
      'oidc.issuer',
      /must use https/,
    ],
    [
      'a provider that is no URL',
      { AUTHPLANE_OIDC_ISSUER: 'id.example.com' },
      'oidc.issuer',
      /absolute/,
    ],
    [
      'a connector with a slash',
      { AUTHPLANE_OIDC_CONNECTOR_ID: 'ldap/1' },
      'oidc.connector_id',
      /letters, digits and hyphens/,
    ],
  ],
  connect: [
    [
      'a state secret of 31 characters',
      { AUTHPLANE_CONNECT_STATE_SECRET: 'x'.repeat(31) },
      'connect.state_secret',
      /32 characters or more/,
    ],
    [
      'callbacks on http',
      { AUTHPLANE_CONNECT_REDIRECT_BASE_URL: 'http://auth.example.com' },
      'connect.redirect_base_url',
      /must use https/,
    ],
  ],
}

for (const [name, ground] of Object.entries(good) as [keyof typeof good, Variables][]) {
  describe(`on a good ${name} configuration`, () => {
    test('the rules find nothing', () => {
      assert.deepEqual(findingsOf(ground), [])
    })

    for (const [what, change, key, problem] of refused[name]) {
      test(`refuses ${what}`, () => {
        const findings = findingsOf({ ...ground, ...change })

        assert.deepEqual(
          findings.map((finding) => finding.key),
          [key],
        )
        assert.match(findings[0]?.problem ?? '', problem)
      })
    }
  })
}

/** Findings of a provider whose secret is named in YAML, which is the only place for that. */
function refFindings(line: string, environment: Variables): readonly Finding[] {
  const { AUTHPLANE_OIDC_CLIENT_SECRET: _, ...rest } = good.oidc
  const { findings } = evaluate(`oidc:\n  ${line}\n`, { ...rest, ...environment })
  return findings.filter(({ problem }) => !problem.endsWith('is not supported by this version'))
}

describe('a named client secret', () => {
  test('may be in a variable that begins with CONNECTOR_ or AUTHPLANE_VAULT_', () => {
    for (const name of ['CONNECTOR_OIDC', 'AUTHPLANE_VAULT_OIDC'])
      assert.deepEqual(refFindings(`client_secret_ref: ${name}`, { [name]: 'x' }), [])
  })

  test('is refused beside an inline one', () => {
    const findings = refFindings('client_secret_ref: CONNECTOR_OIDC', {
      CONNECTOR_OIDC: 'x',
      AUTHPLANE_OIDC_CLIENT_SECRET: strong,
    })

    assert.match(findings[0]?.problem ?? '', /is set, and so is oidc.client_secret_ref/)
    assert.equal(findings.length, 1)
  })

  test('is refused in any other variable', () => {
    const findings = refFindings('client_secret_ref: HOME', { HOME: '/root' })

    assert.deepEqual(
      findings.map(({ key, remedy }) => [key, remedy]),
      [['oidc.client_secret_ref', 'name one that begins with CONNECTOR_ or AUTHPLANE_VAULT_']],
    )
  })

  test('is refused when its variable is not set, or empty', () => {
    for (const environment of [{}, { CONNECTOR_OIDC: '' }]) {
      const findings = refFindings('client_secret_ref: CONNECTOR_OIDC', environment)

      assert.match(findings[0]?.problem ?? '', /CONNECTOR_OIDC, which is not set/)
    }
  })

  test('may be in any variable under its deprecated key, with a warning', () => {
    const yaml = 'oidc:\n  client_secret_env: OLD_NAME\n'

    const { config, findings, warnings } = evaluate(yaml, { ...good.oidc, OLD_NAME: 'x' })

    assert.equal(config.oidc.clientSecretRef, 'OLD_NAME')
    assert.deepEqual(
      findings.map(({ key }) => key),
      ['oidc.enabled'],
    )
    assert.deepEqual(
      warnings.map(({ key, remedy }) => [key, remedy]),
      [['oidc.client_secret_env', 'use oidc.client_secret_ref']],
    )
  })

  test('loses to the present key under its deprecated one', () => {
    const yaml = 'oidc:\n  client_secret_env: OLD\n  client_secret_ref: CONNECTOR_A\n'

    assert.equal(evaluate(yaml, {}).config.oidc.clientSecretRef, 'CONNECTOR_A')
  })

  test('must be a string under its deprecated key', () => {
    const { findings } = evaluate('oidc:\n  client_secret_env: [a]\n', {})

    assert.deepEqual(
      findings.map(({ key, problem }) => [key, problem]),
      [['oidc.client_secret_env', 'is not a string']],
    )
  })
})

describe('the previous master key', () => {
  const yaml = 'data_encryption:\n  aes_master:\n    old_key_env: OLD_KEY\n'
  const oldKeyFindings = (environment: Variables): readonly Finding[] => {
    const { findings } = evaluate(yaml, { ...good.aesMaster, ...environment })
    return findings.filter(({ problem }) => !problem.endsWith('is not supported by this version'))
  }

  test('may be another key', () => {
    assert.deepEqual(oldKeyFindings({ OLD_KEY: 'b2'.repeat(32) }), [])
  })

  for (const [what, environment, problem] of [
    ['not set', {}, /which is not set/],
    ['not hex', { OLD_KEY: 'zz' }, /does not hold a key/],
    ['the present one', { OLD_KEY: masterKey.toUpperCase() }, /the same key as key_env/],
  ] as const) {
    test(`is refused when it is ${what}`, () => {
      const findings = oldKeyFindings(environment)

      assert.deepEqual(
        findings.map(({ key }) => key),
        ['data_encryption.aes_master.old_key_env'],
      )
      assert.match(findings[0]?.problem ?? '', problem)
    })
  }

  test('does not show in the finding', () => {
    const text = JSON.stringify(oldKeyFindings({ OLD_KEY: masterKey }))

    assert.ok(!text.includes(masterKey))
  })
})

describe('what is switched off is not judged', () => {
  for (const [what, environment] of [
    [
      'the lockout',
      {
        AUTHPLANE_RATE_LIMIT_AUTH_FAIL_MAX: '0',
        AUTHPLANE_RATE_LIMIT_AUTH_FAIL_WINDOW: '0s',
        AUTHPLANE_RATE_LIMIT_AUTH_LOCKOUT: '0s',
        AUTHPLANE_RATE_LIMIT_MAX_TRACKED_IDENTITIES: '1',
      },
    ],
    [
      'token exchange',
      {
        AUTHPLANE_TOKEN_EXCHANGE_ENABLED: 'false',
        AUTHPLANE_TOKEN_EXCHANGE_MAX_CHAIN_DEPTH: '0',
        AUTHPLANE_TOKEN_EXCHANGE_TOKEN_EXPIRY: '0s',
      },
    ],
    [
      'DPoP',
      {
        AUTHPLANE_DPOP_ENABLED: 'false',
        AUTHPLANE_DPOP_NONCE_TTL: '0s',
        AUTHPLANE_DPOP_PROOF_LIFETIME: '1s',
      },
    ],
    [
      'metadata documents',
      {
        ...production,
        AUTHPLANE_CIMD_ENABLED: 'false',
        AUTHPLANE_CIMD_ALLOW_PRIVATE_ADDRESSES: 'true',
      },
    ],
    [
      'the registration limit',
      { AUTHPLANE_DCR_RATE_LIMIT: '0', AUTHPLANE_DCR_RATE_LIMIT_BURST: '0' },
    ],
    ['the provider', { AUTHPLANE_OIDC_CONNECTOR_ID: 'a/b', AUTHPLANE_OIDC_ISSUER: 'x' }],
  ] as const) {
    test(what, () => {
      load(null, environment)
    })
  }
})

test('a provider may use http on localhost, and anywhere with private addresses allowed', () => {
  const local = { ...good.oidc, AUTHPLANE_OIDC_ISSUER: 'http://localhost:5556/dex' }
  const near = {
    ...good.oidc,
    AUTHPLANE_OIDC_ISSUER: 'http://dex:5556',
    AUTHPLANE_OUTBOUND_ALLOW_PRIVATE_ADDRESSES: 'true',
  }

  assert.deepEqual(findingsOf(local), [])
  assert.deepEqual(findingsOf(near), [])
})
