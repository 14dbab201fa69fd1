// What administrators are shown of users, tokens and grants (src/flows/admin/people-views.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  consentGrantView,
  tokenListView,
  tokenView,
  userGrantsView,
  userView,
} from '../../../src/flows/admin/people-views.ts'
import type { ListedToken } from '../../../src/records/listed-token.ts'
import type { User } from '../../../src/records/user.ts'

const atMs = Date.UTC(2026, 2, 1, 12, 0, 0, 250)

const user: User = {
  id: 'alice',
  email: null,
  name: '',
  passwordHash: '$argon2id$secret',
  role: 'user',
  status: 'active',
  provider: 'oidc',
  providerSub: 'sub',
  providerIssuer: 'https://idp.test',
  sessionsSinceMs: atMs,
  version: 3,
  createdAtMs: atMs,
  updatedAtMs: atMs,
}

const family: ListedToken = {
  id: 'family-1',
  kind: 'authorization_code',
  clientId: 'app',
  userId: 'alice',
  scope: 'read',
  resource: '',
  status: 'active',
  createdAtMs: atMs,
  expiresAtMs: null,
}

test('a user is shown without hash, and with an empty address for none', () => {
  assert.deepEqual(userView(user), {
    id: 'alice',
    email: '',
    name: '',
    role: 'user',
    status: 'active',
    provider: 'oidc',
    created_at: '2026-03-01T12:00:00.250Z',
  })
})

test('a family has a user and does not expire', () => {
  assert.deepEqual(tokenView(family), {
    jti: 'family-1',
    type: 'authorization_code',
    client_id: 'app',
    user_id: 'alice',
    scope: 'read',
    resource: '',
    status: 'active',
    created_at: '2026-03-01T12:00:00.250Z',
  })
})

test('a machine token expires and has no user', () => {
  const view = tokenView({ ...family, userId: null, expiresAtMs: atMs + 750 })

  assert.equal('user_id' in view, false)
  assert.equal(view.expires_at, '2026-03-01T12:00:01.000Z')
})

test('a list of tokens says how many there are', () => {
  const { tokens, total } = tokenListView({ tokens: [family], total: 7 })

  assert.deepEqual([tokens.length, total], [1, 7])
})

test('a grant is shown in whole seconds, with the end only when it has ended', () => {
  const consent = {
    id: 'c-1',
    userId: 'alice',
    clientId: 'app',
    resourceId: 'r1',
    scopes: ['read'],
    createdAtMs: atMs,
    updatedAtMs: atMs,
    revokedAtMs: null,
  }
  const shown = {
    id: 'c-1',
    user_id: 'alice',
    client_id: 'app',
    resource_id: 'r1',
    scopes: ['read'],
    created_at: '2026-03-01T12:00:00Z',
    updated_at: '2026-03-01T12:00:00Z',
  }

  assert.deepEqual(userGrantsView([consent]), { consent_grants: [shown], broker_grants: [] })
  assert.deepEqual(consentGrantView({ ...consent, revokedAtMs: atMs }), {
    ...shown,
    revoked_at: '2026-03-01T12:00:00.250Z',
  })
})
