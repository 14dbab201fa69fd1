// Dynamic client registration (src/flows/registration/register-client.ts, spec 01 §11).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { changeRegistrationMode } from '../../../src/flows/admin/registration-mode.ts'
import { registerClient } from '../../../src/flows/registration/register-client.ts'
import { askOptions } from '../../../src/flows/services.ts'
import { matchesClientSecret } from '../../../src/oauth/client-secret.ts'
import type { JsonObject } from '../../../src/oauth/json-document.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import {
  createInlineServices,
  type InlineOptions,
  type InlineServices,
} from '../../support/inline-services.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const trace = { traceId, spanId: 'b7ad6b7169203331', isSampled: false }
const caller = { ip: '198.51.100.7', trace, requestId: 'r1' }
const app = { client_name: 'App', redirect_uris: ['https://app.test/cb'] }

async function start(t: TestContext, options: InlineOptions = {}): Promise<InlineServices> {
  const inline = await createInlineServices(options)
  t.after(inline.stop)
  return inline
}

const refuses = (work: Promise<unknown>, code: string, message = /./): Promise<void> =>
  assert.rejects(
    work,
    (error) => error instanceof OAuthError && error.code === code && message.test(error.message),
  )

const clientsIn = ({ rows }: InlineServices): number => rows('SELECT id FROM clients').length

test('a client is stored as it is answered, with its audit row', async (t) => {
  const inline = await start(t, { registration: { defaultClientScope: 'tools/echo' } })
  const { services, rows, meterCalls } = inline

  const { client, secret } = await registerClient(services, app, caller)

  const stored = await services.storage.ask(
    'readClient',
    { id: client.id },
    askOptions(services, null),
  )
  assert.deepEqual(stored.reply.client, client)
  assert.equal(secret, null)
  assert.equal(client.secretHash, '')
  assert.equal(client.registrationSource, 'dcr')
  assert.equal(client.status, 'active')
  assert.equal(client.scope, 'tools/echo')
  const audit = `SELECT action, actor_id, client_id, ip, detail, trace_id FROM audit_events`
  assert.deepEqual(rows(audit), [
    {
      action: 'client.registered',
      actor_id: client.id,
      client_id: client.id,
      ip: '198.51.100.7',
      detail: 'source=dcr',
      trace_id: traceId,
    },
  ])
  assert.deepEqual(meterCalls, [['clientRegistered', 'dcr']])
})

test('a secret is answered once and stored as a hash', async (t) => {
  const pepper = createSecretKey(Buffer.from('pepper'))
  const { services, rows } = await start(t, { pepper })
  const document = { ...app, token_endpoint_auth_method: 'client_secret_basic' }

  const { client, secret } = await registerClient(services, document, caller)

  assert.ok(secret !== null)
  assert.match(secret, /^[\w-]{43}$/)
  assert.ok(client.secretHash.startsWith('hs256$'))
  assert.equal(matchesClientSecret(secret, client.secretHash, pepper), true)
  assert.equal(JSON.stringify(rows('SELECT * FROM clients')).includes(secret), false)
  assert.equal(JSON.stringify(rows('SELECT * FROM audit_events')).includes(secret), false)
})

test('equal registrations are different clients', async (t) => {
  const { services } = await start(t)

  const [one, other] = [
    await registerClient(services, app, caller),
    await registerClient(services, app, caller),
  ]

  assert.notEqual(one.client.id, other.client.id)
})

test('in mode admin_only nobody registers, whatever they send', async (t) => {
  const inline = await start(t, { registration: { mode: 'admin_only' } })

  await refuses(registerClient(inline.services, app, caller), 'access_denied')
  await refuses(registerClient(inline.services, {}, caller), 'access_denied')

  assert.equal(clientsIn(inline), 0)
})

test('in mode approved_redirects every redirect URI must be listed, byte for byte', async (t) => {
  const approvedRedirects = ['https://app.test/cb', 'http://127.0.0.1/cb']
  const registration = { mode: 'approved_redirects', approvedRedirects } as const
  const inline = await start(t, { registration })
  const { services } = inline
  const withUris = (...uris: readonly unknown[]): JsonObject => ({ ...app, redirect_uris: uris })

  for (const document of [
    withUris('https://app.test/cb', 'https://evil.test/cb'),
    withUris('https://app.test/cb/'),
    withUris('http://127.0.0.1:8080/cb'),
  ]) {
    await refuses(registerClient(services, document, caller), 'invalid_redirect_uri')
  }
  assert.equal(clientsIn(inline), 0)
  const { client } = await registerClient(services, withUris(...approvedRedirects), caller)

  assert.deepEqual(client.redirectUris, approvedRedirects)
  const unreadable = registerClient(services, withUris('https://app.test/cb', 7), caller)
  await refuses(unreadable, 'invalid_client_metadata')
})

test('a change of the mode is in force with the next registration', async (t) => {
  const { services } = await start(t)
  const operator = { actorId: 'admin', trace: null }
  await registerClient(services, app, caller)

  await changeRegistrationMode(services, operator, 'admin_only')
  await refuses(registerClient(services, app, caller), 'access_denied')
  await changeRegistrationMode(services, operator, 'open')

  await registerClient(services, app, caller)
})

test('what is wrong with the metadata is told in bounded text, nothing is stored', async (t) => {
  const inline = await start(t)
  const { services } = inline
  const grants = Array.from({ length: 5000 }, (_, at) => `grant-${at}`)

  await refuses(
    registerClient(services, { grant_types: ['client_credentials', 'x'] }, caller),
    'invalid_client_metadata',
    /client_name is required; grant type "x" is unknown/,
  )
  await refuses(
    registerClient(services, { ...app, grant_types: grants }, caller),
    'invalid_client_metadata',
    /^.{4096}$/,
  )

  assert.equal(clientsIn(inline), 0)
})

test('private-use schemes are refused where they are switched off', async (t) => {
  const { services } = await start(t, { registration: { allowsPrivateUseSchemes: false } })
  const cursor = { ...app, redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] }

  await refuses(registerClient(services, cursor, caller), 'invalid_client_metadata', /scheme/)
})

test('a database that does not answer is no bug', async (t) => {
  const { services, stopActor } = await start(t)
  await stopActor('storage')

  await assert.rejects(registerClient(services, app, caller), ActorError)
})
