// Attack catalogue, group AD, where it is about users and their tokens (spec 09).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AdminPort, askAdminOnce } from '../support/admin-attack.ts'
import { type AttackTarget, jsonOf, startTarget, unharmed } from '../support/attack.ts'
import { seedApp, seedUserTokens } from '../support/seed-codes.ts'
import { seedUser } from '../support/seed-users.ts'

let target: AttackTarget
let admin: AdminPort

before(async () => {
  target = await startTarget({
    seed: async (services) => {
      await seedUser(services, 'alice', {})
      await seedApp(services, 'app', {})
      await seedUserTokens(services, {
        clientId: 'app',
        userId: 'alice',
        resource: null,
        scope: '',
      })
    },
  })
  admin = { port: Number(new URL(target.adminUrl).port), key: target.adminKey() }
})

after(() => target.stop())

const get = (path: string) => askAdminOnce(admin, { method: 'GET', path })
const patch = (path: string, body: unknown) => askAdminOnce(admin, { method: 'PATCH', path, body })

describe('AD-06 reading a user back', () => {
  test('shows neither password nor hash', async () => {
    const [row] = target.rows(`SELECT password_hash FROM users WHERE id = 'alice'`)
    const hash = String(row?.['password_hash'])
    assert.match(hash, /^\$argon2id\$/)

    for (const path of ['/admin/users', '/admin/users/alice']) {
      const { status, body } = await get(path)
      assert.equal(status, 200)
      assert.match(body, /alice@example\.test/, 'control: the user is there')
      for (const secret of ['argon2', hash.slice(-20), 'password']) {
        assert.equal(body.includes(secret), false, secret)
      }
    }
  })
})

describe('AD-10 a page without end', () => {
  before(() => {
    const others = target
      .rows(`SELECT name FROM pragma_table_info('token_families')`)
      .map(({ name }) => String(name))
      .filter((name) => !['id', 'status', 'auth_session_id'].includes(name))
      .join(', ')
    target.execute(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
      INSERT INTO token_families (id, status, ${others})
      SELECT 'family-' || i, iif(i % 3 = 0, 'revoked', 'active'), ${others}
        FROM token_families, n WHERE auth_session_id IS NOT NULL;
      DELETE FROM token_families WHERE auth_session_id IS NOT NULL;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
      INSERT INTO users (id, email, created_at, updated_at)
      SELECT 'many-' || i, 'many-' || i || '@example.test',
        strftime('%Y-%m-%dT%H:%M:%S.000000000Z', 'now'), '2025' FROM n`)
  })

  const queries = [
    'limit=1000000000',
    'limit=-1',
    'limit=NaN',
    'limit=1e9',
    'limit=9999999999999999999999',
    'limit=500&offset=1000000000',
    'limit=500&offset=29900',
    'limit=1&offset=-1',
  ]
  for (const path of ['/admin/users', '/admin/tokens', '/admin/users/alice/tokens']) {
    for (const query of queries) {
      test(`${path}?${query} is bounded, and prompt`, async () => {
        const { status, body } = await unharmed(target, () => get(`${path}?${query}`))

        assert.equal(status, 200, body)
        const document = JSON.parse(body)
        assert.ok((document.tokens ?? document).length <= 500)
        assert.equal(document.total ?? 30_000, 30_000)
      })
    }
  }

  test('control: a page deep in the list is that page', async () => {
    const { tokens } = jsonOf(await get('/admin/users/alice/tokens?limit=2&offset=19999')) as {
      readonly tokens: readonly { readonly jti: string; readonly status: string }[]
    }

    assert.deepEqual(
      tokens.map(({ jti, status }) => [jti, status]),
      [
        ['family-1', 'active'],
        ['family-30000', 'revoked'],
      ],
    )
  })
})

describe('AD-11 members that nobody may set', () => {
  const row = () => {
    const [found] = target.rows(`SELECT * FROM users WHERE id = 'alice'`)
    const { version: _version, updated_at: _updatedAt, ...rest } = found ?? {}
    return rest
  }

  test('of a user are ignored', async () => {
    const before = row()
    const forged = {
      id: 'forged',
      role: 'admin',
      status: 'disabled',
      provider: 'oidc',
      provider_sub: 'forged',
      password: 'forged',
      password_hash: '$argon2id$forged',
      sessions_since: null,
      version: 99,
      created_at: '2001-01-01T00:00:00Z',
    }

    const members = JSON.stringify({ ...forged, name: before['name'] })
    const body = `{"__proto__":{"role":"admin"},${members.slice(1)}`
    const changed = await patch('/admin/users/alice', body)

    assert.equal(changed.status, 200, changed.body)
    assert.deepEqual(row(), before)
  })

  test('control: what may be set is set', async () => {
    const changed = await patch('/admin/users/alice', { name: 'Alice A.' })

    assert.equal(jsonOf(changed)['name'], 'Alice A.')
  })
})

describe('AD-12 two changes at once', () => {
  const first = { name: 'First', email: 'first@example.test' }
  const second = { name: 'Second', email: 'second@example.test' }

  test('of one user are both made, or one is refused, and never mixed', async () => {
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all([
        patch('/admin/users/alice', first),
        patch('/admin/users/alice', second),
      ])
      const statuses = answers.map(({ status }) => status).toSorted()
      assert.ok(['200,200', '200,409'].includes(statuses.join()), statuses.join())

      const { name, email } = jsonOf(await get('/admin/users/alice'))
      assert.deepEqual({ name, email }, name === 'First' ? first : second)
    }
  })

  test('to one address make one user', async () => {
    const body = { email: 'same@example.test', password: 'one of two' }
    const create = () => askAdminOnce(admin, { method: 'POST', path: '/admin/users', body })

    const answers = await Promise.all([create(), create(), create()])

    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409])
  })
})
