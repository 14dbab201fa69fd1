// Attack catalogue, group CM: what client-id metadata documents say, and what users see of it (spec
// 09, spec 01 §12).
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { resolveClient } from '../../src/flows/registration/resolve-client.ts'
import type { AttackTarget } from '../support/attack.ts'
import { openBrowser } from '../support/browser.ts'
import { clientAnswer, openAuthorize, openConsent, walkToCode } from '../support/browser-walk.ts'
import {
  assertPage,
  assertSignIn,
  authorize,
  callback,
  type DocumentAttack,
  documentPath,
  refusesId,
  startDocumentAttack,
} from '../support/document-attack.ts'
import { clientDocument, type DocumentSite, sends } from '../support/document-site.ts'
import { createInlineServices } from '../support/inline-services.ts'
import { headerOf } from '../support/raw-http.ts'
import { passwordOf } from '../support/seed-users.ts'
import { testRegistration } from '../support/settings.ts'

let attack: DocumentAttack
let site: DocumentSite
let target: AttackTarget

before(async () => {
  attack = await startDocumentAttack()
  site = attack.site
  target = attack.target
})

after(() => attack.stop())

beforeEach(() => attack.offerAll())

test('control: a client with a good document is sent to sign in, and stored', async () => {
  const id = attack.newId()

  assertSignIn(await authorize(target, id))

  const [row] = target.rows('SELECT registration_source, secret_hash FROM clients WHERE id = ?', id)
  assert.deepEqual(row, { registration_source: 'cimd', secret_hash: '' })
})

test('CM-08 what is no JSON by its type is no document', async () => {
  for (const type of ['text/html', 'application/jsonp', 'application/json x', '', 'text/json']) {
    const id = attack.newId()
    site.answers(sends(clientDocument(id), { 'content-type': type }))
    await refusesId(target, site, id)
  }
})

describe('CM-09 the size of the document', () => {
  const padded = (id: string, bytes: number): string => {
    const bare = JSON.stringify(clientDocument(id, { x: '' })).length
    return JSON.stringify(clientDocument(id, { x: 'x'.repeat(bytes - bare) }))
  }

  test('control: the limit itself is read', async () => {
    const id = attack.newId()
    site.answers(sends(JSON.parse(padded(id, 65_536))))

    assertSignIn(await authorize(target, id))
  })

  test('a byte more is not, announced or not', async () => {
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const id = attack.newId()
      site.answers((response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers })
        response.end(padded(id, 65_537))
      })
      await refusesId(target, site, id)
    }
  })

  test('without end it is cut', async () => {
    let sent = 0
    site.answers((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const write = (): void => {
        if (response.destroyed) return
        sent += 16_384
        if (response.write(' '.repeat(16_384))) setImmediate(write)
        else response.once('drain', write)
      }
      write()
    })

    await refusesId(target, site, attack.newId())

    assert.ok(sent < 8 * 1024 * 1024, `${sent} bytes were taken`)
  })

  test('shorter or longer than announced it is no document', async () => {
    for (const difference of [-10, 10]) {
      const id = attack.newId()
      const text = JSON.stringify(clientDocument(id))
      site.answers((response) => {
        const length = String(Buffer.byteLength(text) + difference)
        const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:${length}`
        response.socket?.end(`${head}\r\n\r\n${text}`)
      })
      await refusesId(target, site, id)
    }
  })
})

test('CM-11 a compressed document is not inflated', async () => {
  const id = attack.newId()
  const zipped = gzipSync(`${JSON.stringify(clientDocument(id))}${' '.repeat(60_000_000)}`)
  site.answers((response, request) => {
    assert.equal(request.headers['accept-encoding'], 'identity')
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    response.writeHead(200, headers).end(zipped.subarray(0, 60_000))
  })

  await refusesId(target, site, id)
})

test('CM-12 a document that names another client is none', async () => {
  const own = attack.newId()
  for (const other of [
    own.toUpperCase(),
    `${own}/`,
    own.replace('.json', '%2ejson'),
    own.replace('localhost', 'client.test'),
    'https://claude.ai/oauth/claude-code-client-metadata',
    null,
  ]) {
    const id = attack.newId()
    const named = other === null ? undefined : other.replaceAll(own, id)
    site.answers(sends(clientDocument(id, { client_id: named })))
    await refusesId(target, site, id)
  }
})

test('CM-13 a document with a shared secret, or for machine grants, is none', async () => {
  for (const change of [
    { token_endpoint_auth_method: 'client_secret_basic' },
    { token_endpoint_auth_method: 'client_secret_post' },
    { token_endpoint_auth_method: 'client_secret_jwt' },
    { client_secret: 'x' },
    { client_secret_expires_at: 0 },
    { grant_types: ['authorization_code', 'client_credentials'] },
  ]) {
    const id = attack.newId()
    site.answers(sends(clientDocument(id, change)))
    await refusesId(target, site, id)
  }
})

describe('CM-15 redirect URIs of documents', () => {
  for (const uri of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'http://client.test/callback',
    'https://client.test/callback#x',
  ]) {
    test(`${uri} spoils its document`, async () => {
      const id = attack.newId()
      site.answers(sends(clientDocument(id, { redirect_uris: [callback, uri] })))
      await refusesId(target, site, id)
    })
  }

  test('one that is not approved spoils it where they must be', async (t) => {
    const { documents } = testRegistration({})
    const inline = await createInlineServices({
      outbound: { resolve: async () => ['127.0.0.1'], authorities: site.authority },
      registration: {
        mode: 'approved_redirects',
        approvedRedirects: [callback],
        documents: { ...documents, allowsPrivateAddresses: true },
      },
    })
    t.after(inline.stop)
    const [good, bad] = [site.url('/good.json'), site.url('/bad.json')]

    site.answers(sends(clientDocument(good)))
    assert.equal((await resolveClient(inline.services, good, null))?.id, good)
    site.answers(sends(clientDocument(bad, { redirect_uris: [callback, 'https://evil.test/cb'] })))
    assert.equal(await resolveClient(inline.services, bad, null), null)
  })
})

test('CM-19 what was bad is not remembered for good', async (t) => {
  const { documents } = testRegistration({})
  const inline = await createInlineServices({
    outbound: { resolve: async () => ['127.0.0.1'], authorities: site.authority },
    registration: { documents: { ...documents, allowsPrivateAddresses: true } },
  })
  t.after(inline.stop)
  const { services } = inline
  const id = site.url('/poisoned.json')
  for (const bad of [clientDocument(site.url('/x.json')), { error: 'not now' }]) {
    site.answers(sends(bad, { 'cache-control': 'max-age=86400' }))
    assert.equal(await resolveClient(services, id, null), null)
  }

  // The same server with empty memories: what a wait of 30 s comes to is shown by its own tests.
  const restarted = await createInlineServices({
    directory: inline.directory,
    outbound: { resolve: async () => ['127.0.0.1'], authorities: site.authority },
    registration: { documents: { ...documents, allowsPrivateAddresses: true } },
  })
  t.after(restarted.stop)
  site.answers(sends(clientDocument(id)))

  assert.equal((await resolveClient(restarted.services, id, null))?.id, id)
})

test('CM-22 a suspended client stays suspended, whatever its document says', async () => {
  const id = attack.newId()
  site.answers(sends(clientDocument(id), { 'cache-control': 'no-store' }))
  assertSignIn(await authorize(target, id))
  const suspended = await fetch(
    `${target.adminUrl}/admin/clients/${encodeURIComponent(id)}/suspend`,
    { method: 'PATCH', headers: { authorization: `Bearer ${target.adminKey()}` } },
  )
  assert.equal(suspended.status, 200)
  site.answers(sends(clientDocument(id, { client_name: 'Reborn', status: 'active' })))

  const response = await authorize(target, id)

  assert.equal(response.status, 403)
  assert.equal(headerOf(response, 'location'), null)
  const [row] = target.rows('SELECT status, name FROM clients WHERE id = ?', id)
  assert.deepEqual(row, { status: 'suspended', name: 'Example client' })
})

describe('what users see of a client by document', () => {
  const account = { email: 'alice@example.test', password: passwordOf('alice') }
  test('CM-21 a famous name stands beside the hosts that it comes from and leads to', async () => {
    const id = site.url('/brand.json', 'localhost')
    const redirects = ['https://evil.test/cb']
    site.answers(sends(clientDocument(id, { client_name: 'Claude', redirect_uris: redirects })))
    const browser = openBrowser(target.port, {})

    const page = await openConsent(browser, documentPath(id, 'https://evil.test/cb'), account)

    assert.ok(page.body.includes('Claude'))
    assert.ok(page.body.includes(`localhost:${site.port}`), 'the host of the document')
    assert.ok(page.body.includes('evil.test'), 'the host of the redirect')
  })

  test('CM-23 a consent is not reused once the document says something else', async () => {
    const browser = openBrowser(target.port, {})
    for (const [path, change] of [
      ['/rug1.json', { redirect_uris: [callback, 'https://client.test/other'] }],
      ['/rug2.json', { client_name: 'Another name' }],
    ] as const) {
      const id = site.url(path, 'localhost')
      const offer = (document: object): void =>
        site.answers(sends(document, { 'cache-control': 'no-store' }))
      offer(clientDocument(id))
      await walkToCode(browser, documentPath(id, callback), account)
      const again = await openAuthorize(browser, documentPath(id, callback), account)
      assert.ok(clientAnswer(again).members.has('code'), 'control: asked once')

      offer(clientDocument(id, change))

      const [changed = callback] = 'redirect_uris' in change ? change.redirect_uris.slice(1) : []
      const page = await openConsent(browser, documentPath(id, changed), account)
      assert.equal(page.status, 200)
      offer(clientDocument(id, { redirect_uris: ['https://evil.test/cb'] }))
      assertPage(await authorize(target, id))
    }
  })
})
