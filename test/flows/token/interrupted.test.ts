// What happens to a machine token when something breaks in the middle of its issuance: nothing is
// answered that storage does not know (decisions D15, D18).
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ActorError, type ActorErrorCode } from '../../../actors/runtime/protocol.ts'
import type { Services } from '../../../src/flows/services.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { readTokenCall, type TokenCall } from '../../../src/oauth/token-request.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { before as interrupt } from '../../support/interrupt.ts'
import {
  deleteClient,
  deleteResource,
  secretOf,
  seedClient,
  seedResource,
} from '../../support/seed.ts'
import { rowsSettled } from '../../support/settled-rows.ts'

function call(resource: string | null): TokenCall {
  const form = new Map([
    ['grant_type', 'client_credentials'],
    ['client_id', 'm2m'],
    ['client_secret', secretOf('m2m')],
  ])
  if (resource !== null) form.set('resource', resource)
  return readTokenCall(form, {
    authorization: undefined,
    proof: null,
    caller: { ip: '192.0.2.7', trace: null, requestId: 'r1' },
  })
}

const bound = call('https://r1.test/mcp')
const unbound = call(null)

let inline: InlineServices
let services: Services

beforeEach(async () => {
  inline = await createInlineServices({})
  services = inline.services
  await seedClient(services, 'm2m', {})
  await seedResource(services, 'r1', {})
})

afterEach(() => inline.stop())

const isActorError = (code: ActorErrorCode, actor: string) => (error: unknown) =>
  error instanceof ActorError && error.code === code && error.actor === actor

function assertNothingIssued(): void {
  assert.deepEqual(inline.rows('SELECT * FROM issuances'), [])
  assert.deepEqual(inline.rows('SELECT * FROM unbound_machine_tokens'), [])
  assert.deepEqual(
    inline.rows("SELECT * FROM audit_events WHERE action = 'client_credentials.issued'"),
    [],
  )
  assert.equal(inline.meterCalls.filter(([name]) => name === 'tokenIssued').length, 0)
}

const deniedReasons = () =>
  inline
    .rows("SELECT detail FROM audit_events WHERE action = 'client_credentials.denied'")
    .map(({ detail }) => detail)

test('control: both kinds of token are issued when nothing breaks', async () => {
  await issueToken(services, bound)
  await issueToken(services, unbound)

  assert.equal(inline.rows('SELECT * FROM issuances').length, 1)
  assert.equal(inline.rows('SELECT * FROM unbound_machine_tokens').length, 1)
})

test('a resource deleted between read and commit is an invalid target', async () => {
  const storage = interrupt(services.storage, 'commitMachineIssuance', () =>
    deleteResource(services, 'r1'),
  )

  await assert.rejects(
    issueToken({ ...services, storage }, bound),
    (error) => error instanceof OAuthError && error.code === 'invalid_target',
  )

  await rowsSettled(inline)
  assertNothingIssued()
  assert.deepEqual(deniedReasons(), ['reason=invalid_target'])
})

for (const [name, requested] of [
  ['bound', bound],
  ['unbound', unbound],
] as const) {
  test(`a client deleted between read and commit gets no ${name} token`, async () => {
    const storage = interrupt(services.storage, 'commitMachineIssuance', () =>
      deleteClient(services, 'm2m'),
    )

    await assert.rejects(
      issueToken({ ...services, storage }, requested),
      (error) => error instanceof OAuthError && error.code === 'invalid_client',
    )

    await rowsSettled(inline)
    assertNothingIssued()
  })
}

test('a signer that is gone is an ActorError, told in the audit log', async () => {
  await inline.stopActor('signer')

  await assert.rejects(issueToken(services, bound), isActorError('actor-stopped', 'signer'))

  await rowsSettled(inline)
  assertNothingIssued()
  assert.deepEqual(deniedReasons(), ['reason=temporarily_unavailable'])
})

test('storage that is gone before the read is an ActorError and signs nothing', async () => {
  let signatures = 0
  const signer = interrupt(services.signer, 'signAccessToken', async () => {
    signatures += 1
  })
  await inline.stopActor('storage')

  await assert.rejects(
    issueToken({ ...services, signer }, bound),
    isActorError('actor-stopped', 'storage'),
  )

  assert.equal(signatures, 0)
  assertNothingIssued()
})

test('storage that goes between signature and commit drops the signature', async () => {
  const storage = interrupt(services.storage, 'commitMachineIssuance', () =>
    inline.stopActor('storage'),
  )

  await assert.rejects(
    issueToken({ ...services, storage }, bound),
    isActorError('actor-stopped', 'storage'),
  )

  assertNothingIssued()
})

test('without its audit row a token does not exist', async () => {
  const storage = interrupt(services.storage, 'commitMachineIssuance', async () => {
    inline.execute(`CREATE TRIGGER audit_full BEFORE INSERT ON audit_events
      BEGIN SELECT RAISE(ABORT, 'no space in audit_events'); END`)
  })

  await assert.rejects(
    issueToken({ ...services, storage }, bound),
    isActorError('server-error', 'storage'),
  )

  assertNothingIssued()
})

test('a refusal whose audit row is lost is told in the log and counted', async () => {
  inline.execute(`CREATE TRIGGER audit_full BEFORE INSERT ON audit_events
    BEGIN SELECT RAISE(ABORT, 'no space in audit_events'); END`)

  await assert.rejects(
    issueToken(services, call('https://nope.test')),
    (error) => error instanceof OAuthError && error.code === 'invalid_target',
  )

  await rowsSettled(inline).catch(() => undefined)
  const dropped = inline.lines.filter(({ message }) => message === 'audit event dropped')
  assert.ok(dropped.length > 0)
  assert.ok(dropped.some(({ fields }) => fields['action'] === 'client_credentials.denied'))
  assert.deepEqual(
    inline.meterCalls.filter(([name]) => name === 'auditEventDropped'),
    [['auditEventDropped', 'client_credentials.denied']],
  )
})

test('of a hundred tokens at once every one is known to storage', async () => {
  const responses = await Promise.all(
    Array.from({ length: 100 }, (_, index) => issueToken(services, index % 2 ? bound : unbound)),
  )

  assert.equal(new Set(responses.map((response) => response.access_token)).size, 100)
  assert.equal(inline.rows('SELECT * FROM issuances').length, 50)
  assert.equal(inline.rows('SELECT * FROM unbound_machine_tokens').length, 50)
})
