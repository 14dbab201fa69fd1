// Views of records (spec 05 §5).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  auditEventView,
  frontingLinkView,
  issuanceListView,
  issuanceView,
  keyListView,
  statisticsView,
  systemConfigView,
  systemStatusView,
} from '../../../src/flows/admin/views.ts'
import type { Issuance } from '../../../src/records/issuance.ts'
import type { PublicJwk } from '../../../src/records/signing-key.ts'

const issuance: Issuance = {
  id: 'issuance-1',
  subjectUserId: 'user-1',
  clientId: 'client-1',
  resourceId: 'resource-1',
  scopes: ['mail'],
  backendKind: 'broker',
  isMachine: false,
  revocable: false,
  issuedAtMs: 1_700_000_000_123,
  expiresAtMs: 1_700_003_600_456,
  revokedAtMs: 1_700_000_001_007,
  dpopJkt: 'thumbprint',
  agentId: 'agent-1',
  agentChain: ['agent-0', 'agent-1'],
  consentClientId: 'client-0',
  parentJti: 'jti-0',
}

test('shows all of a brokered token, which has no jti', () => {
  assert.deepEqual(issuanceView(issuance), {
    id: 'issuance-1',
    jti: '',
    subject_user_id: 'user-1',
    client_id: 'client-1',
    resource_id: 'resource-1',
    scopes: ['mail'],
    backend_kind: 'broker',
    revocable: false,
    issued_at: '2023-11-14T22:13:20Z',
    expires_at: '2023-11-14T23:13:20Z',
    revoked_at: '2023-11-14T22:13:21.007Z',
    dpop_jkt: 'thumbprint',
    agent_id: 'agent-1',
    agent_chain: ['agent-0', 'agent-1'],
    consent_client_id: 'client-0',
    parent_jti: 'jti-0',
  })
})

test('leaves the time of a list to its caller when the window did not count', () => {
  const view = issuanceListView({ issuances: [issuance], sinceMs: null }, 'no window')

  assert.equal(view.since, 'no window')
  assert.equal(view.count, 1)
})

test('lists a prepared key between the current and the previous one', () => {
  const key = (kid: string): PublicJwk => ({
    use: 'sig',
    kty: 'EC',
    kid,
    crv: 'P-256',
    alg: 'ES256',
    x: 'x',
    y: 'y',
  })

  const { keys } = keyListView({ current: key('b'), prepared: key('c'), previous: key('a') })

  assert.deepEqual(
    keys.map(({ kid, status }) => [kid, status]),
    [
      ['b', 'current'],
      ['c', 'prepared'],
      ['a', 'previous'],
    ],
  )
})

test('shows an audit row under its column names, in whole seconds', () => {
  const view = auditEventView({
    id: 'row-1',
    action: 'client.updated',
    actorId: 'admin',
    clientId: 'client-1',
    ip: '192.0.2.1',
    detail: 'a=b',
    traceId: 'trace-1',
    createdAtMs: 1_700_000_000_999,
  })

  assert.deepEqual(view, {
    id: 'row-1',
    action: 'client.updated',
    actor_id: 'admin',
    client_id: 'client-1',
    ip: '192.0.2.1',
    detail: 'a=b',
    trace_id: 'trace-1',
    created_at: '2023-11-14T22:13:20Z',
  })
})

test('shows a fronting link', () => {
  const view = frontingLinkView({
    sourceSlug: 'a',
    targetSlug: 'b',
    scopeMap: { read: ['write'] },
    createdAtMs: 1_700_000_000_999,
    createdBy: 'cli',
  })

  assert.deepEqual(view, {
    source_slug: 'a',
    target_slug: 'b',
    scope_map: { read: ['write'] },
    created_at: '2023-11-14T22:13:20Z',
    created_by: 'cli',
  })
})

test('shows the numbers of the overview under their old names', () => {
  const numbers = { clients: 1, users: 2, activeTokens: 3, revokedTokens: 4, connections: 5 }

  assert.deepEqual(statisticsView(numbers), {
    clients: 1,
    users: 2,
    active_tokens_24h: 3,
    revoked_tokens: 4,
    connections: 5,
  })
})

for (const [uptimeSeconds, uptime] of [
  [0, '0s'],
  [59, '59s'],
  [60, '1m 0s'],
  [3_600, '1h 0m 0s'],
  [93_784, '1d 2h 3m 4s'],
  [864_000, '10d 0h 0m 0s'],
] as const) {
  test(`writes an uptime of ${uptimeSeconds} seconds as ${uptime}`, () => {
    const view = systemStatusView({ version: 'v', uptimeSeconds, subsystems: [] })

    assert.deepEqual(view, { version: 'v', uptime, uptime_secs: uptimeSeconds, subsystems: [] })
  })
}

test('leaves out the driver of a part that has none', () => {
  const { subsystems } = systemStatusView({
    version: 'v',
    uptimeSeconds: 0,
    subsystems: [
      { name: 'storage', status: 'unhealthy', driver: 'sqlite' },
      { name: 'encryption', status: 'not_configured', driver: '' },
    ],
  })

  assert.deepEqual(subsystems, [
    { name: 'storage', status: 'unhealthy', driver: 'sqlite' },
    { name: 'encryption', status: 'not_configured' },
  ])
})

test('shows the configuration as drivers and flags', () => {
  const notice = { id: 'n', severity: 'warning', title: 'T', body: 'B' } as const
  const view = systemConfigView({
    issuer: 'https://auth.test',
    signingAlgorithm: 'RS256',
    registrationMode: 'admin_only',
    facts: {
      version: 'v',
      startedAtMs: 0,
      storageDriver: 'sqlite',
      signingKeyStore: 'keyfile',
      encryptionDriver: 'aes_master',
      isRateLimited: false,
      isClientCredentialsEnabled: true,
      dpop: { isEnabled: true, nonceLifeMs: 300_000, isNonceRequired: true },
      tokenExchange: { isEnabled: false, chainDepthMax: 3 },
      listsAgentsInJwks: true,
      isOidcEnabled: true,
    },
    notices: [notice],
  })

  assert.deepEqual(view, {
    issuer: 'https://auth.test',
    storage: { driver: 'sqlite' },
    signing: { algorithm: 'RS256', key_store: 'keyfile' },
    encryption: { driver: 'aes_master' },
    dcr: { mode: 'admin_only' },
    rate_limit: { enabled: false },
    client_credentials: { enabled: true },
    dpop: { enabled: true, nonce_ttl: '5m0s', require_nonce: true },
    token_exchange: { enabled: false, max_chain_depth: 3 },
    agents: { enabled: true, jwks_listing: true },
    oidc: { enabled: true },
    notices: [notice],
  })
})
