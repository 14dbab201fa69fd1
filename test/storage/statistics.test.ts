// Counts for gauges and the overview (spec 05 §4.8, B18), and the look at a client's tokens before
// it is deleted: both in steps of a bounded number of rows.
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { issuanceRow } from '../../actors/storage/operations/issuances.ts'
import { unboundMachineTokenRow } from '../../actors/storage/operations/machine-tokens.ts'
import type { MachineTokenCursor } from '../../actors/storage/protocol.ts'
import type { RowSet } from '../../actors/storage/sql.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { Issuance, UnboundMachineToken } from '../../src/records/issuance.ts'
import { type Storage, startStorage } from './harness.ts'
import { auditEvent, client, issuance, nowMs, resource, unboundToken } from './records.ts'

const hourMs = 3_600_000
const idAt = (ms: number): string => systemRandom().uuidV7(ms)

async function withOwners(t: TestContext): Promise<Storage> {
  const storage = await startStorage(t)
  for (const id of ['client', 'other']) {
    const audit = auditEvent('client.created_admin')
    await storage.commit('createClient', { client: client({ id }), audit })
  }
  const audit = auditEvent('resource.created')
  await storage.commit('createResource', { resource: resource({ id: 'resource' }), audit })
  return storage
}

function store(storage: Storage, sets: readonly RowSet[]): void {
  const units = sets.map((set) => ({ kind: 'rows', required: [], sets: [set] }) as const)
  const answers = storage.state.driver.commit(units)
  assert.ok(answers.every((answer) => 'ok' in answer && answer.ok))
}

/** A token with a row in issuances, issued `ageMs` ago, for an hour. */
function bound(ageMs: number, over: Partial<Issuance> = {}): RowSet {
  const issuedAtMs = nowMs - ageMs
  const expiresAtMs = issuedAtMs + hourMs
  return issuanceRow(issuance({ id: idAt(issuedAtMs), issuedAtMs, expiresAtMs, ...over }))
}

function unbound(ageMs: number, over: Partial<UnboundMachineToken> = {}): RowSet {
  const issuedAtMs = nowMs - ageMs
  const expiresAtMs = issuedAtMs + hourMs
  const token = unboundToken({ jti: idAt(issuedAtMs), issuedAtMs, expiresAtMs, ...over })
  return unboundMachineTokenRow(token)
}

async function countAll(storage: Storage, sinceMs: number) {
  let cursor: MachineTokenCursor | null = null
  let [live, revoked, steps] = [0, 0, 0]
  do {
    const counted: Awaited<ReturnType<typeof storage.read<'countMachineTokens'>>> =
      await storage.read('countMachineTokens', { sinceMs, nowMs, cursor })
    live += counted.live
    revoked += counted.revoked
    steps += 1
    cursor = counted.next
  } while (cursor !== null)
  return { live, revoked, steps }
}

test('gauges count what is active', async (t) => {
  const storage = await withOwners(t)
  const audit = auditEvent('client.created_admin')
  await storage.commit('createClient', { client: client({ status: 'suspended' }), audit })
  storage.execute(`
    INSERT INTO users (id, created_at, updated_at) VALUES ('u', '', '');
    INSERT INTO token_families (id, client_id, user_id, status, created_at) VALUES
      ('f1', 'client', 'u', 'active', ''), ('f2', 'client', 'u', 'revoked', '')`)

  const counted = await storage.read('countActive', {})

  assert.deepEqual(counted, { clients: 2, tokenFamilies: 1 })
})

test('gauges are counted in indexes alone', async (t) => {
  const storage = await startStorage(t)

  for (const table of ['clients', 'token_families']) {
    const [plan] = storage.query(`
      EXPLAIN QUERY PLAN SELECT count(*) AS n FROM ${table} WHERE status = 'active'`)
    assert.match(String(plan?.['detail']), /USING COVERING INDEX/)
  }
})

test('the overview counts clients of any status, users, families and connections', async (t) => {
  const storage = await withOwners(t)
  const audit = auditEvent('client.created_admin')
  await storage.commit('createClient', { client: client({ status: 'revoked' }), audit })
  storage.execute(`
    INSERT INTO users (id, created_at, updated_at) VALUES ('u', '', '');
    INSERT INTO token_families (id, client_id, user_id, status, created_at) VALUES
      ('f1', 'client', 'u', 'active', '2026-03-01T00:00:00.000000000Z'),
      ('f2', 'client', 'u', 'active', '2026-02-28T23:59:59.999000000Z'),
      ('f3', 'client', 'u', 'revoked', '2026-03-01T11:00:00.000000000Z'),
      ('f4', 'client', 'u', 'revoked', '2026-02-01T11:00:00.000000000Z');
    INSERT INTO broker_providers (id, slug, display_name, protocol, created_at, updated_at)
      VALUES ('p', 'p', 'P', 'oauth', '', ''), ('q', 'q', 'Q', 'oauth', '', '');
    INSERT INTO broker_grants (id, user_id, broker_provider_id, credential_data, scopes_granted,
      enc_backend, created_at, updated_at, revoked_at) VALUES
      ('g1', 'u', 'p', x'00', '[]', 'aes', '', '', NULL),
      ('g2', 'u', 'q', x'00', '[]', 'aes', '', '', '2026-03-01T00:00:00.000000000Z')`)

  const counted = await storage.read('readStatistics', { sinceMs: Date.UTC(2026, 2, 1) })

  assert.deepEqual(counted, {
    clients: 3,
    users: 1,
    activeFamilies: 1,
    revokedFamilies: 1,
    connections: 1,
  })
})

test('machine tokens born in the period are live or revoked, or neither', async (t) => {
  const storage = await withOwners(t)
  const revokedAtMs = nowMs - 1
  store(storage, [
    bound(5 * hourMs, { expiresAtMs: nowMs + hourMs }),
    bound(5 * hourMs, { revokedAtMs }),
    bound(3 * hourMs),
    bound(3 * hourMs, { revokedAtMs }),
    bound(10),
    bound(10, { isMachine: false }),
    bound(5, { revokedAtMs }),
    unbound(5 * hourMs, { expiresAtMs: nowMs + hourMs }),
    unbound(3 * hourMs),
    unbound(10),
    unbound(5),
  ])
  storage.execute(`
    UPDATE unbound_machine_tokens SET revoked = 1
    WHERE jti = (SELECT max(jti) FROM unbound_machine_tokens)`)

  const { live, revoked } = await countAll(storage, nowMs - 4 * hourMs)

  assert.deepEqual({ live, revoked }, { live: 2, revoked: 3 })
})

test('nothing at all is counted in two steps', async (t) => {
  const storage = await startStorage(t)

  assert.deepEqual(await countAll(storage, 0), { live: 0, revoked: 0, steps: 2 })
})

test('a busy day is counted in steps, each token once', async (t) => {
  const storage = await withOwners(t)
  const random = systemRandom()
  const rows = Array.from({ length: 20_500 }, (_, n) => {
    const issuedAtMs = nowMs - 60_000 + n
    return issuanceRow(issuance({ id: random.uuidV7(issuedAtMs), issuedAtMs }))
  })
  store(storage, rows)

  const counted = await countAll(storage, nowMs - hourMs)

  assert.deepEqual(counted, { live: 20_500, revoked: 0, steps: 3 })
})

test('a survey tells the newest token and the oldest live one', async (t) => {
  const storage = await withOwners(t)
  store(storage, [
    bound(3 * hourMs),
    bound(2 * hourMs, { expiresAtMs: nowMs + 1 }),
    bound(10, { revokedAtMs: nowMs }),
    bound(10, { clientId: 'other' }),
    bound(5),
    bound(4, { isMachine: false }),
    unbound(3 * hourMs),
  ])
  const survey = (cursor: MachineTokenCursor | null) =>
    storage.read('surveyMachineTokens', { clientId: 'client', nowMs, cursor })

  const first = await survey(null)
  assert.ok(first.next !== null)
  const second = await survey(first.next)

  assert.deepEqual([first.table, first.newest, first.oldestLive], ['issuances', 6, 2])
  assert.deepEqual(second, { table: 'unbound', newest: 1, oldestLive: null, next: null })
})

test('the tokens of a client are surveyed in steps', async (t) => {
  const storage = await withOwners(t)
  const random = systemRandom()
  const rows = Array.from({ length: 10_001 }, (_, n) => {
    const issuedAtMs = nowMs - 24 * hourMs + n
    return issuanceRow(issuance({ id: random.uuidV7(issuedAtMs), issuedAtMs }))
  })
  store(storage, rows)
  const survey = (cursor: MachineTokenCursor | null) =>
    storage.read('surveyMachineTokens', { clientId: 'client', nowMs, cursor })

  const first = await survey(null)
  const second = await survey(first.next)

  assert.deepEqual(first.next, { table: 'issuances', below: 2 })
  assert.equal(second.newest, 1)
  assert.equal(second.next?.table, 'unbound')
})

test('a deletion does not look at tokens that were found dead', async (t) => {
  const storage = await withOwners(t)
  store(storage, [bound(10), bound(5)])
  const remove = (issuances: number) =>
    storage.commit('deleteClient', {
      id: 'client',
      force: false,
      deadBelow: { issuances, unbound: 0 },
      nowMs,
      audit: auditEvent('client.deleted'),
    })

  assert.deepEqual(await remove(2), { ok: false, refusal: 'client-in-use' })
  assert.deepEqual(await remove(3), { ok: true, reply: {} })
})
