// What the configuration makes of each feature (spec 06 §6).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecretName } from '../../../src/config/schema.ts'
import { type FeatureStatus, findMisconfigured, selfCheck } from '../../../src/config/self-check.ts'
import type { ResourceSeed } from '../../../src/records/resource-seed.ts'
import { evaluate, type Variables } from './sources.ts'

const seed: ResourceSeed = {
  slug: 'notes',
  uri: 'https://notes.example.com',
  backendKind: 'mint',
  brokerProviderId: null,
  brokerProviderSlug: null,
  displayName: null,
  scopes: [],
  policy: { exchangeAllowedClientIds: [], runtimeClientIds: [], connectAllowedReturnUrls: [] },
}

const brokerSeed: ResourceSeed = { ...seed, slug: 'github', uri: null, backendKind: 'broker' }

function check(environment: Variables, seeds: readonly ResourceSeed[] = []) {
  const { config, secretTexts } = evaluate(null, environment)
  const has = (name: SecretName): boolean => (secretTexts.get(name) ?? '') !== ''
  return selfCheck(config, { has }, seeds)
}

function statusOf(features: readonly FeatureStatus[], name: string): FeatureStatus {
  const found = features.find(({ feature }) => feature === name)
  assert.ok(found !== undefined, name)
  return found
}

test('tells every feature in the stated order, none of them wrong without a configuration', () => {
  const features = check({})

  assert.deepEqual(
    features.map(({ feature, status }) => `${feature} ${status}`),
    [
      'data_encryption disabled',
      'connect disabled',
      'token_exchange enabled',
      'client_credentials enabled',
      'dpop enabled',
      'dcr enabled',
      'oauth.default_client_scope disabled',
      'resources(seeded) disabled',
      'xaa enabled',
    ],
  )
  assert.deepEqual(findMisconfigured(features), [])
})

test('names the switch of what is off', () => {
  const features = check({
    AUTHPLANE_TOKEN_EXCHANGE_ENABLED: 'false',
    AUTHPLANE_CLIENT_CREDENTIALS_ENABLED: 'false',
    AUTHPLANE_DPOP_ENABLED: 'false',
    AUTHPLANE_XAA_ENABLED: 'false',
  })

  for (const name of ['token_exchange', 'client_credentials', 'dpop', 'xaa']) {
    const { status, detail } = statusOf(features, name)
    assert.equal(`${status}: ${detail}`, `disabled: ${name}.enabled is false`)
  }
})

test('connect that is wanted needs encryption, a state secret and a base URL', () => {
  const one = check({ AUTHPLANE_CONNECT_ALLOWED_RETURN_URLS: 'https://a.example' })
  const two = check({ AUTHPLANE_CONNECT_STATE_SECRET: 'x'.repeat(32) })
  const all = check({
    AUTHPLANE_CONNECT_STATE_SECRET: 'x'.repeat(32),
    AUTHPLANE_CONNECT_REDIRECT_BASE_URL: 'https://a.example',
    AUTHPLANE_DATA_ENCRYPTION_DRIVER: 'vault_transit_encrypt',
  })

  assert.deepEqual(
    findMisconfigured(one).map(({ key }) => key),
    ['data_encryption.driver', 'connect.state_secret'],
  )
  assert.deepEqual(
    findMisconfigured(two).map(({ key }) => key),
    ['data_encryption.driver', 'connect.redirect_base_url'],
  )
  assert.equal(statusOf(all, 'connect').status, 'enabled')
  assert.equal(statusOf(all, 'data_encryption').detail, 'driver vault_transit_encrypt')
})

test('a broker resource wants connect, and needs return URLs', () => {
  const byKind = check({}, [seed, brokerSeed])
  const byProvider = check({}, [{ ...seed, brokerProviderSlug: 'github' }])

  assert.equal(statusOf(byKind, 'connect').status, 'misconfigured')
  assert.equal(
    statusOf(byKind, 'resources(seeded)').key,
    'resources[1].policy.connect.allowed_return_urls',
  )
  assert.equal(statusOf(byProvider, 'resources(seeded)').status, 'misconfigured')
})

test('a broker resource with return URLs is in order', () => {
  const policy = { ...brokerSeed.policy, connectAllowedReturnUrls: ['https://a.example/'] }

  const features = check({}, [{ ...brokerSeed, policy }])

  assert.equal(statusOf(features, 'resources(seeded)').detail, '1 in the configuration')
})

test('the scope ceiling holds scope names, separated by spaces', () => {
  const ceiling = (text: string): FeatureStatus =>
    statusOf(check({ AUTHPLANE_OAUTH_DEFAULT_CLIENT_SCOPE: text }), 'oauth.default_client_scope')

  assert.equal(ceiling('read  write').detail, 'read write')
  assert.equal(ceiling('read,write').remedy, 'separate the names by spaces')
  assert.equal(ceiling('read "x"').status, 'misconfigured')
  assert.equal(ceiling('lésen').status, 'misconfigured')
})

test('xaa tells how many seeds could be its target', () => {
  const { detail } = statusOf(check({}, [seed, brokerSeed]), 'xaa')

  assert.equal(detail, 'require_resource false, 1 seeds with a uri; not served by this version')
})

test('a misconfigured feature becomes a finding with key, variable and way out', () => {
  const features = check({ AUTHPLANE_OAUTH_DEFAULT_CLIENT_SCOPE: 'a,b' })

  assert.deepEqual(findMisconfigured(features), [
    {
      key: 'oauth.default_client_scope',
      variable: 'AUTHPLANE_OAUTH_DEFAULT_CLIENT_SCOPE',
      problem: 'oauth.default_client_scope: "a,b" is no scope name',
      remedy: 'separate the names by spaces',
    },
  ])
})
