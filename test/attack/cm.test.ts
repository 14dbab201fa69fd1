// Attack catalogue, group CM: the URLs of client-id metadata documents, and where they lead (spec
// 09, spec 01 §12). Where names have to have addresses, the use case runs in the test.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test'
import { resolveClient } from '../../src/flows/registration/resolve-client.ts'
import type { Resolve } from '../../src/outbound/resolve.ts'
import { type AttackTarget, startTarget } from '../support/attack.ts'
import {
  assertPage,
  assertSignIn,
  authorize,
  type DocumentAttack,
  refusesId,
  startDocumentAttack,
} from '../support/document-attack.ts'
import { clientDocument, type DocumentSite, sends } from '../support/document-site.ts'
import { createInlineServices } from '../support/inline-services.ts'
import { testRegistration } from '../support/settings.ts'

let attack: DocumentAttack
let site: DocumentSite
let target: AttackTarget
/** Has the addresses guarded, as every server of the world outside. */
let guarded: AttackTarget

before(async () => {
  attack = await startDocumentAttack()
  site = attack.site
  target = attack.target
  const { authorityPath } = attack
  guarded = await startTarget({ environment: { NODE_EXTRA_CA_CERTS: authorityPath } })
})

after(async () => {
  await guarded.stop()
  await attack.stop()
})

beforeEach(() => attack.offerAll())

test('control: a client with a good document is sent to sign in, and stored', async () => {
  const id = attack.newId()

  assertSignIn(await authorize(target, id))

  const [row] = target.rows('SELECT registration_source, secret_hash FROM clients WHERE id = ?', id)
  assert.deepEqual(row, { registration_source: 'cimd', secret_hash: '' })
})

test('CM-01 a document over plain http is not fetched', async () => {
  assert.equal(await refusesId(target, site, attack.newId().replace('https:', 'http:')), 0)
})

describe('CM-02 addresses of this machine and of private networks', () => {
  for (const host of [
    'localhost',
    'a.localhost',
    '127.0.0.1',
    '127.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '[::1]',
    '[::]',
    '[fe80::1]',
    '[fc00::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::a00:1]',
    '[2002:a00:1::]',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
  ]) {
    test(`${host} is not connected to`, async () => {
      const id = site.url('/app.json', host)
      const started = performance.now()

      assert.equal(await refusesId(guarded, site, id), 0)

      assert.ok(performance.now() - started < 1000, 'nobody was waited for')
    })
  }
})

/** The use case with the guard on and names that have the addresses of the test. */
async function withNames(t: TestContext, resolve: Resolve) {
  const inline = await createInlineServices({
    outbound: { resolve, authorities: site.authority },
  })
  t.after(inline.stop)
  return (id: string) => resolveClient(inline.services, id, null)
}

describe('CM-03 names that lead to such addresses', () => {
  for (const addresses of [
    ['127.0.0.1'],
    ['1.1.1.1', '127.0.0.1'],
    ['127.0.0.1', '1.1.1.1'],
    ['2606:4700::1111', '::1'],
    ['1.1.1.1', '64:ff9b::7f00:1'],
  ]) {
    test(`${addresses.join(' and ')}: none is connected to`, async (t) => {
      const before = site.connections()
      const resolve = await withNames(t, async () => addresses)

      assert.equal(await resolve(site.url('/app.json')), null)

      assert.equal(site.connections(), before)
    })
  }
})

test('CM-04 a name that changes its mind is connected to as it was checked', async (t) => {
  const before = site.connections()
  const { documents } = testRegistration({})
  let asked = 0
  const inline = await createInlineServices({
    outbound: {
      // Nobody listens at the first address; who asks a second time comes to the site.
      resolve: async () => {
        asked += 1
        return asked === 1 ? ['127.0.0.2'] : ['127.0.0.1']
      },
      authorities: site.authority,
    },
    registration: { documents: { ...documents, allowsPrivateAddresses: true } },
  })
  t.after(inline.stop)

  assert.equal(await resolveClient(inline.services, site.url('/app.json'), null), null)

  assert.equal(asked, 1)
  assert.equal(site.connections(), before)
})

test('CM-05 a redirect is not followed, wherever it leads', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const good = attack.newId()
    for (const location of [good, `${target.adminUrl}/admin/clients`, 'https://example.com/a']) {
      site.answers((response, request) => {
        if (request.url === new URL(good).pathname) sends(clientDocument(good))(response, request)
        else response.writeHead(status, { location }).end()
      })
      const id = attack.newId()

      assert.equal(await refusesId(target, site, id), 1)
    }
  }
})

describe('CM-06 the shape of the URL', () => {
  for (const change of [
    (id: string) => new URL(id).origin,
    (id: string) => `${new URL(id).origin}/`,
    (id: string) => `${new URL(id).origin}/a/../b.json`,
    (id: string) => `${new URL(id).origin}/./b.json`,
    (id: string) => `${new URL(id).origin}/%2e%2e/b.json`,
    (id: string) => `${id}#fragment`,
    (id: string) => id.replace('//', '//user@'),
    (id: string) => id.replace('//', '//user:password@'),
    (id: string) => id.replace(/\/\/[^/]+/, '//'),
    (id: string) => id.replace(/:\d+/, ':'),
    (id: string) => id.replaceAll('/', '\\'),
    (id: string) => id.replace('localhost', 'LOCALHOST'),
    (id: string) => id.replace('localhost', 'localhost\\@evil.test'),
    (id: string) => `${id} `,
    (id: string) => `${id}\r\nX: y`,
  ]) {
    test(`${JSON.stringify(change('https://localhost:1/a.json'))} is not fetched`, async () => {
      assert.equal(await refusesId(target, site, change(attack.newId())), 0)
    })
  }
})

test('CM-20 open and closed ports of this machine cannot be told apart', async () => {
  const timesMs: number[] = []
  const bodies: string[] = []
  for (const port of [site.port, guarded.port, 1]) {
    const id = `https://localhost:${port}/app.json`
    const startedMs = performance.now()
    const response = await authorize(guarded, id)
    timesMs.push(performance.now() - startedMs)
    assertPage(response)
    bodies.push(response.body.replace(/<code>\w+<\/code>/, ''))
  }

  assert.deepEqual(new Set(bodies).size, 1)
  assert.ok(Math.max(...timesMs) < 250, timesMs.join(' '))
})
