// Tokens as administrators see and end them (src/flows/admin/tokens.ts, spec 05 §4.2).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  forceLogout,
  listTokens,
  listUserTokens,
  revokeListedToken,
} from '../../../src/flows/admin/tokens.ts'
import { currentUser } from '../../../src/flows/login/current-user.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { seedClient, seedResource, seedToken } from '../../support/seed.ts'
import { claimsIn, seedApp, seedUserTokens } from '../../support/seed-codes.ts'
import { seedUser, sessionCookieFor } from '../../support/seed-users.ts'

const operator = { actorId: 'admin', trace: null }
const all = { clientId: null, userId: null, limit: 50, offset: 0 }
const hourMs = 3_600_000

async function start(t: TestContext): Promise<InlineServices> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  const { services } = inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', {})
  await seedClient(services, 'm2m', {})
  await seedResource(services, 'r1', {})
  return inline
}

const familyOf = (inline: InlineServices) =>
  seedUserTokens(inline.services, { clientId: 'app', userId: 'alice', resource: null, scope: '' })
const machine = ({ services }: InlineServices, resourceId: string | null, lifeMs = hourMs) =>
  seedToken(services, { clientId: 'm2m', resourceId, lifeMs })

test('each side has its own page, and the total is of both', async (t) => {
  const inline = await start(t)
  for (let index = 0; index < 3; index += 1) await familyOf(inline)
  const bound = await machine(inline, 'r1')
  const unbound = await machine(inline, null)

  const first = await listTokens(inline.services, operator, { ...all, limit: 1 })
  const second = await listTokens(inline.services, operator, { ...all, limit: 1, offset: 1 })
  const third = await listTokens(inline.services, operator, { ...all, limit: 5, offset: 2 })

  assert.deepEqual([first.total, second.total, third.total], [5, 5, 5])
  const [newest, machineNewest] = first.tokens
  assert.deepEqual([newest?.userId, machineNewest?.id], ['alice', bound])
  assert.deepEqual([second.tokens.length, second.tokens[1]?.id], [2, unbound])
  assert.deepEqual(
    third.tokens.map(({ kind }) => kind),
    ['authorization_code'],
  )
})

test('with a user there are no machine tokens, and the user must exist', async (t) => {
  const inline = await start(t)
  await familyOf(inline)
  await machine(inline, null)

  const { tokens, total } = await listUserTokens(inline.services, operator, {
    ...all,
    userId: 'alice',
  })

  assert.deepEqual([tokens.length, total], [1, 1])
  await assert.rejects(listUserTokens(inline.services, operator, { ...all, userId: 'nobody' }), {
    code: 'not_found',
  })
})

test('expired machine tokens are not listed', async (t) => {
  const inline = await start(t)
  await machine(inline, 'r1', -1)
  await machine(inline, null, -1)

  assert.deepEqual(await listTokens(inline.services, operator, all), { tokens: [], total: 0 })
})

test('a family is revoked with its access tokens, and again without a row', async (t) => {
  const inline = await start(t)
  const { accessToken } = await familyOf(inline)
  const [family] = (await listTokens(inline.services, operator, all)).tokens

  await revokeListedToken(inline.services, operator, family?.id ?? '')
  await revokeListedToken(inline.services, operator, family?.id ?? '')

  const [after] = (await listTokens(inline.services, operator, all)).tokens
  assert.equal(after?.status, 'revoked')
  assert.deepEqual(inline.rows('SELECT jti FROM revoked_jtis'), [
    { jti: claimsIn(accessToken)['jti'] },
  ])
  const audits = `SELECT client_id, detail FROM audit_events WHERE action = 'token.revoked'`
  assert.deepEqual(inline.rows(audits), [{ client_id: 'app', detail: `family=${family?.id}` }])
  const counted = inline.meterCalls.filter(([name]) => name === 'tokensRevoked')
  assert.deepEqual(counted, [['tokensRevoked', 'explicit']])
})

test('machine tokens are revoked by their jti', async (t) => {
  const inline = await start(t)
  for (const resourceId of ['r1', null]) {
    const jti = await machine(inline, resourceId)

    await revokeListedToken(inline.services, operator, jti)

    const [row] = inline.rows('SELECT revoked FROM machine_tokens WHERE jti = ?', jti)
    assert.deepEqual(row, { revoked: 1 })
    const [audit] = inline.rows(
      `SELECT detail FROM audit_events WHERE action = 'token.revoked' ORDER BY id DESC`,
    )
    assert.deepEqual(audit, { detail: `machine_jti=${jti}` })
  }
  assert.deepEqual(
    inline.meterCalls.filter(([name]) => name === 'tokensRevoked').map(([, reason]) => reason),
    ['explicit_machine', 'explicit_machine'],
  )
})

test('an access token of a user is revoked alone by its jti', async (t) => {
  const inline = await start(t)
  const resource = { id: 'r1', uri: 'https://r1.test/mcp' }
  const of = { clientId: 'app', userId: 'alice', resource, scope: 'tools/echo' }
  const jti = String(claimsIn((await seedUserTokens(inline.services, of)).accessToken)['jti'])

  await revokeListedToken(inline.services, operator, jti)

  assert.deepEqual(inline.rows('SELECT jti FROM revoked_jtis'), [{ jti }])
  assert.deepEqual(inline.rows('SELECT status FROM token_families'), [{ status: 'active' }])
})

test('what nobody knows cannot be revoked', async (t) => {
  const { services } = await start(t)

  await assert.rejects(revokeListedToken(services, operator, 'nothing'), { code: 'not_found' })
})

test('a forced logout ends hundreds of families and all sessions, and tells once', async (t) => {
  const inline = await start(t)
  const { services } = inline
  const cookie = sessionCookieFor(services, 'alice')
  for (let index = 0; index < 103; index += 1) await familyOf(inline)

  const revoked = await forceLogout(services, operator, 'alice')

  assert.equal(revoked, 103)
  assert.equal(await currentUser(services, cookie, null), null)
  assert.deepEqual(inline.rows('SELECT count(*) AS n FROM revoked_jtis'), [{ n: 103 }])
  const audits = `SELECT detail FROM audit_events WHERE action = 'user.force_logout'`
  assert.deepEqual(inline.rows(audits), [{ detail: 'user=alice revoked=103' }])
  await assert.rejects(forceLogout(services, operator, 'nobody'), { code: 'not_found' })
})
