// The list of tokens for administrators (spec 05 §4.2), and what an id belongs to.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import type { Storage } from './harness.ts'
import { addUser, family, hourMs, redeemed, uri, user, withPeople } from './people-records.ts'
import {
  auditEvent,
  boundIssue,
  client,
  issuance,
  nowMs,
  unboundIssue,
  unboundToken,
} from './records.ts'

type Request = StorageProtocol['listTokens']['request']

const list = (storage: Storage, section: Request['section'], over: Partial<Request> = {}) =>
  storage.read('listTokens', {
    section,
    clientId: null,
    userId: null,
    machineSinceMs: nowMs - hourMs,
    nowMs,
    below: null,
    skip: 0,
    limit: 500,
    ...over,
  })

async function ids(
  storage: Storage,
  section: Request['section'],
  over: Partial<Request> = {},
): Promise<readonly string[]> {
  return (await list(storage, section, over)).tokens.map(({ id }) => id)
}

/** Families of two users at two clients, the second one revoked. */
async function withFamilies(t: Parameters<typeof withPeople>[0]) {
  const storage = await withPeople(t)
  await storage.commit('createClient', {
    client: client({ id: 'other' }),
    audit: auditEvent('client.created_admin'),
  })
  await addUser(storage, user({ id: 'second' }))
  const made = [
    await redeemed(storage),
    await redeemed(storage, { clientId: 'other' }),
    await redeemed(storage, { userId: 'second' }),
  ].map((one) => one.family.id)
  await storage.commit('revokeFamily', {
    familyId: made[1] ?? '',
    nowMs,
    audit: auditEvent('family.revoked'),
  })
  return { storage, made: made.map(String) }
}

test('families are listed by their status, newest first', async (t) => {
  const { storage, made } = await withFamilies(t)

  assert.deepEqual(await ids(storage, 'active-families'), [made[2], made[0]])
  assert.deepEqual(await ids(storage, 'revoked-families'), [made[1]])
})

test('a family says all that an administrator needs', async (t) => {
  const { storage, made } = await withFamilies(t)

  const { tokens } = await list(storage, 'revoked-families')

  assert.deepEqual(tokens, [
    {
      id: made[1],
      kind: 'authorization_code',
      clientId: 'other',
      userId: 'user',
      scope: family().scope,
      resource: uri,
      status: 'revoked',
      createdAtMs: nowMs,
      expiresAtMs: null,
    },
  ])
})

test('filters must all match', async (t) => {
  const { storage, made } = await withFamilies(t)
  const of = (over: Partial<Request>) => ids(storage, 'active-families', over)

  assert.deepEqual(await of({ userId: 'user' }), [made[0]])
  assert.deepEqual(await of({ clientId: 'client' }), [made[2], made[0]])
  assert.deepEqual(await of({ userId: 'second', clientId: 'client' }), [made[2]])
  assert.deepEqual(await of({ userId: 'second', clientId: 'other' }), [])
  assert.deepEqual(await ids(storage, 'revoked-families', { clientId: 'other' }), [made[1]])
  assert.deepEqual(await of({ userId: 'nobody' }), [])
})

test('a page is cut out of what matches, and all of it is counted', async (t) => {
  const { storage, made } = await withFamilies(t)

  const answer = await list(storage, 'active-families', { skip: 1, limit: 1 })
  const beyond = await list(storage, 'active-families', { skip: 7 })

  assert.deepEqual([answer.tokens.map(({ id }) => id), answer.count], [[made[0]], 2])
  assert.deepEqual([beyond.tokens, beyond.count, beyond.next], [[], 2, null])
})

test('machine tokens are listed until they expire, with what they are for', async (t) => {
  const storage = await withPeople(t)
  const live = issuance({ expiresAtMs: nowMs + 1 })
  const dead = issuance({ expiresAtMs: nowMs })
  await redeemed(storage)
  for (const token of [live, dead]) await storage.commit('commitMachineIssuance', boundIssue(token))
  const unbound = unboundToken({ clientId: 'client', scopes: 'a b', expiresAtMs: nowMs + 1 })
  const late = unboundToken({ clientId: 'client', expiresAtMs: nowMs })
  for (const token of [unbound, late])
    await storage.commit('commitMachineIssuance', unboundIssue(token))

  const [first, ...others] = (await list(storage, 'bound')).tokens
  const [second, ...more] = (await list(storage, 'unbound', { clientId: 'client' })).tokens

  assert.deepEqual(
    [first?.id, first?.kind, first?.userId, first?.resource, first?.expiresAtMs, others],
    [live.id, 'client_credentials', null, uri, nowMs + 1, []],
  )
  assert.deepEqual(
    [second?.id, second?.scope, second?.resource, second?.status, more],
    [unbound.jti, 'a b', '', 'active', []],
  )
})

test('a revoked machine token says so', async (t) => {
  const storage = await withPeople(t)
  const token = unboundToken({ clientId: 'client', expiresAtMs: nowMs + hourMs })
  await storage.commit('commitMachineIssuance', unboundIssue(token))
  storage.execute('UPDATE unbound_machine_tokens SET revoked = 1')

  const { tokens } = await list(storage, 'unbound')

  assert.deepEqual(
    tokens.map(({ status }) => status),
    ['revoked'],
  )
})

test('a long list is looked at in steps, none of them over 10,000 rows', async (t) => {
  const storage = await withPeople(t)
  const { family: made } = await redeemed(storage)
  const others = storage
    .query(`SELECT name FROM pragma_table_info('token_families')`)
    .map(({ name }) => String(name))
    .filter((name) => !['id', 'auth_session_id'].includes(name))
    .join(', ')
  storage.execute(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24999)
    INSERT INTO token_families (id, ${others})
    SELECT 'family-' || i, ${others} FROM token_families, n WHERE id = '${made.id}'`)

  for (const over of [{}, { userId: 'user' }, { clientId: 'client' }]) {
    const counts: number[] = []
    let below: number | null = null
    do {
      const step = await list(storage, 'active-families', { ...over, below, limit: 1 })
      counts.push(step.count)
      below = step.next
    } while (below !== null)
    assert.deepEqual(counts, [10_000, 10_000, 5000])
  }
})

test('an id belongs to a family, to a token, or to nothing', async (t) => {
  const storage = await withPeople(t)
  const made = await redeemed(storage)
  const token = issuance({ expiresAtMs: nowMs + hourMs })
  await storage.commit('commitMachineIssuance', boundIssue(token))
  const unbound = unboundToken({ clientId: 'client', expiresAtMs: nowMs + hourMs })
  await storage.commit('commitMachineIssuance', unboundIssue(unbound))
  const find = (id: string) => storage.read('findToken', { id })

  assert.deepEqual(await find(made.family.id), { family: made.family, accessToken: null })
  assert.deepEqual(await find(made.token.jti), {
    family: null,
    accessToken: {
      clientId: 'client',
      isMachine: false,
      expiresAtMs: made.token.expiresAtMs,
    },
  })
  for (const id of [token.id, unbound.jti]) {
    assert.deepEqual(await find(id), {
      family: null,
      accessToken: { clientId: 'client', isMachine: true, expiresAtMs: nowMs + hourMs },
    })
  }
  assert.deepEqual(await find('nothing'), { family: null, accessToken: null })
})

test('a consent is read by its id', async (t) => {
  const storage = await withPeople(t)

  const { consent } = await storage.read('readConsentGrant', { id: 'consent' })

  assert.deepEqual(
    [consent?.userId, consent?.clientId, consent?.resourceId],
    ['user', 'client', 'resource'],
  )
  assert.deepEqual(await storage.read('readConsentGrant', { id: 'nothing' }), { consent: null })
})
