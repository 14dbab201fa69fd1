// Clients by their metadata document (src/flows/registration/resolve-client.ts, spec 01 §12, D2).
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, type TestContext, test } from 'node:test'
import type { Clock } from '../../../src/base/clock.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { changeRegistrationMode } from '../../../src/flows/admin/registration-mode.ts'
import { resolveClient } from '../../../src/flows/registration/resolve-client.ts'
import type { RegistrationSettings } from '../../../src/flows/settings.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import type { Client } from '../../../src/records/client.ts'
import {
  clientDocument,
  type DocumentSite,
  openDocumentSite,
  sends,
} from '../../support/document-site.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { seedClient } from '../../support/seed.ts'
import { testRegistration } from '../../support/settings.ts'

const hourMs = 3_600_000
const operator = { actorId: 'admin', trace: null }

let site: DocumentSite
before(async () => {
  site = await openDocumentSite()
})
after(() => site.stop())

const id = (): string => site.url('/app.json')
const offers = (change: Readonly<Record<string, unknown>> = {}): void =>
  site.answers(sends(clientDocument(id(), change)))
beforeEach(() => offers())

interface Subject extends InlineServices {
  resolve(clientId?: string): Promise<Client | null>
  /** Lets the life of everything that is remembered end. */
  pass(ms: number): void
  /** Requests to the site since the start. */
  asked(): number
}

async function start(
  t: TestContext,
  registration: Partial<RegistrationSettings> = {},
): Promise<Subject> {
  const { documents } = testRegistration({})
  let aheadMs = 0
  const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
  const inline = await createInlineServices({
    clock,
    outbound: { resolve: async () => ['127.0.0.1'], authorities: site.authority },
    registration: { documents: { ...documents, allowsPrivateAddresses: true }, ...registration },
  })
  t.after(inline.stop)
  const before = site.requests.length
  return {
    ...inline,
    resolve: (clientId) => resolveClient(inline.services, clientId ?? id(), null),
    pass: (ms) => {
      aheadMs += ms
    },
    asked: () => site.requests.length - before,
  }
}

const auditIn = ({ rows }: InlineServices): readonly unknown[] =>
  rows(
    `SELECT action, actor_id, detail FROM audit_events WHERE action LIKE 'client.re%' ORDER BY id`,
  )

describe('a client of a document', () => {
  test('is stored at first sight as a public one, with its audit row', async (t) => {
    const subject = await start(t, { defaultClientScope: 'tools/echo' })

    const client = await subject.resolve()

    assert.equal(client?.id, id())
    assert.equal(client?.cimdUrl, id())
    assert.equal(client?.registrationSource, 'cimd')
    assert.equal(client?.secretHash, '')
    assert.equal(client?.scope, 'tools/echo')
    assert.deepEqual(await subject.resolve(), client)
    const registered = { action: 'client.registered', actor_id: id(), detail: 'source=cimd' }
    assert.deepEqual(auditIn(subject), [registered])
    assert.equal(subject.asked(), 1)
    const counted = subject.meterCalls.filter(([name]) => name === 'clientRegistered')
    assert.deepEqual(counted, [['clientRegistered', 'cimd']])
  })

  test('is stored once, however many come at once', async (t) => {
    const subject = await start(t)

    const clients = await Promise.all(Array.from({ length: 50 }, () => subject.resolve()))

    assert.ok(clients.every((client) => client?.id === id()))
    assert.equal(subject.asked(), 1)
    assert.equal(auditIn(subject).length, 1)
  })

  test('is not stored when there is no acceptable document', async (t) => {
    const subject = await start(t)
    offers({ client_secret: 'shared' })

    assert.equal(await subject.resolve(), null)
    assert.equal(await subject.resolve('https://nowhere.test/'), null)
    assert.equal(await subject.resolve('app'), null)

    assert.deepEqual(auditIn(subject), [])
  })

  test('is not looked for where documents are switched off', async (t) => {
    const { documents } = testRegistration({})
    const subject = await start(t, { documents: { ...documents, isEnabled: false } })

    assert.equal(await subject.resolve(), null)
    assert.equal(subject.asked(), 0)
  })
})

describe('the mode of registration', () => {
  test('admin_only lets no document in and asks nobody', async (t) => {
    const subject = await start(t, { mode: 'admin_only' })

    assert.equal(await subject.resolve(), null)
    assert.equal(subject.asked(), 0)
  })

  test('admin_only leaves those that are there as they are', async (t) => {
    const subject = await start(t)
    const client = await subject.resolve()
    await changeRegistrationMode(subject.services, operator, 'admin_only')
    offers({ client_name: 'Changed' })
    subject.pass(hourMs)

    assert.deepEqual(await subject.resolve(), client)
    assert.equal(subject.asked(), 1)
  })

  test('approved_redirects wants every redirect URI listed', async (t) => {
    const approvedRedirects = ['https://client.test/callback']
    const subject = await start(t, { mode: 'approved_redirects', approvedRedirects })
    const foreign = [...approvedRedirects, 'https://evil.test/cb']

    offers({ redirect_uris: foreign })
    assert.equal(await subject.resolve(), null)
    subject.pass(hourMs)
    offers()
    const client = await subject.resolve()
    assert.deepEqual(client?.redirectUris, approvedRedirects)
    subject.pass(hourMs)
    offers({ redirect_uris: foreign })

    assert.deepEqual((await subject.resolve())?.redirectUris, approvedRedirects)
  })

  test('that an administrator sets is in force at once', async (t) => {
    const subject = await start(t)
    await changeRegistrationMode(subject.services, operator, 'admin_only')
    assert.equal(await subject.resolve(), null)
    await changeRegistrationMode(subject.services, operator, 'open')

    assert.equal((await subject.resolve())?.id, id())
  })
})

describe('when the life of a document is over', () => {
  test('it is read again, and what has changed is stored', async (t) => {
    const subject = await start(t, { defaultClientScope: 'tools/echo' })
    await subject.resolve()
    const redirects = ['http://127.0.0.1/cb']
    offers({ client_name: 'New name', redirect_uris: redirects, application_type: 'native' })
    assert.equal((await subject.resolve())?.name, 'Example client')
    subject.pass(hourMs)

    const client = await subject.resolve()

    assert.equal(client?.name, 'New name')
    assert.deepEqual(client?.redirectUris, redirects)
    assert.equal(client?.applicationType, 'native')
    const [row] = subject.rows('SELECT name, redirect_uris, status FROM clients')
    const stored = { name: 'New name', redirect_uris: JSON.stringify(redirects), status: 'active' }
    assert.deepEqual(row, stored)
    const refreshed = { action: 'client.refreshed', actor_id: id(), detail: '' }
    assert.deepEqual(auditIn(subject).at(-1), refreshed)
  })

  test('nothing is written when nothing has changed', async (t) => {
    const subject = await start(t)
    const client = await subject.resolve()
    subject.pass(hourMs)

    assert.deepEqual(await subject.resolve(), client)

    assert.equal(subject.asked(), 2)
    assert.equal(auditIn(subject).length, 1)
  })

  test('the ceiling that an administrator has set stays', async (t) => {
    const subject = await start(t)
    await subject.resolve()
    subject.execute(`UPDATE clients SET scope = 'tools/query'`)
    offers({ client_name: 'New name', scope: 'admin' })
    subject.pass(hourMs)

    assert.equal((await subject.resolve())?.scope, 'tools/query')
  })

  test('the last good copy serves while the host is down', async (t) => {
    const subject = await start(t)
    const client = await subject.resolve()
    subject.pass(hourMs)
    site.answers((response) => response.socket?.destroy())

    assert.deepEqual(await subject.resolve(), client)
    assert.deepEqual(await subject.resolve(), client)
    assert.equal(subject.asked(), 2, 'and the host is left alone for a while')
    offers({ client_name: 'Back' })
    subject.pass(30_000)

    assert.equal((await subject.resolve())?.name, 'Back')
  })

  test('a document that is gone or speaks against its client ends its use', async (t) => {
    const subject = await start(t)
    await subject.resolve()
    subject.pass(hourMs)
    site.answers((response) => response.writeHead(404).end())
    assert.equal(await subject.resolve(), null)
    subject.pass(hourMs)
    offers({ client_id: site.url('/other.json') })
    assert.equal(await subject.resolve(), null)
    subject.pass(hourMs)
    offers()

    assert.equal((await subject.resolve())?.id, id())
  })

  test('a client that an administrator has stopped is left alone', async (t) => {
    for (const status of ['suspended', 'revoked']) {
      const subject = await start(t)
      await subject.resolve()
      subject.execute(`UPDATE clients SET status = '${status}'`)
      offers({ client_name: 'New name' })
      subject.pass(hourMs)

      const client = await subject.resolve()

      assert.equal(client?.status, status)
      assert.equal(client?.name, 'Example client')
      assert.equal(subject.asked(), 1)
      offers()
    }
  })

  test('a client that an administrator deletes meanwhile is unknown', async (t) => {
    const subject = await start(t)
    await subject.resolve()
    subject.pass(hourMs)
    site.answers((response, request) => {
      subject.execute('DELETE FROM clients')
      sends(clientDocument(id(), { client_name: 'New name' }))(response, request)
    })

    assert.equal(await subject.resolve(), null)
  })
})

test('a stored client of another source is what is stored', async (t) => {
  const subject = await start(t)
  await seedClient(subject.services, 'app', {})
  await seedClient(subject.services, id(), { name: 'Of an administrator' })

  assert.equal((await subject.resolve('app'))?.id, 'app')
  assert.equal((await subject.resolve())?.name, 'Of an administrator')
  assert.equal(subject.asked(), 0)
})

test('too many fetches at once are told, but not to clients that are known', async (t) => {
  const subject = await start(t)
  const known = await subject.resolve()
  subject.pass(hourMs)
  site.answers(() => undefined)
  const slow = Array.from({ length: 300 }, (_, at) =>
    subject.resolve(site.url(`/${at}.json`)).catch((error: unknown) => error),
  )

  // The places and the waiting room are full: these are told at once.
  await assert.rejects(
    subject.resolve(site.url('/late.json')),
    (error) => error instanceof OAuthError && error.code === 'temporarily_unavailable',
  )
  assert.deepEqual(await subject.resolve(), known)
  site.answers((response) => response.socket?.destroy())
  for (const request of site.requests) request.socket.destroy()
  await Promise.all(slow)
})
