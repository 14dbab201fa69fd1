// Introspection as a use case (src/flows/token/introspect.ts, spec 01 §13).
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { revokeConsentGrant } from '../../../src/flows/admin/grants.ts'
import { askOptions, type Services } from '../../../src/flows/services.ts'
import { issueClientCredentials } from '../../../src/flows/token/client-credentials.ts'
import { introspectToken } from '../../../src/flows/token/introspect.ts'
import { revokeToken } from '../../../src/flows/token/revoke.ts'
import { readTokenCall } from '../../../src/oauth/token-request.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { scopesOf, secretOf, seedClient, seedResource } from '../../support/seed.ts'
import {
  claimsIn,
  type SeededTokens,
  seedApp,
  seedCaller,
  seedUserTokens,
} from '../../support/seed-codes.ts'
import { seedUser } from '../../support/seed-users.ts'

const operator = { actorId: 'admin', trace: null }
const r1 = { id: 'r1', uri: 'https://mcp1.test/mcp' }

interface World extends InlineServices {
  /** Of alice, issued to `app` for r1. */
  readonly tokens: SeededTokens
}

async function start(t: TestContext): Promise<World> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  const { services } = inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', { secretHash: '' })
  for (const id of ['rs1', 'stranger', 'm2m']) await seedClient(services, id, {})
  await seedResource(services, 'r1', {
    uri: r1.uri,
    scopes: scopesOf('tools/echo'),
    policy: {
      exchangeAllowedClientIds: [],
      runtimeClientIds: ['rs1'],
      connectAllowedReturnUrls: [],
    },
  })
  const of = { clientId: 'app', userId: 'alice', resource: r1, scope: 'tools/echo' }
  return { ...inline, tokens: await seedUserTokens(services, of) }
}

const askedBy = (
  services: Services,
  callerId: string,
  token: string,
  secret: string | null = secretOf(callerId),
) => {
  const members = {
    token,
    client_id: callerId,
    ...(secret === null ? {} : { client_secret: secret }),
  }
  const form = new Map(Object.entries(members))
  return introspectToken(services, { form, authorization: undefined, caller: seedCaller })
}

async function machineToken(
  services: Services,
  resource: string | null,
  clientId = 'm2m',
): Promise<string> {
  const form = new Map(
    Object.entries({
      client_id: clientId,
      client_secret: secretOf(clientId),
      ...(resource === null ? {} : { resource }),
    }),
  )
  const rest = { authorization: undefined, proof: null, caller: seedCaller }
  return (await issueClientCredentials(services, readTokenCall(form, rest))).access_token
}

/** Rows of introspections, waited for: nobody else does. */
async function rowsOf({ services, rows }: InlineServices) {
  await services.storage.ask('ping', {}, askOptions(services, null))
  return rows(`SELECT action, actor_id, client_id, ip, detail FROM audit_events
    WHERE action LIKE 'token.introspect%' ORDER BY id`)
}

const denial = (detail: string, clientId: string) => ({
  action: 'token.introspect_denied',
  actor_id: clientId,
  client_id: clientId,
  ip: seedCaller.ip,
  detail,
})

test('shows a live token of a user to the server of its resource', async (t) => {
  const world = await start(t)
  const { accessToken } = world.tokens
  const { iat, exp, jti } = claimsIn(accessToken)

  const document = await askedBy(world.services, 'rs1', accessToken)

  assert.deepEqual(document, {
    active: true,
    scope: 'tools/echo',
    client_id: 'app',
    sub: 'alice',
    aud: r1.uri,
    iss: 'https://auth.test',
    exp,
    iat,
    jti,
    token_type: 'Bearer',
  })
  assert.deepEqual(await rowsOf(world), [
    {
      action: 'token.introspected',
      actor_id: 'rs1',
      client_id: 'rs1',
      ip: seedCaller.ip,
      detail: `jti=${jti} issuing_client=app`,
    },
  ])
  const calls = world.meterCalls.filter(([name]) => name === 'introspected')
  assert.deepEqual(
    calls.map(([, result]) => result),
    ['active'],
  )
})

for (const resource of [r1.uri, null]) {
  test(`shows a machine token for ${resource ?? 'no resource'} to its client`, async (t) => {
    const { services } = await start(t)

    const document = await askedBy(services, 'm2m', await machineToken(services, resource))

    assert.deepEqual(
      [document.active, document.active && document.aud],
      [true, resource ?? 'https://auth.test'],
    )
  })
}

describe('is not active', () => {
  type Ending = (world: World) => Promise<unknown>
  const endings: readonly (readonly [string, string, Ending])[] = [
    [
      'once it is revoked by its client',
      'issuance_revoked',
      ({ services, tokens }) =>
        revokeToken(services, {
          form: new Map([
            ['token', tokens.accessToken],
            ['client_id', 'app'],
          ]),
          authorization: undefined,
          caller: seedCaller,
        }),
    ],
    [
      'once its family has ended',
      'token_revoked',
      ({ services, tokens }) =>
        revokeToken(services, {
          form: new Map([
            ['token', tokens.refreshToken],
            ['client_id', 'app'],
          ]),
          authorization: undefined,
          caller: seedCaller,
        }),
    ],
    [
      'once its user is disabled',
      'subject_inactive',
      async ({ execute }) => execute(`UPDATE users SET status = 'disabled'`),
    ],
    [
      'once its user is gone',
      'subject_inactive',
      async ({ execute }) => execute('DELETE FROM users'),
    ],
    [
      'once its client is suspended',
      'issuing_client_inactive',
      async ({ execute }) => execute(`UPDATE clients SET status = 'suspended' WHERE id = 'app'`),
    ],
    [
      'once its client is gone',
      'issuing_client_inactive',
      async ({ execute }) => execute(`DELETE FROM clients WHERE id = 'app'`),
    ],
    [
      'once what its user allowed is taken back',
      'issuance_revoked',
      ({ services, tokens }) => revokeConsentGrant(services, operator, tokens.consentId ?? ''),
    ],
  ]
  for (const [what, reason, end] of endings) {
    test(`a token of a user, ${what}`, async (t) => {
      const world = await start(t)
      const { accessToken } = world.tokens
      const before = await askedBy(world.services, 'rs1', accessToken)
      await end(world)

      const after = await askedBy(world.services, 'rs1', accessToken)

      assert.equal(before.active, true)
      assert.deepEqual(after, { active: false })
      const told = denial(`reason=${reason} jti=${claimsIn(accessToken)['jti']}`, 'rs1')
      assert.deepEqual((await rowsOf(world)).at(-1), told)
    })
  }

  test('a token that the caller has no part in', async (t) => {
    const world = await start(t)
    const { accessToken } = world.tokens

    assert.deepEqual(await askedBy(world.services, 'stranger', accessToken), { active: false })

    const jti = claimsIn(accessToken)['jti']
    const told = `reason=caller_not_authorized_for_token jti=${jti}`
    assert.deepEqual(await rowsOf(world), [denial(told, 'stranger')])
  })

  test('a token whose audience two resources share', async (t) => {
    const world = await start(t)
    const policy = {
      exchangeAllowedClientIds: [],
      runtimeClientIds: ['rs1'],
      connectAllowedReturnUrls: [],
    }
    await seedResource(world.services, 'twin', { uri: r1.uri, policy })

    const document = await askedBy(world.services, 'rs1', world.tokens.accessToken)

    assert.deepEqual(document, { active: false })
    assert.match(String((await rowsOf(world))[0]?.['detail']), /^reason=ambiguous_runtime_binding /)
  })

  for (const [what, tokenOf] of [
    ['a refresh token', ({ tokens }: World) => tokens.refreshToken],
    [
      'a token with a broken signature',
      ({ tokens }: World) => `${tokens.accessToken.slice(0, -8)}AAAAAAAA`,
    ],
    ['a text that is no token', () => 'x'.repeat(60_000)],
  ] as const) {
    test(what, async (t) => {
      const world = await start(t)

      const document = await askedBy(world.services, 'app2', tokenOf(world)).catch(() => null)
      const own = await askedBy(world.services, 'rs1', tokenOf(world))

      assert.equal(document, null)
      assert.deepEqual(own, { active: false })
      assert.deepEqual(await rowsOf(world), [denial('reason=invalid_token', 'rs1')])
    })
  }

  test('a revoked machine token', async (t) => {
    const world = await start(t)
    const { services } = world
    const token = await machineToken(services, null)
    world.execute('UPDATE unbound_machine_tokens SET revoked = 1')

    assert.deepEqual(await askedBy(services, 'm2m', token), { active: false })
    assert.match(String((await rowsOf(world))[0]?.['detail']), /^reason=machine_token_revoked /)
  })
})

describe('refuses without a trace', () => {
  for (const [what, callerId, secret] of [
    ['an unknown caller', 'nobody', 'x'],
    ['a public client', 'app', null],
    ['a public client with a secret', 'app', 'x'],
    ['a wrong secret', 'rs1', 'wrong'],
    ['a missing secret', 'rs1', null],
  ] as const) {
    test(what, async (t) => {
      const world = await start(t)
      const { accessToken } = world.tokens

      await assert.rejects(askedBy(world.services, callerId, accessToken, secret), {
        code: 'invalid_client',
      })

      assert.deepEqual(await rowsOf(world), [])
      assert.equal(
        world.meterCalls.some(([name]) => name === 'introspected'),
        false,
      )
    })
  }
})

test('refuses a suspended caller, and records that it knew its secret', async (t) => {
  const world = await start(t)
  world.execute(`UPDATE clients SET status = 'suspended' WHERE id = 'rs1'`)

  await assert.rejects(askedBy(world.services, 'rs1', world.tokens.accessToken), {
    code: 'invalid_client',
  })

  assert.deepEqual(await rowsOf(world), [denial('reason=client_not_active', 'rs1')])
})

test('says nothing about a token while storage is gone', async (t) => {
  const world = await start(t)
  await world.stopActor('storage')

  await assert.rejects(askedBy(world.services, 'rs1', world.tokens.accessToken), {
    name: 'ActorError',
  })

  assert.deepEqual(
    world.meterCalls.filter(([name]) => name === 'introspected').map(([, result]) => result),
    ['error'],
  )
})
