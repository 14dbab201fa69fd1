// Administration of users (src/flows/admin/users.ts, spec 05 §4.3, B38).
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import {
  changeUser,
  createUser,
  deleteUser,
  listUsers,
  moveUserStatus,
  readUser,
  setUserPassword,
} from '../../../src/flows/admin/users.ts'
import { currentUser } from '../../../src/flows/login/current-user.ts'
import { askOptions, type Services } from '../../../src/flows/services.ts'
import { redeemAuthorizationCode } from '../../../src/flows/token/authorization-code.ts'
import { readTokenCall } from '../../../src/oauth/token-request.ts'
import type { User } from '../../../src/records/user.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { seedResource } from '../../support/seed.ts'
import { seedApp, seedCaller, seedCode, seedUserTokens } from '../../support/seed-codes.ts'
import { passwordOf, seedUser, sessionCookieFor } from '../../support/seed-users.ts'

const operator = { actorId: 'admin', trace: null }
const requested = {
  email: 'alice@example.test',
  password: 'correct horse',
  name: null,
  role: null,
}

async function start(t: TestContext): Promise<InlineServices> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

async function knows(services: Services, user: User, password: string): Promise<boolean> {
  const request = { password, hash: user.passwordHash }
  const options = askOptions(services, null)
  return (await services.passwordPool.ask('verifyPassword', request, options)).reply.isRight
}

const audits = ({ rows }: InlineServices) =>
  rows(`SELECT action, actor_id, client_id, ip, detail FROM audit_events ORDER BY id`)

test('a created user is stored as it was returned, and can sign in', async (t) => {
  const inline = await start(t)

  const user = await createUser(inline.services, operator, { ...requested, name: 'Alice' })

  assert.deepEqual(await readUser(inline.services, operator, user.id), user)
  assert.deepEqual(
    [user.email, user.name, user.role, user.status, user.provider, user.version],
    ['alice@example.test', 'Alice', 'user', 'active', 'local', 1],
  )
  assert.match(user.id, /^[\w-]{22}$/)
  assert.equal(await knows(inline.services, user, 'correct horse'), true)
  assert.deepEqual(audits(inline), [
    {
      action: 'user.created',
      actor_id: 'admin',
      client_id: '',
      ip: '',
      detail: `user=${user.id}`,
    },
  ])
})

test('an address is the same in other letters and forms', async (t) => {
  const { services } = await start(t)
  const { email } = await createUser(services, operator, { ...requested, email: 'ÄLICE@ﬁ.test' })

  assert.equal(email, 'älice@fi.test')
  await assert.rejects(createUser(services, operator, { ...requested, email: ' älice@FI.test' }), {
    code: 'conflict',
  })
})

describe('a creation is refused', () => {
  const cases: readonly (readonly [
    string,
    Partial<Record<keyof typeof requested, string | null>>,
  ])[] = [
    ['without address', { email: null }],
    ['with an empty address', { email: ' ' }],
    ['with a line break in the address', { email: 'a@b.test\r\nx' }],
    ['with an address over 254 bytes', { email: `${'é'.repeat(125)}@b.te` }],
    ['without password', { password: null }],
    ['with a password over 1,024 bytes', { password: '€'.repeat(342) }],
    ['with a name over 255 bytes', { name: 'x'.repeat(256) }],
  ]
  for (const [what, change] of cases) {
    test(what, async (t) => {
      const inline = await start(t)

      await assert.rejects(createUser(inline.services, operator, { ...requested, ...change }), {
        name: 'AdminError',
        code: 'invalid',
      })

      assert.deepEqual(inline.rows('SELECT 1 FROM users'), [])
      assert.deepEqual(audits(inline), [])
    })
  }
})

test('all users are listed, in pages that nobody sees', async (t) => {
  const { services, execute } = await start(t)
  execute(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
    INSERT INTO users (id, created_at, updated_at)
    SELECT 'u-' || i, printf('2026-01-01T00:00:00.%09dZ', i), '2026-01-01T00:00:00Z' FROM n`)
  const listed = async (limit: number | null, offset: number) =>
    (await listUsers(services, operator, { limit, offset })).map(({ id }) => id)

  assert.deepEqual((await listed(null, 0)).length, 1001)
  assert.deepEqual(await listed(2, 999), ['u-2', 'u-1'])
  assert.deepEqual((await listed(600, 0)).at(-1), 'u-402')
})

test('a change keeps what it does not name, and an empty one writes nothing', async (t) => {
  const inline = await start(t)
  const { services } = inline
  const before = await seedUser(services, 'alice', {})

  const same = await changeUser(services, operator, {
    id: 'alice',
    change: { email: null, name: null },
  })
  const changed = await changeUser(services, operator, {
    id: 'alice',
    change: { email: null, name: 'Al' },
  })

  assert.deepEqual(same, before)
  assert.deepEqual([changed.email, changed.name, changed.version], [before.email, 'Al', 2])
  assert.deepEqual(
    audits(inline).map(({ action }) => action),
    ['user.created', 'user.updated'],
  )
})

test('a change of what somebody else changed meanwhile is refused', async (t) => {
  const { services } = await start(t)
  const user = await seedUser(services, 'alice', {})
  const stale: Services = {
    ...services,
    storage: {
      name: services.storage.name,
      tell: (kind, request) => services.storage.tell(kind, request),
      load: () => services.storage.load(),
      ask: async (kind, request, options) => {
        const outcome = await services.storage.ask(kind, request, options)
        if (kind !== 'readUser') return outcome
        await changeUser(services, operator, { id: 'alice', change: { email: null, name: 'B' } })
        return outcome
      },
    },
  }

  await assert.rejects(
    changeUser(stale, operator, { id: user.id, change: { email: null, name: 'A' } }),
    { code: 'conflict', message: /changed meanwhile/ },
  )
})

test('a new password counts, and sessions that began before are over', async (t) => {
  const inline = await start(t)
  const { services } = inline
  await seedUser(services, 'alice', {})
  const cookie = sessionCookieFor(services, 'alice')
  assert.notEqual(await currentUser(services, cookie, null), null)

  await setUserPassword(services, operator, { id: 'alice', password: 'another one' })

  const user = await readUser(services, operator, 'alice')
  assert.equal(await knows(services, user, 'another one'), true)
  assert.equal(await knows(services, user, passwordOf('alice')), false)
  assert.equal(await currentUser(services, cookie, null), null)
  assert.equal(audits(inline).at(-1)?.['detail'], 'user=alice')
})

test('a user who signs in elsewhere gets no password', async (t) => {
  const inline = await start(t)
  await seedUser(inline.services, 'bob', { provider: 'oidc', providerSub: 's', passwordHash: '' })

  await assert.rejects(
    setUserPassword(inline.services, operator, { id: 'bob', password: 'another one' }),
    { code: 'invalid' },
  )

  assert.deepEqual(inline.rows('SELECT password_hash FROM users'), [{ password_hash: '' }])
})

test('a disabled user is locked out at once, with a code that waits', async (t) => {
  const inline = await start(t)
  const { services } = inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', {})
  const cookie = sessionCookieFor(services, 'alice')
  const of = { clientId: 'app', userId: 'alice', resource: null, scope: '' }
  const { form } = await seedCode(services, of)

  const status = await moveUserStatus(services, operator, { id: 'alice', move: 'disable' })

  assert.equal(status, 'disabled')
  assert.equal(await currentUser(services, cookie, null), null)
  await moveUserStatus(services, operator, { id: 'alice', move: 'enable' })
  const call = readTokenCall(new Map(Object.entries(form)), {
    authorization: undefined,
    proof: null,
    caller: seedCaller,
  })
  await assert.rejects(redeemAuthorizationCode(services, call), { code: 'invalid_grant' })
})

test('a deletion by force goes on until hundreds of families are gone', async (t) => {
  const inline = await start(t)
  const { services } = inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', {})
  await seedResource(services, 'r1', {})
  for (let index = 0; index < 205; index += 1) {
    await seedUserTokens(services, { clientId: 'app', userId: 'alice', resource: null, scope: '' })
  }
  await assert.rejects(deleteUser(services, operator, { id: 'alice', force: false }), {
    code: 'conflict',
    message: /force=true/,
  })

  await deleteUser(services, operator, { id: 'alice', force: true })

  const left = inline.rows(`SELECT (SELECT count(*) FROM users) AS users,
    (SELECT count(*) FROM token_families) AS families,
    (SELECT count(*) FROM refresh_tokens) AS refresh_tokens,
    (SELECT count(*) FROM revoked_jtis) AS denylisted`)
  assert.deepEqual(left, [{ users: 0, families: 0, refresh_tokens: 0, denylisted: 205 }])
  const told = audits(inline).filter(({ action }) => action === 'user.deleted')
  assert.deepEqual(
    told.map(({ detail }) => detail),
    ['user=alice force=true'],
  )
})

test('nobody is found by an id that nobody has', async (t) => {
  const { services } = await start(t)
  const id = 'nobody'

  const asks: readonly (() => Promise<unknown>)[] = [
    () => readUser(services, operator, id),
    () => changeUser(services, operator, { id, change: { email: null, name: 'x' } }),
    () => moveUserStatus(services, operator, { id, move: 'disable' }),
    () => setUserPassword(services, operator, { id, password: 'x' }),
    () => deleteUser(services, operator, { id, force: true }),
  ]
  for (const ask of asks) {
    await assert.rejects(ask(), { name: 'AdminError', code: 'not_found' })
  }
})
