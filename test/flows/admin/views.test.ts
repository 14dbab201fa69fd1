// Views of records (spec 05 §5) that no route of this server makes yet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issuanceListView, issuanceView, keyListView } from '../../../src/flows/admin/views.ts'
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
