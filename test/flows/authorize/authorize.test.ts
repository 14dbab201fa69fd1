// Authorizations as use cases: what is stored, audited and counted, and what happens when something
// changes or fails on the way (spec 01 §6, §8; 07 §4; 08 §5).
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { type Clock, systemClock } from '../../../src/base/clock.ts'
import { sha256Base64url } from '../../../src/base/hash.ts'
import { approveConsent } from '../../../src/flows/authorize/approve-consent.ts'
import { denyConsent } from '../../../src/flows/authorize/deny-consent.ts'
import { readConsent } from '../../../src/flows/authorize/read-consent.ts'
import {
  type AuthorizeAnswer,
  startAuthorization,
} from '../../../src/flows/authorize/start-authorization.ts'
import type { Services } from '../../../src/flows/services.ts'
import { parseForm } from '../../../src/oauth/form.ts'
import { PageRefusal, type PageRefusalReason } from '../../../src/oauth/page-refusal.ts'
import type { User } from '../../../src/records/user.ts'
import { type AuthorizeParameters, authorizePath } from '../../support/browser-walk.ts'
import {
  clientDocument,
  type DocumentSite,
  openDocumentSite,
  sends,
} from '../../support/document-site.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { before as beforeAsk } from '../../support/interrupt.ts'
import { scopesOf, seedClient, seedResource } from '../../support/seed.ts'
import { seedUser } from '../../support/seed-users.ts'
import { testRegistration } from '../../support/settings.ts'

const callback = 'https://app.test/cb'
const resource = 'https://mcp1.test/mcp'
const visitor = { ip: '192.0.2.7', trace: null }

let site: DocumentSite
before(async () => {
  site = await openDocumentSite()
})
after(() => site.stop())

interface Subject extends InlineServices {
  readonly ada: User
  start(change: AuthorizeParameters, by?: Partial<Services>): Promise<AuthorizeAnswer>
  /** Lets the life of everything that is remembered end. */
  pass(ms: number): void
  /** An authorization that waits for ada's answer. */
  pending(change?: AuthorizeParameters): Promise<string>
}

async function open(t: TestContext): Promise<Subject> {
  const { documents } = testRegistration({})
  let aheadMs = 0
  const clock: Clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + aheadMs }
  const inline = await createInlineServices({
    clock,
    outbound: { resolve: async () => ['127.0.0.1'], authorities: site.authority },
    registration: { documents: { ...documents, allowsPrivateAddresses: true } },
  })
  t.after(inline.stop)
  const { services } = inline
  const ada = await seedUser(services, 'ada', {})
  await seedClient(services, 'app', {
    secretHash: '',
    grantTypes: ['authorization_code'],
    redirectUris: [callback],
    scope: '',
  })
  await seedResource(services, 'mcp1', { uri: resource, scopes: scopesOf('read', 'write') })
  const start: Subject['start'] = (change, by) => {
    const path = authorizePath({ client_id: 'app', redirect_uri: callback, resource, ...change })
    const query = parseForm(Buffer.from(path.slice(path.indexOf('?') + 1)), null)
    return startAuthorization({ ...services, ...by }, { query, user: ada, visitor })
  }
  const pending = async (change: AuthorizeParameters = {}): Promise<string> => {
    const answer = await start({ scope: 'read write', ...change })
    assert.equal(answer.kind, 'consent')
    return answer.kind === 'consent' ? answer.authorizationId : ''
  }
  const pass = (ms: number): void => {
    aheadMs += ms
  }
  return { ...inline, ada, start, pending, pass }
}

const isPage = (reason: PageRefusalReason) => (error: unknown) =>
  error instanceof PageRefusal && error.reason === reason
const allow = (authorizationId: string, ...ticked: readonly string[]) => ({
  authorizationId,
  ticked,
  visitor,
})
const codeOf = (location: string): string => new URL(location).searchParams.get('code') ?? ''

describe('a request', () => {
  test('of nobody leaves nothing behind', async (t) => {
    const { services, rows } = await open(t)
    const path = authorizePath({ client_id: 'app', redirect_uri: callback, resource })
    const query = parseForm(Buffer.from(path.slice(path.indexOf('?') + 1)), null)

    const answer = await startAuthorization(services, { query, user: null, visitor })

    assert.deepEqual(answer, { kind: 'sign-in' })
    assert.deepEqual(rows('SELECT id FROM auth_sessions'), [])
  })

  test('waits for ten minutes', async (t) => {
    const { pending, rows } = await open(t)
    await pending()

    const [row] = rows('SELECT * FROM auth_sessions')
    const [created, expires] = [String(row?.['created_at']), String(row?.['expires_at'])]
    assert.equal(Date.parse(expires) - Date.parse(created), 600_000)
    assert.equal(row?.['code_hash'], null)
    assert.match(String(row?.['id']), /^[\w-]{22}$/)
  })

  test('names its resource by URI, by another spelling of it, or by slug', async (t) => {
    const { start, rows } = await open(t)
    for (const name of [resource, 'HTTPS://MCP1.test:443/mcp', 'mcp1']) {
      assert.equal((await start({ resource: name })).kind, 'consent', name)
    }
    await assert.rejects(start({ resource: `${resource}/` }), isPage('unknown-resource'))
    const stored = rows('SELECT DISTINCT resource FROM auth_sessions')
    assert.deepEqual(stored, [{ resource }])
  })

  test('without scope and resource is for all scopes that there are', async (t) => {
    const { services, start, rows, lines } = await open(t)
    await seedResource(services, 'mcp2', { scopes: scopesOf('admin') })
    await start({ resource: null })

    assert.deepEqual(rows('SELECT scope FROM auth_sessions'), [{ scope: 'admin read write' }])
    assert.ok(lines.some(({ level, fields }) => level === 'info' && fields['scope_count'] === 3))
  })

  test('that storage cannot keep is told to the client', async (t) => {
    const { services, start } = await open(t)
    const storage = beforeAsk(services.storage, 'startAuthorization', () =>
      Promise.reject(new ActorError('deadline-exceeded', 'storage', 'late')),
    )

    const answer = await start({}, { storage })

    assert.equal(answer.kind, 'client')
    const location = answer.kind === 'client' ? answer.location : ''
    assert.match(location, /^https:\/\/app\.test\/cb\?error=temporarily_unavailable&/)
    assert.equal(codeOf(location), '')
  })

  test('whose client is stopped while it is read begins nothing', async (t) => {
    const { services, start, execute, rows } = await open(t)
    const storage = beforeAsk(services.storage, 'readAuthorizeContext', async () =>
      execute(`UPDATE clients SET status = 'suspended'`),
    )

    await assert.rejects(start({}, { storage }), isPage('inactive-client'))
    assert.deepEqual(rows('SELECT id FROM auth_sessions'), [])
  })
})

describe('a yes', () => {
  test('stores consent, scope, code and audit row together, and counts', async (t) => {
    const { services, ada, pending, rows, meterCalls, lines } = await open(t)
    const id = await pending()

    const location = await approveConsent(services, ada, allow(id, 'write'))

    const code = codeOf(location)
    const [row] = rows('SELECT * FROM auth_sessions')
    assert.equal(row?.['code_hash'], sha256Base64url(code))
    assert.equal(row?.['scope'], 'write')
    const [consent] = rows('SELECT * FROM consent_grants')
    assert.equal(consent?.['scopes'], '["write"]')
    assert.equal(consent?.['resource_id'], 'mcp1')
    const [audit] = rows(`SELECT * FROM audit_events WHERE action LIKE 'consent.%'`)
    assert.equal(audit?.['action'], 'consent.granted')
    assert.equal(audit?.['actor_id'], 'ada')
    assert.equal(audit?.['client_id'], 'app')
    assert.equal(audit?.['ip'], '192.0.2.7')
    assert.equal(audit?.['detail'], `resource=${resource} scopes=write`)
    assert.ok(
      meterCalls.some(([name, decision]) => name === 'consentDecided' && decision === 'granted'),
    )
    assert.ok(meterCalls.some(([name, s]) => name === 'authorizationFlowed' && Number(s) >= 0))
    const told = JSON.stringify([lines, rows('SELECT * FROM audit_events')])
    assert.equal(told.includes(code), false, 'the code is told to nobody but the client')
  })

  test('spares the next question, and the code is in the row from the start', async (t) => {
    const { services, ada, pending, start, rows } = await open(t)
    await approveConsent(services, ada, allow(await pending(), 'read', 'write'))

    const answer = await start({ scope: 'read' })

    assert.equal(answer.kind, 'client')
    const hash = sha256Base64url(codeOf(answer.kind === 'client' ? answer.location : ''))
    const [row] = rows('SELECT scope FROM auth_sessions WHERE code_hash = ?', hash)
    assert.deepEqual(row, { scope: 'read' })
  })

  test('without a resource stores no consent, and is asked for again', async (t) => {
    const { services, ada, pending, rows } = await open(t)
    const id = await pending({ resource: null })
    const question = await readConsent(services, ada, { authorizationId: id, trace: null })
    assert.equal(question.resource, null)
    assert.equal(question.isRemembered, false)

    await approveConsent(services, ada, allow(id, 'read'))

    assert.deepEqual(rows('SELECT id FROM consent_grants'), [])
    await pending({ resource: null })
  })

  const changes = {
    'inactive-client': `UPDATE clients SET status = 'revoked' WHERE id = 'app'`,
    'signed-out': `UPDATE users SET status = 'disabled' WHERE id = 'ada'`,
    'unknown-resource': `DELETE FROM resources WHERE id = 'mcp1'`,
    'authorization-gone': 'DELETE FROM auth_sessions',
  } as const satisfies Partial<Record<PageRefusalReason, string>>
  for (const [reason, change] of Object.entries(changes)) {
    test(`is worth nothing when meanwhile: ${change}`, async (t) => {
      const { services, ada, pending, execute, rows } = await open(t)
      const id = await pending()
      const storage = beforeAsk(services.storage, 'approveConsent', async () => execute(change))

      const approved = approveConsent({ ...services, storage }, ada, allow(id, 'read'))

      await assert.rejects(approved, isPage(reason as PageRefusalReason))
      assert.deepEqual(rows('SELECT id FROM auth_sessions WHERE code_hash IS NOT NULL'), [])
      assert.deepEqual(rows('SELECT id FROM consent_grants'), [])
    })
  }
})

test('a no ends the authorization, is audited and counted', async (t) => {
  const { services, ada, pending, rows, meterCalls } = await open(t)
  const id = await pending()

  const location = await denyConsent(services, ada, { authorizationId: id, visitor })

  assert.match(location, /^https:\/\/app\.test\/cb\?error=access_denied&/)
  assert.deepEqual(rows('SELECT id FROM auth_sessions'), [])
  const [audit] = rows(`SELECT * FROM audit_events WHERE action = 'consent.denied'`)
  assert.equal(audit?.['detail'], `resource=${resource}`)
  assert.equal(audit?.['actor_id'], 'ada')
  assert.deepEqual(
    meterCalls.filter(([name]) => name === 'consentDecided'),
    [['consentDecided', 'denied']],
  )
  await assert.rejects(
    denyConsent(services, ada, { authorizationId: id, visitor }),
    isPage('authorization-gone'),
  )
})

describe('a client that describes itself', () => {
  const id = (): string => site.url('/app.json')
  const offers = (change: Readonly<Record<string, unknown>>): void =>
    site.answers(sends(clientDocument(id(), { redirect_uris: [callback], ...change })))

  test('is asked about again as soon as its document says something else', async (t) => {
    const { services, ada, start, pass } = await open(t)
    offers({ client_name: 'First name' })
    const request = { client_id: id(), scope: 'read' }
    const first = await start(request)
    assert.equal(first.kind, 'consent')
    const authorizationId = first.kind === 'consent' ? first.authorizationId : ''
    await approveConsent(services, ada, allow(authorizationId, 'read'))
    assert.equal((await start(request)).kind, 'client', 'control: remembered')

    offers({ client_name: 'Second name' })
    pass(2 * 3_600_000)

    assert.equal((await start(request)).kind, 'consent')
  })
})
