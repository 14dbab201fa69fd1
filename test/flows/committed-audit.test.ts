// What units on people and their grants tell the log is what stands in the table (spec 08 §3, D1).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { auditedStorage } from '../../src/flows/audit.ts'
import { askOptions } from '../../src/flows/services.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'
import {
  authorization,
  consent,
  family,
  redemption,
  refreshToken,
  rotation,
  user,
} from '../storage/people-records.ts'
import { auditEvent, nowMs } from '../storage/records.ts'
import { createInlineServices } from '../support/inline-services.ts'
import { seedClient, seedResource } from '../support/seed.ts'

type Units = 'createUser' | 'startAuthorization' | 'approveConsent' | 'redeemCode'
type Ends = 'rotateRefreshToken' | 'forceLogout' | 'revokeConsentGrant' | 'countFailedRedemption'
type Heard = Units | Ends | 'deleteUser'

/** A user with a consent and a family, and everything that storage tells from here on. */
async function startHeard(t: TestContext) {
  const { services, rows, stop } = await createInlineServices({})
  t.after(stop)
  await seedClient(services, 'client', {})
  await seedResource(services, 'resource', {})
  const heard: AuditEvent[] = []
  const storage = auditedStorage(services.storage, (event) => heard.push(event))
  const ask = async <Kind extends Heard>(kind: Kind, request: StorageProtocol[Kind]['request']) => {
    const outcome = await storage.ask(kind, request, askOptions(services, null))
    assert.ok(outcome.ok)
  }
  const pending = authorization({ codeHash: null })
  const made = family({ authorizationId: pending.id, resource: pending.resource })
  const presented = refreshToken({ familyId: made.id })
  await ask('createUser', { user: user({ id: 'user' }), audit: auditEvent('user.created') })
  await ask('startAuthorization', { authorization: pending })
  await ask('approveConsent', {
    authorizationId: pending.id,
    userId: 'user',
    consent: consent(),
    scope: 'read',
    codeHash: 'hash',
    nowMs,
    audit: auditEvent('consent.granted'),
  })
  await ask('redeemCode', redemption(pending.id, { family: made, refreshToken: presented }))
  const stored = ({ id }: AuditEvent) =>
    rows('SELECT action, detail FROM audit_events WHERE id = ?', id)[0]
  return { ask, heard, stored, presented }
}

test('an authorization that begins tells of nothing, its approval and redemption do', async (t) => {
  const { heard } = await startHeard(t)

  assert.deepEqual(
    heard.map(({ action }) => action),
    ['user.created', 'consent.granted', 'token.issued'],
  )
})

test('of the two rows of a rotation the one that was written is told', async (t) => {
  const { ask, heard, stored, presented } = await startHeard(t)

  await ask('rotateRefreshToken', rotation(presented))
  await ask('rotateRefreshToken', rotation(presented))

  const told = heard.slice(-2)
  assert.deepEqual(
    told.map(({ action }) => action),
    ['token.refreshed', 'token.refresh_retried'],
  )
  for (const event of told) {
    assert.deepEqual(stored(event), { action: event.action, detail: event.detail })
  }
})

test('counts that only the unit knows are told as they are stored', async (t) => {
  const { ask, heard, stored } = await startHeard(t)
  const audit = auditEvent('user.force_logout', { detail: 'user=user' })

  await ask('forceLogout', { userId: 'user', revokedBefore: 7, nowMs, audit })
  await ask('revokeConsentGrant', {
    id: 'consent',
    nowMs,
    audit: auditEvent('consent_grant.revoked_admin', { detail: 'id=consent' }),
  })

  const told = heard.slice(-2)
  assert.deepEqual(
    told.map(({ detail }) => detail),
    ['user=user revoked=8', 'id=consent revoked_issuances=1 revoked_families=0'],
  )
  for (const event of told) {
    assert.deepEqual(stored(event), { action: event.action, detail: event.detail })
  }
})

test('a consent that had ended, and a failure of nobody, tell of nothing', async (t) => {
  const { ask, heard } = await startHeard(t)
  const audit = auditEvent('consent_grant.revoked_admin')
  const before = heard.length

  await ask('revokeConsentGrant', { id: 'nothing', nowMs, audit })
  await ask('countFailedRedemption', {
    authorizationId: 'nothing',
    failuresMax: 5,
    nowMs,
    audit: null,
  })

  assert.equal(heard.length, before)
})

test('a deletion is told when the user is gone', async (t) => {
  const { ask, heard, stored } = await startHeard(t)
  const audit = auditEvent('user.deleted', { detail: 'user=user force=true' })

  await ask('deleteUser', { id: 'user', force: true, nowMs, audit })

  assert.deepEqual(heard.at(-1), audit)
  assert.deepEqual(stored(audit), { action: 'user.deleted', detail: 'user=user force=true' })
})
