// Attack catalogue, group AD: the admin listener (spec 09). Rows AD-02, AD-12 and AD-13 lie beside;
// AD-14 concerns providers, for which there is no route yet.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type AdminPort, adminRequest, askAdmin, askAdminOnce } from '../support/admin-attack.ts'
import { adminKey, openAdminListener } from '../support/admin-listener.ts'
import {
  type AttackTarget,
  ccBody,
  issues,
  jsonOf,
  onlyResponse,
  startTarget,
  unharmed,
} from '../support/attack.ts'
import type { ApiDocument } from '../support/openapi-check.ts'
import { headerOf, type RawAnswer } from '../support/raw-http.ts'
import { secretOf } from '../support/seed.ts'

let target: AttackTarget
let admin: AdminPort

before(async () => {
  target = await startTarget({})
  admin = { port: Number(new URL(target.adminUrl).port), key: target.adminKey() }
})

after(() => target.stop())

/** Every operation of a listener, with `x` for each parameter of its path. */
async function operationsOf(port: number): Promise<readonly { method: string; path: string }[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/openapi.json`)
  const { paths } = (await answer.json()) as ApiDocument
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'x'),
    })),
  )
}

const countClients = (): number =>
  Number(target.rows('SELECT count(*) AS count FROM clients')[0]?.['count'])

describe('AD-03 routes of one listener on the other', () => {
  test('control: each listener has its own', async () => {
    const own = await askAdminOnce(admin, { method: 'GET', path: '/admin/clients' })
    assert.equal(own.status, 200)
    await issues(target, () => target.token(ccBody('m2m', {})))
  })

  test('no administration and no metrics on the public one, even with the key', async () => {
    const operations = await operationsOf(admin.port)
    assert.ok(operations.length > 25)
    for (const { method, path } of operations) {
      if (path === '/openapi.json') continue // both have one, of their own
      const bytes = adminRequest(admin, { method, path })
      const response = onlyResponse(await unharmed(target, () => target.send(bytes)))
      assert.equal(response.status, 404, `${method} ${path}`)
    }
  })

  test('no OAuth on the admin one', async () => {
    const operations = await operationsOf(target.port)
    assert.ok(operations.some(({ path }) => path === '/oauth/token'))
    for (const { method, path } of operations) {
      if (path === '/openapi.json') continue
      const response = await askAdminOnce(admin, { method, path })
      assert.equal(response.status, 404, `${method} ${path}`)
    }
  })
})

test('AD-05 a thousand guesses of the key end at the rate limit', async (t) => {
  const burst = 20
  const listener = await openAdminListener(
    new Map([['rate-limit', `1/${burst}`]]),
    async () => undefined,
  )
  t.after(() => listener.stop())
  const limited: AdminPort = { port: listener.port, key: adminKey }
  const startedMs = performance.now()
  const statuses = new Map<number, number>()

  const right = await askAdminOnce(limited, { method: 'GET', path: '/admin/keys' })
  for (let guess = 0; guess < 1000; guess += 1) {
    const answer = await askAdminOnce(limited, {
      method: 'GET',
      path: '/admin/keys',
      key: `${adminKey}${guess}`,
    })
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    if (answer.status === 429) assert.equal(headerOf(answer, 'retry-after'), '1')
  }

  const earned = Math.ceil((performance.now() - startedMs) / 1000)
  const looked = statuses.get(401) ?? 0
  assert.equal(right.status, 200, 'control: the right key is let in before')
  assert.deepEqual([...statuses.keys()].toSorted(), [401, 429])
  assert.ok(looked <= burst + earned, `${looked} keys were looked at`)
})

describe('AD-06 reading back what is secret', () => {
  /** Everything in the key directory that is not published. */
  function privateParts(published: string): readonly string[] {
    const directory = join(target.dataDirectory, 'keys')
    const parts = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .flatMap(
        ({ name }) =>
          readFileSync(join(directory, name), 'utf8').match(/[A-Za-z0-9+/_=-]{40,}/g) ?? [],
      )
    return parts.filter((part) => !published.includes(part))
  }

  test('no answer shows a secret, its hash, key material or a place', async () => {
    const created = await askAdminOnce(admin, {
      method: 'POST',
      path: '/admin/clients',
      body: {
        client_name: 'Robot',
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    })
    const { client_id: id, client_secret: secret } = jsonOf(created)
    assert.match(String(secret), /^[\w-]{43}$/, 'control: the secret is shown once')
    target.remember(String(secret))
    const keys = await fetch(`${target.baseUrl}/.well-known/jwks.json`)
    const hashes = target
      .rows("SELECT secret_hash FROM clients WHERE secret_hash <> ''")
      .map((row) => String(row['secret_hash']))
    const material = privateParts(await keys.text())
    assert.ok(hashes.length > 3 && material.length > 0)
    const secrets = [
      String(secret),
      secretOf('conf'),
      admin.key,
      readFileSync(join(target.dataDirectory, 'session.secret'), 'utf8').trim(),
      target.dataDirectory,
      ...hashes,
      ...hashes.map((hash) => hash.slice(hash.indexOf('$') + 1)),
      ...material,
    ]

    const reads = (await operationsOf(admin.port)).filter(({ method }) => method === 'GET')
    const paths = reads.flatMap(({ path }) => [
      path,
      path.replace('/clients/x', `/clients/${id}`),
      path.replace('/resources/x', '/resources/r1'),
      path.replace('/audit/export', '/audit/export?format=csv'),
    ])
    let successes = 0
    for (const path of new Set([...paths, '/admin/issuances?client=m2m'])) {
      const { text } = await askAdmin(admin, { method: 'GET', path })
      if (text.startsWith('HTTP/1.1 200')) successes += 1
      for (const value of secrets) {
        assert.equal(text.includes(value), false, `GET ${path} shows something secret`)
      }
    }
    assert.ok(successes > 12, `only ${successes} answers were looked at`)
  })
})

describe('AD-07 a path out of the listener', () => {
  for (const path of [
    '/admin/ui/..%2f..%2fetc/passwd',
    '/admin/ui/%2e%2e/%2e%2e/etc/passwd',
    '/admin/ui/..\\..\\etc\\passwd',
    '/admin/ui/../../etc/passwd',
    '/admin/../etc/passwd',
    '/metrics/../admin/clients',
    '/openapi.json/../admin/keys',
    '//admin/clients',
    '/admin//clients',
    '/admin/clients/',
    '/ADMIN/clients',
    '/admin%2fclients',
    '/%61dmin/clients',
    '/admin/keys;x',
  ]) {
    for (const key of ['the key', null]) {
      test(`${path} leads nowhere with ${key ?? 'no key'}`, async () => {
        const answer = await unharmed(target, () =>
          askAdmin(admin, { method: 'GET', path, ...(key === null ? { key } : null) }),
        )

        const response = onlyResponse(answer)
        assert.ok([400, 401, 404].includes(response.status), answer.text)
        if (key !== null) assert.notEqual(response.status, 401)
        assert.equal(answer.text.includes('root:'), false)
      })
    }
  }
})

describe('AD-08 an id that is more than an id', () => {
  for (const id of [
    '..',
    '%2e%2e',
    '..%2f..',
    '%00',
    'm2m%00',
    'm2m%0a',
    "m2m'%20OR%20'1'='1",
    "'%3B%20DROP%20TABLE%20clients%3B--",
    'm2m%22',
    '%25',
    '*',
    '__proto__',
    'constructor',
    'm2m/',
    'M2M',
    '%ff',
  ]) {
    for (const method of ['GET', 'DELETE']) {
      test(`${method} of ${id} finds nothing`, async () => {
        const clients = countClients()
        const path = `/admin/clients/${id}`
        const answer = await unharmed(target, () => askAdmin(admin, { method, path }))

        assert.equal(onlyResponse(answer).status, 404, answer.text)
        assert.equal(countClients(), clients)
      })
    }
  }

  test('control: the id itself is found', async () => {
    const answer = await askAdminOnce(admin, { method: 'GET', path: '/admin/clients/m2m' })
    assert.equal(answer.status, 200)
  })
})

describe('AD-10 a page without end', () => {
  const rowsOf = (answer: RawAnswer): number | null => {
    const { status, body } = onlyResponse(answer)
    if (status === 400) return null
    assert.equal(status, 200, answer.text)
    const document = JSON.parse(body)
    return (document.issuances ?? document).length
  }

  before(() => {
    target.execute(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
      INSERT INTO audit_events (id, action, actor_id, created_at)
      SELECT printf('%08x-0000-7000-8000-%012x', unixepoch() * 1000 >> 16, i), 'client.updated',
        'admin', strftime('%Y-%m-%dT%H:%M:%S.000000000Z', 'now') FROM n;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
      INSERT INTO clients SELECT 'many-' || i, ${otherColumns('clients', 'id')}
        FROM clients, n WHERE id = 'm2m'`)
  })

  /** Names of all columns but one, in their order: copies of a row. */
  function otherColumns(table: string, but: string): string {
    return target
      .rows(`SELECT name FROM pragma_table_info('${table}')`)
      .map(({ name }) => String(name))
      .filter((name) => name !== but)
      .join(', ')
  }

  for (const path of ['/admin/clients?', '/admin/resources?', '/admin/audit?']) {
    for (const query of [
      'limit=1000000000',
      'limit=-1',
      'limit=NaN',
      'limit=1e9',
      'limit=9999999999999999999999',
      'limit=500&offset=1000000000',
      'offset=-1',
      'offset=NaN',
      'limit=0x10',
    ]) {
      test(`${path}${query} is bounded or refused`, async () => {
        const answer = await unharmed(target, () =>
          askAdmin(admin, { method: 'GET', path: path + query }),
        )
        assert.ok((rowsOf(answer) ?? 0) <= 500)
      })
    }
  }

  test('control: there is more than one page', async () => {
    const page = await askAdmin(admin, { method: 'GET', path: '/admin/clients?limit=500' })
    assert.equal(rowsOf(page), 500)
    const events = await askAdmin(admin, { method: 'GET', path: '/admin/audit?limit=1000' })
    assert.equal(rowsOf(events), 1000)
  })
})

describe('AD-11 members that nobody may set', () => {
  /** The row without what counts its changes. */
  function client(id: string): Readonly<Record<string, unknown>> {
    const [row] = target.rows('SELECT * FROM clients WHERE id = ?', id)
    const { version: _version, updated_at: _updatedAt, ...rest } = row ?? {}
    return rest
  }

  test('of a client are ignored, at a change and at a registration', async () => {
    const before = client('conf')
    const forged = {
      id: 'forged',
      client_id: 'forged',
      created_at: '2001-01-01T00:00:00Z',
      issued_at: '2001-01-01T00:00:00Z',
      secret_hash: 's256$forged',
      client_secret: 'forged',
      status: 'revoked',
      version: 99,
      registration_source: 'dcr',
      token_endpoint_auth_method: 'none',
      agent: true,
      cimd_url: 'https://evil.test',
    }

    const changed = await askAdminOnce(admin, {
      method: 'PATCH',
      path: '/admin/clients/conf',
      body: `{"__proto__":{"status":"revoked"},${JSON.stringify(forged).slice(1)}`,
    })
    assert.equal(changed.status, 200)
    assert.deepEqual(client('conf'), before)

    const created = await askAdminOnce(admin, {
      method: 'POST',
      path: '/admin/clients',
      body: { ...forged, client_name: 'New', redirect_uris: ['https://app.test/cb'] },
    })
    const row = client(String(jsonOf(created)['client_id']))
    assert.equal(created.status, 201)
    assert.equal(row['status'], 'active')
    assert.equal(row['registration_source'], 'admin')
    assert.equal(JSON.stringify(row).includes('forged'), false)
    assert.equal(JSON.stringify(row).includes('2001-'), false)
  })

  test('of a resource are refused', async () => {
    const before = target.rows("SELECT * FROM resources WHERE id = 'r1'")
    for (const member of ['id', 'created_at', 'updated_at', 'client_id', '__proto__', 'status']) {
      const answer = await askAdminOnce(admin, {
        method: 'PATCH',
        path: '/admin/resources/r1',
        body: `{"display_name":"x","${member}":"forged"}`,
      })
      assert.equal(answer.status, 400, member)
    }
    assert.deepEqual(target.rows("SELECT * FROM resources WHERE id = 'r1'"), before)
  })

  test('control: what may be set is set', async () => {
    const answer = await askAdminOnce(admin, {
      method: 'PATCH',
      path: '/admin/clients/conf',
      body: { client_name: 'Changed' },
    })
    assert.equal(jsonOf(answer)['name'], 'Changed')
  })
})
