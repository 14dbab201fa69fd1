// Attack catalogue, rows AD-12 and AD-13: what changes leave behind when two come at once, and in
// the audit log (spec 09).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AdminPort, type AdminRequest, askAdminOnce } from '../support/admin-attack.ts'
import { type AttackTarget, ccBody, issues, jsonOf, r1, startTarget } from '../support/attack.ts'
import { type ApiDocument, createApiCheck } from '../support/openapi-check.ts'
import { seedApp, seedUserTokens } from '../support/seed-codes.ts'
import { seedUser } from '../support/seed-users.ts'

let target: AttackTarget
let admin: AdminPort

before(async () => {
  target = await startTarget({
    seed: async (services) => {
      await seedUser(services, 'alice', {})
      await seedApp(services, 'app', {})
      const resource = { id: 'r1', uri: r1 }
      const of = { clientId: 'app', userId: 'alice', resource, scope: 'tools/echo' }
      await seedUserTokens(services, of)
    },
  })
  admin = { port: Number(new URL(target.adminUrl).port), key: target.adminKey() }
})

after(() => target.stop())

describe('AD-12 two changes at once', () => {
  const first = { client_name: 'First', scope: 'tools/echo', redirect_uris: ['https://a.test/cb'] }
  const second = { client_name: 'Second', scope: 'tools/query', redirect_uris: [] }
  const change = (body: object) =>
    askAdminOnce(admin, { method: 'PATCH', path: '/admin/clients/rs1', body })

  test('of one client are both made, or one is refused, and never mixed', async () => {
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all([change(first), change(second)])
      const statuses = answers.map(({ status }) => status).toSorted()
      assert.ok(['200,200', '200,409'].includes(statuses.join()), statuses.join())

      const {
        name,
        scope,
        redirect_uris: uris,
      } = jsonOf(await askAdminOnce(admin, { method: 'GET', path: '/admin/clients/rs1' }))
      const result = { client_name: name, scope, redirect_uris: uris }
      assert.deepEqual(result, name === 'First' ? first : second)
    }
  })

  test('of the policy of a resource are both made', async () => {
    const path = '/admin/resources/r2/policy/runtime/client-ids'
    const ids = ['m2m', 'conf', 'pub', 'susp', 'noscope', 'nogrant']
    await Promise.all(
      ids.map((id) => askAdminOnce(admin, { method: 'POST', path, body: { client_id: id } })),
    )

    const { client_ids: stored } = jsonOf(await askAdminOnce(admin, { method: 'GET', path }))

    assert.deepEqual((stored as readonly string[]).toSorted(), ids.toSorted())
  })

  test('control: one after the other are both made', async () => {
    assert.equal((await change(first)).status, 200)
    assert.equal((await change(second)).status, 200)
  })
})

/** A change that succeeds, with the action of the row that it must leave. */
interface Mutation extends AdminRequest {
  readonly action: string
}

/** What the changes are made to. */
interface Subjects {
  readonly client: unknown
  readonly issuance: unknown
  readonly family: unknown
  readonly consent: unknown
}

const password = 'a password that nobody may log'

function mutationsOf(subjects: Subjects): readonly Mutation[] {
  const client = `/admin/clients/${subjects.client}`
  const user = '/admin/users/alice'
  const list = (part: string) => `/admin/resources/mail/policy/${part}`
  const returnUrl = 'https://app.test/back'
  const post = (path: string, action: string, body?: object): Mutation => {
    return { method: 'POST', path, action, body }
  }
  const patch = (path: string, action: string, body?: object): Mutation => {
    return { method: 'PATCH', path, action, body }
  }
  const remove = (path: string, action: string): Mutation => ({ method: 'DELETE', path, action })
  const entry = { client_id: 'm2m' }
  const policy = 'resource.policy'
  return [
    post('/admin/auth/verify', 'admin.ui.login'),
    post('/admin/clients', 'client.created_admin', {
      client_name: 'Other',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
    }),
    patch(client, 'client.updated', { client_name: 'Robot 2' }),
    post(`${client}/rotate-secret`, 'client.secret_rotated'),
    patch(`${client}/suspend`, 'client.suspended'),
    patch(`${client}/reactivate`, 'client.reactivated'),
    patch(`${client}/revoke`, 'client.revoked'),
    remove(client, 'client.deleted'),
    post('/admin/resources', 'resource.created', { slug: 'new', backend_kind: 'mint' }),
    patch('/admin/resources/mail', 'resource.patched', { display_name: 'Mail 2' }),
    post(list('exchange/allowed-clients'), `${policy}.exchange.allowed_client.added`, entry),
    remove(list('exchange/allowed-clients/m2m'), `${policy}.exchange.allowed_client.removed`),
    post(list('runtime/client-ids'), `${policy}.runtime.client.added`, entry),
    remove(list('runtime/client-ids/m2m'), `${policy}.runtime.client.removed`),
    post(list('connect/allowed-return-urls'), `${policy}.connect.allowed_return_url.added`, {
      url: returnUrl,
    }),
    remove(
      `${list('connect/allowed-return-urls')}?url=${encodeURIComponent(returnUrl)}`,
      `${policy}.connect.allowed_return_url.removed`,
    ),
    remove('/admin/resources/mail', 'resource.deleted'),
    remove(`/admin/issuances/${subjects.issuance}`, 'issuance.revoked_admin'),
    post('/admin/users', 'user.created', { email: 'carol@example.test', password }),
    patch(user, 'user.updated', { email: 'al@example.test' }),
    patch(`${user}/password`, 'user.password_changed', { password }),
    patch(`${user}/disable`, 'user.disabled'),
    patch(`${user}/enable`, 'user.enabled'),
    remove(`/admin/tokens/${subjects.family}`, 'token.revoked'),
    remove(`/admin/grants/consent/${subjects.consent}`, 'consent_grant.revoked_admin'),
    remove(`${user}/tokens`, 'user.force_logout'),
    remove(user, 'user.deleted'),
    post('/admin/keys/rotate?force=true', 'key.rotated'),
    patch('/admin/settings/dcr', 'dcr.mode_updated', { mode: 'admin_only' }),
  ]
}

describe('AD-13 the audit log', () => {
  interface Row {
    readonly action: string
    readonly actor_id: string
    readonly detail: string
  }

  const rows = (): readonly Row[] =>
    target.rows(
      "SELECT action, actor_id, detail FROM audit_events WHERE actor_id <> 'm2m' ORDER BY id",
    ) as never

  const secretsIn = (body: string): readonly string[] =>
    [...body.matchAll(/"client_secret":"([^"]+)"/g)].map(([, secret = '']) => secret)

  test('has one row for each change, without a secret', async () => {
    target.execute(`
      INSERT INTO broker_providers (id, slug, display_name, protocol, created_at, updated_at)
        VALUES ('provider', 'upstream', 'Upstream', 'oauth', '2025', '2025');
      INSERT INTO resources
        (id, slug, display_name, backend_kind, broker_provider_id, created_at, updated_at)
        VALUES ('mail', 'mail', '', 'broker', 'provider', '2025', '2025')`)
    await issues(target, () => target.token(ccBody('m2m', { resource: r1 })))
    const [issuance] = target.rows('SELECT id FROM issuances WHERE is_machine = 1')
    const [family] = target.rows('SELECT id FROM token_families')
    const [consent] = target.rows('SELECT id FROM consent_grants')
    const created = await askAdminOnce(admin, {
      method: 'POST',
      path: '/admin/clients',
      body: {
        client_name: 'Robot',
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    })
    const secrets = [admin.key, password, '@example.test', ...secretsIn(created.body)]
    const mutations = mutationsOf({
      client: jsonOf(created)['client_id'],
      issuance: issuance?.['id'],
      family: family?.['id'],
      consent: consent?.['id'],
    })
    const document = (await (await fetch(`${target.adminUrl}/openapi.json`)).json()) as ApiDocument
    const api = createApiCheck(document)
    // Grants of providers do not exist yet: there is nothing to change, and to tell.
    const tried = new Set<string | null>(['revokeBrokerGrant'])

    for (const { action, ...request } of mutations) {
      const before = rows().length
      const answer = await askAdminOnce(admin, request)
      const added = rows().slice(before)

      assert.ok(answer.status < 300, `${request.method} ${request.path}: ${answer.body}`)
      const actions = added.map((row) => row.action)
      assert.deepEqual(actions, [action], `${request.method} ${request.path}`)
      assert.equal(added[0]?.actor_id, 'admin')
      secrets.push(...secretsIn(answer.body))
      tried.add(api.operationOf(request.method, request.path))
    }

    const log = JSON.stringify(rows())
    assert.ok(secrets.length > 3)
    for (const secret of secrets) {
      target.remember(secret)
      assert.equal(log.includes(secret), false)
    }
    assert.deepEqual(untried(document, tried), [], 'every operation that changes something')
  })

  function untried(document: ApiDocument, tried: ReadonlySet<string | null>): readonly string[] {
    return Object.values(document.paths)
      .flatMap((methods) => Object.entries(methods))
      .filter(([method, { operationId }]) => method !== 'get' && !tried.has(operationId))
      .map(([, { operationId }]) => operationId)
  }

  test('has no row for what was refused, or changed nothing', async () => {
    const path = '/admin/resources/r1/policy/runtime/client-ids'
    const before = rows().length

    const requests: readonly AdminRequest[] = [
      { method: 'POST', path: '/admin/clients', body: {} },
      { method: 'DELETE', path: '/admin/clients/nobody' },
      { method: 'PATCH', path: '/admin/clients/m2m', body: {} },
      { method: 'PATCH', path: '/admin/clients/susp/suspend' },
      { method: 'POST', path, body: { client_id: 'rs1' } },
      { method: 'DELETE', path: `${path}/nobody` },
      { method: 'DELETE', path: '/admin/issuances/nothing' },
      { method: 'POST', path: '/admin/users', body: { email: 'x@example.test' } },
      { method: 'DELETE', path: '/admin/users/nobody' },
      { method: 'DELETE', path: '/admin/users/nobody/tokens' },
      { method: 'DELETE', path: '/admin/tokens/nothing' },
      { method: 'DELETE', path: '/admin/grants/consent/nothing' },
      { method: 'DELETE', path: '/admin/grants/broker/nothing' },
      { method: 'PATCH', path: '/admin/settings/dcr', body: { mode: 'closed' } },
      { method: 'POST', path: '/admin/auth/verify', key: 'wrong' },
    ]
    for (const request of requests) await askAdminOnce(admin, request)

    assert.deepEqual(rows().slice(before), [])
  })
})
