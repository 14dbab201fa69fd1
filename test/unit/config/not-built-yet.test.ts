// What is refused because this version cannot do it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findingsOf, load, type Variables } from './sources.ts'

const asked: readonly (readonly [string, Variables])[] = [
  [
    'storage.driver',
    { AUTHPLANE_STORAGE_DRIVER: 'postgres', AUTHPLANE_STORAGE_POSTGRES_DSN: 'postgres:///a' },
  ],
  [
    'signing.key_store',
    {
      AUTHPLANE_SIGNING_KEY_STORE: 'vault_transit',
      AUTHPLANE_VAULT_ADDR: 'https://v',
      AUTHPLANE_VAULT_TOKEN: 't',
    },
  ],
  ['signing.rotation_interval', { AUTHPLANE_SIGNING_ROTATION_INTERVAL: '720h' }],
  ['server.front_threads', { AUTHPLANE_SERVER_FRONT_THREADS: '2' }],
  ['actors.signer.instances', { AUTHPLANE_ACTORS_SIGNER_INSTANCES: '2' }],
  ['purge.interval', { AUTHPLANE_PURGE_INTERVAL: '1h' }],
  [
    'oidc.enabled',
    {
      AUTHPLANE_OIDC_ENABLED: '1',
      AUTHPLANE_OIDC_ISSUER: 'https://id.example.com',
      AUTHPLANE_OIDC_CLIENT_ID: 'a',
      AUTHPLANE_OIDC_CLIENT_SECRET: 'b',
      AUTHPLANE_OIDC_REDIRECT_URI: 'http://localhost:9000/oidc/callback',
    },
  ],
  [
    'data_encryption.driver',
    {
      AUTHPLANE_DATA_ENCRYPTION_DRIVER: 'vault_transit_encrypt',
      AUTHPLANE_DATA_ENCRYPTION_VAULT_ADDRESS: 'https://v',
      AUTHPLANE_DATA_ENCRYPTION_VAULT_KEY_NAME: 'k',
    },
  ],
  ['connect.state_secret', { AUTHPLANE_CONNECT_STATE_SECRET: 'x'.repeat(32) }],
  ['connect.redirect_base_url', { AUTHPLANE_CONNECT_REDIRECT_BASE_URL: 'https://a.example' }],
  ['connect.allowed_return_urls', { AUTHPLANE_CONNECT_ALLOWED_RETURN_URLS: 'https://a.example' }],
  [
    'broker_providers',
    { AUTHPLANE_BROKER_PROVIDER_SLUG: 'github', AUTHPLANE_BROKER_PROVIDER_CLIENT_ID: 'id' },
  ],
]

for (const [key, environment] of asked) {
  test(`refuses ${key} as not supported, with a way out`, () => {
    const [finding, ...others] = findingsOf(null, environment)

    assert.deepEqual(others, [])
    assert.equal(finding?.key, key)
    assert.match(finding?.problem ?? '', /is not supported by this version$/)
    assert.notEqual(finding?.remedy, '')
  })
}

test('refuses broker resources and lists of providers', () => {
  const yaml = `oidc:
  providers:
    - name: a
resources:
  - slug: notes
    backend_kind: mint
  - slug: github
    backend_kind: broker
    broker_provider_slug: github
`

  assert.deepEqual(
    findingsOf(yaml, {}).map(({ key, problem }) => [key, problem]),
    [
      ['oidc.providers', 'a list of providers is not supported by this version'],
      ['resources', 'the broker resource github is not supported by this version'],
    ],
  )
})

test('accepts keys of such parts while nothing of them is switched on', () => {
  const { config } = load('oidc:\n  providers: []\nbroker_providers: []\n', {
    AUTHPLANE_STORAGE_POSTGRES_DSN: 'postgres:///a',
    AUTHPLANE_VAULT_ADDR: 'https://v',
    AUTHPLANE_OIDC_CLIENT_ID: 'a',
    AUTHPLANE_METRICS_PROVIDER: 'both',
    AUTHPLANE_METRICS_OTEL_ENDPOINT: 'collector:4317',
    AUTHPLANE_ACTORS_CRYPTO_POOL_THREADS: '3',
  })

  assert.equal(config.observability.metrics.provider, 'both')
})
