// Issued tokens: their rows, the view over them, their lists (spec 07 §3.3, B48).
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import test from 'node:test'
import { issuanceRow } from '../../actors/storage/operations/issuances.ts'
import type { Issuance } from '../../src/records/issuance.ts'
import { type Storage, startStorage } from './harness.ts'
import {
  auditEvent,
  boundIssue,
  client,
  issuance,
  nowMs,
  resource,
  unboundIssue,
  unboundToken,
} from './records.ts'

const hourMs = 3_600_000

async function withOwners(t: TestContext): Promise<Storage> {
  const storage = await startStorage(t)
  for (const id of ['client', 'other']) {
    const audit = auditEvent('client.created_admin')
    await storage.commit('createClient', { client: client({ id }), audit })
  }
  for (const id of ['resource', 'second']) {
    const audit = auditEvent('resource.created')
    await storage.commit('createResource', { resource: resource({ id }), audit })
  }
  return storage
}

/** Writes issuances of whatever kind, also those that no message makes yet. */
async function issue(storage: Storage, ...tokens: readonly Issuance[]): Promise<void> {
  const answers = storage.state.driver.commit(
    tokens.map((token) => ({ kind: 'rows', required: [], sets: [issuanceRow(token)] })),
  )
  assert.ok(answers.every((answer) => 'ok' in answer && answer.ok))
}

const noFilter = { userId: null, clientId: null, resourceId: null, jti: null }

test('an issuance is read back with every member', async (t) => {
  const storage = await withOwners(t)
  const token = issuance({
    subjectUserId: 'user',
    dpopJkt: 'thumbprint',
    agentId: 'agent',
    agentChain: ['agent', 'parent'],
    consentClientId: 'consent',
    parentJti: 'parent',
    revokedAtMs: nowMs + 1,
  })
  await issue(storage, token)

  assert.deepEqual(await storage.read('readIssuance', { id: token.id }), { issuance: token })
  assert.deepEqual(await storage.read('readIssuance', { id: 'nothing' }), { issuance: null })
})

test('a token writes its issuance and an audit row of the same id', async (t) => {
  const storage = await withOwners(t)
  await storage.commit('commitMachineIssuance', boundIssue(issuance()))

  const rows = storage.query(
    `SELECT a.action, i.client_id FROM audit_events AS a JOIN issuances AS i ON i.id = a.id`,
  )

  assert.deepEqual(rows, [{ action: 'client_credentials.issued', client_id: 'client' }])
})

test('empty texts of nullable columns are stored as NULL', async (t) => {
  const storage = await withOwners(t)
  await issue(
    storage,
    issuance({ dpopJkt: '', agentId: '', consentClientId: '', parentJti: '', scopes: [] }),
  )

  const [row] = storage.query(
    'SELECT dpop_jkt, agent_id, consent_client_id, parent_jti FROM issuances',
  )

  assert.deepEqual(row, {
    dpop_jkt: null,
    agent_id: null,
    consent_client_id: null,
    parent_jti: null,
  })
})

test('instants are written with nine digits and Z', async (t) => {
  const storage = await withOwners(t)
  await issue(storage, issuance({ issuedAtMs: nowMs + 7 }))

  const [row] = storage.query('SELECT issued_at, expires_at FROM issuances')

  assert.deepEqual(row, {
    issued_at: '2026-03-01T12:00:00.007000000Z',
    expires_at: '2026-03-01T12:15:00.007000000Z',
  })
})

test('issuances are listed newest first within the window and up to the limit', async (t) => {
  const storage = await withOwners(t)
  const ages = [10 * 24 * hourMs, 2 * hourMs, hourMs, 0]
  const tokens = ages.map((ageMs) => issuance({ issuedAtMs: nowMs - ageMs }))
  await issue(storage, ...tokens)
  const [ancient, old, recent, fresh] = tokens
  const list = async (sinceMs: number, limit: number) => {
    const filter = { ...noFilter, clientId: 'client', sinceMs, limit }
    return (await storage.read('listIssuances', filter)).issuances
  }

  assert.deepEqual(await list(nowMs - 30 * 24 * hourMs, 10), [fresh, recent, old, ancient])
  assert.deepEqual(await list(nowMs - hourMs, 10), [fresh, recent])
  assert.deepEqual(await list(nowMs - 30 * 24 * hourMs, 2), [fresh, recent])
  assert.deepEqual(await list(nowMs + 1, 10), [])
  assert.deepEqual(await list(nowMs + 30 * 24 * hourMs, 10), [])
})

test('all given filters must match, whichever of them drives', async (t) => {
  const storage = await withOwners(t)
  const plain = issuance()
  const elsewhere = issuance({ resourceId: 'second' })
  const foreign = issuance({ clientId: 'other' })
  const forUser = issuance({ subjectUserId: 'user' })
  await issue(storage, plain, elsewhere, foreign, forUser)
  const list = async (filter: Partial<typeof noFilter> | { readonly userId: string }) => {
    const request = { ...noFilter, ...filter, sinceMs: 0, limit: 10 }
    return (await storage.read('listIssuances', request)).issuances
  }

  assert.deepEqual(await list({ userId: 'user' }), [forUser])
  assert.deepEqual(await list({ userId: 'client' }), [elsewhere, plain])
  assert.deepEqual(await storage.read('listIssuances', both('client', 'second')), {
    issuances: [elsewhere],
  })
  assert.deepEqual(await list({ userId: 'nobody' }), [])
})

function both(clientId: string, resourceId: string) {
  return { ...noFilter, clientId, resourceId, sinceMs: 0, limit: 10 }
}

test('a resource lists the issuances of all its clients', async (t) => {
  const storage = await withOwners(t)
  const first = issuance()
  const second = issuance({ clientId: 'other' })
  await issue(storage, first, second)

  const filter = { ...noFilter, resourceId: 'resource', sinceMs: 0, limit: 10 }

  assert.deepEqual(await storage.read('listIssuances', filter), { issuances: [second, first] })
})

test('with a jti neither time nor limit counts, but the other filters do', async (t) => {
  const storage = await withOwners(t)
  const token = issuance()
  await issue(storage, token)
  const list = async (clientId: string | null) => {
    const filter = { ...noFilter, jti: token.id, clientId, sinceMs: nowMs + hourMs, limit: 0 }
    return (await storage.read('listIssuances', filter)).issuances
  }

  assert.deepEqual(await list(null), [token])
  assert.deepEqual(await list('client'), [token])
  assert.deepEqual(await list('other'), [])
})

test('a broker issuance has an id but no jti', async (t) => {
  const storage = await withOwners(t)
  const vended = issuance({ backendKind: 'broker', revocable: false, isMachine: false })
  await issue(storage, vended)
  const filter = { ...noFilter, jti: vended.id, sinceMs: 0, limit: 10 }

  assert.deepEqual(await storage.read('listIssuances', filter), { issuances: [] })
  assert.deepEqual(await storage.read('readIssuance', { id: vended.id }), { issuance: vended })
})

test('the view machine_tokens shows bound and unbound tokens alike (B48)', async (t) => {
  const storage = await withOwners(t)
  const target = await storage.read('readResource', { by: 'id', value: 'resource' })
  const bound = issuance({ scopes: ['write', 'read'], revokedAtMs: nowMs })
  const unbound = unboundToken({ scopes: 'read' })
  await issue(storage, bound, issuance({ isMachine: false }))
  await storage.commit('commitMachineIssuance', unboundIssue(unbound))

  const rows = storage.query('SELECT jti, client_id, scopes, resource, revoked FROM machine_tokens')

  const uri = target.resource?.uri
  assert.deepEqual(rows, [
    { jti: bound.id, client_id: 'client', scopes: 'write read', resource: uri, revoked: 1 },
    { jti: unbound.jti, client_id: 'client', scopes: 'read', resource: '', revoked: 0 },
  ])
})

for (const [name, request, refusal] of [
  ['bound token of a deleted client', boundIssue(issuance({ clientId: 'gone' })), 'client-gone'],
  [
    'unbound token of a deleted client',
    unboundIssue(unboundToken({ clientId: 'gone' })),
    'client-gone',
  ],
  ['token for a deleted resource', boundIssue(issuance({ resourceId: 'gone' })), 'resource-gone'],
] as const) {
  test(`a ${name} is refused and leaves nothing behind`, async (t) => {
    const storage = await withOwners(t)

    const answer = await storage.commit('commitMachineIssuance', request)

    assert.deepEqual(answer, { ok: false, refusal })
    assert.deepEqual(storage.query('SELECT * FROM machine_tokens'), [])
    const audits = `SELECT * FROM audit_events WHERE action = 'client_credentials.issued'`
    assert.deepEqual(storage.query(audits), [])
  })
}

test('a token is revoked once, and only that is told', async (t) => {
  const storage = await withOwners(t)
  const token = issuance()
  await issue(storage, token)
  const revoke = (id: string, atMs: number) =>
    storage.commit('revokeIssuance', {
      id,
      nowMs: atMs,
      audit: auditEvent('issuance.revoked_admin'),
    })

  const first = await revoke(token.id, nowMs + 1)
  const second = await revoke(token.id, nowMs + 2)
  const unknown = await revoke('nothing', nowMs)

  assert.deepEqual(first, { ok: true, reply: { revoked: true } })
  assert.deepEqual(second, { ok: true, reply: { revoked: false } })
  assert.deepEqual(unknown, { ok: true, reply: { revoked: false } })
  const stored = await storage.read('readIssuance', { id: token.id })
  assert.equal(stored.issuance?.revokedAtMs, nowMs + 1)
  const audits = `SELECT count(*) AS n FROM audit_events WHERE action = 'issuance.revoked_admin'`
  assert.deepEqual(storage.query(audits), [{ n: 1 }])
})

test('each window query reads its index and sorts nothing', async (t) => {
  const storage = await withOwners(t)
  const plan = (where: string) =>
    storage
      .query(
        `EXPLAIN QUERY PLAN SELECT * FROM issuances WHERE ${where}
         AND rowid >= (SELECT rowid FROM issuances WHERE id >= 'x' ORDER BY id LIMIT 1)
         AND issued_at >= 'x' ORDER BY rowid DESC LIMIT 5`,
      )
      .map((row) => String(row['detail']))
      .join('\n')

  const byClient = plan(`client_id = 'c'`)
  const byResource = plan(`resource_id = 'r'`)

  assert.match(byClient, /USING INDEX issuances_client_id \(client_id=\? AND rowid>\?\)/)
  assert.match(byResource, /USING INDEX issuances_resource_id \(resource_id=\? AND rowid>\?\)/)
  assert.doesNotMatch(byClient + byResource, /TEMP B-TREE|SCAN issuances\n/)
})
