// Revocation as a use case (src/flows/token/revoke.ts, spec 01 §14, B11).
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Services } from '../../../src/flows/services.ts'
import { mintAccessToken } from '../../../src/flows/token/mint-access-token.ts'
import { rotateRefreshToken } from '../../../src/flows/token/refresh-token.ts'
import { revokeToken } from '../../../src/flows/token/revoke.ts'
import { readTokenCall } from '../../../src/oauth/token-request.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { secretOf, seedClient, seedResource, seedToken } from '../../support/seed.ts'
import {
  claimsIn,
  type SeededTokens,
  seedApp,
  seedCaller,
  seedUserTokens,
} from '../../support/seed-codes.ts'
import { seedUser } from '../../support/seed-users.ts'

const r1 = { id: 'r1', uri: 'https://r1.test/mcp' }

interface World extends InlineServices {
  /** Of alice, issued to the public client `app`. */
  readonly tokens: SeededTokens
  /** Of alice, issued to the confidential client `conf`. */
  readonly confidential: SeededTokens
}

async function start(t: TestContext): Promise<World> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  const { services } = inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', {})
  await seedApp(services, 'other', {})
  await seedClient(services, 'conf', { grantTypes: ['authorization_code', 'refresh_token'] })
  await seedResource(services, 'r1', {})
  const of = { userId: 'alice', resource: r1, scope: 'tools/echo' }
  return {
    ...inline,
    tokens: await seedUserTokens(services, { ...of, clientId: 'app' }),
    confidential: await seedUserTokens(services, { ...of, clientId: 'conf' }),
  }
}

const revoke = (services: Services, token: string, credentials: Readonly<Record<string, string>>) =>
  revokeToken(services, {
    form: new Map(Object.entries({ token, ...credentials })),
    authorization: undefined,
    caller: seedCaller,
  })

const app = { client_id: 'app' }
const conf = { client_id: 'conf', client_secret: secretOf('conf') }

const denylisted = ({ rows }: InlineServices) =>
  rows('SELECT jti FROM revoked_jtis ORDER BY jti').map(({ jti }) => jti)
const activeFamilies = ({ rows }: InlineServices) =>
  rows(`SELECT client_id FROM token_families WHERE status = 'active' ORDER BY client_id`).map(
    ({ client_id }) => client_id,
  )
const audits = ({ rows }: InlineServices) =>
  rows(`SELECT actor_id, client_id, detail FROM audit_events WHERE action = 'token.revoked'`)
const counted = ({ meterCalls }: InlineServices) =>
  meterCalls.filter(([name]) => name === 'tokensRevoked').map(([, reason]) => reason)

test('a refresh token ends its family and the access tokens of it', async (t) => {
  const world = await start(t)

  await revoke(world.services, world.tokens.refreshToken, app)

  assert.deepEqual(activeFamilies(world), ['conf'])
  assert.deepEqual(denylisted(world), [claimsIn(world.tokens.accessToken)['jti']])
  const [row, ...others] = audits(world)
  assert.deepEqual([row?.['actor_id'], row?.['client_id'], others], ['app', 'app', []])
  assert.match(String(row?.['detail']), /^family=[\w-]+$/)
  assert.deepEqual(counted(world), ['explicit'])
})

test('an access token of a user ends alone', async (t) => {
  const world = await start(t)
  const jti = claimsIn(world.tokens.accessToken)['jti']

  await revoke(world.services, world.tokens.accessToken, app)

  assert.deepEqual(activeFamilies(world), ['app', 'conf'])
  assert.deepEqual(denylisted(world), [jti])
  const revoked = 'SELECT id FROM issuances WHERE revoked_at IS NOT NULL'
  assert.deepEqual(world.rows(revoked), [{ id: jti }])
  assert.deepEqual(audits(world), [{ actor_id: 'app', client_id: 'app', detail: `jti=${jti}` }])
  assert.deepEqual(counted(world), ['explicit'])
})

test('a spent refresh token ends its family, and so its successor', async (t) => {
  const world = await start(t)
  const { services, tokens } = world
  const refresh = (token: string) =>
    rotateRefreshToken(
      services,
      readTokenCall(
        new Map(
          Object.entries({ grant_type: 'refresh_token', refresh_token: token, client_id: 'app' }),
        ),
        { authorization: undefined, proof: null, caller: seedCaller },
      ),
    )
  const successor = await refresh(tokens.refreshToken)

  await revoke(services, tokens.refreshToken, app)

  await assert.rejects(refresh(successor.refresh_token ?? ''), { code: 'invalid_grant' })
})

test('revoking again says the same, writes no second row and counts nothing', async (t) => {
  const world = await start(t)
  const { services, tokens } = world
  for (const token of [tokens.accessToken, tokens.refreshToken]) {
    await revoke(services, token, app)
    await revoke(services, token, app)
  }

  assert.equal(audits(world).length, 2)
  assert.equal(counted(world).length, 2)
})

test('a half that failed is made up for by asking again', async (t) => {
  const world = await start(t)
  const { services, tokens } = world
  const { storage } = services
  const half: Services = {
    ...services,
    storage: {
      name: storage.name,
      tell: (kind, request) => storage.tell(kind, request),
      load: () => storage.load(),
      ask: (kind, request, options) =>
        kind === 'denylistFamily'
          ? Promise.reject(new Error('no space left'))
          : storage.ask(kind, request, options),
    },
  }

  await assert.rejects(revoke(half, tokens.refreshToken, app), { message: 'no space left' })
  assert.deepEqual(denylisted(world), [])
  await revoke(services, tokens.refreshToken, app)

  assert.deepEqual(denylisted(world), [claimsIn(tokens.accessToken)['jti']])
})

test('machine tokens end with a row that says so', async (t) => {
  const world = await start(t)
  const { services } = world
  await seedClient(services, 'm2m', {})
  for (const resourceId of ['r1', null]) {
    const jti = await seedToken(services, { clientId: 'm2m', resourceId, lifeMs: 60_000 })
    const nowSeconds = Math.floor(services.clock.nowMs() / 1000)
    const claims = {
      iss: 'https://auth.test',
      sub: 'm2m',
      aud: [resourceId === null ? 'https://auth.test' : r1.uri] as const,
      client_id: 'm2m',
      jti,
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + 60,
    }
    await revoke(services, await mintAccessToken(services, claims, null), {
      client_id: 'm2m',
      client_secret: secretOf('m2m'),
    })
    const { detail } = audits(world).at(-1) ?? {}
    assert.equal(detail, `machine_token jti=${jti}`)
    const [row] = world.rows('SELECT revoked FROM machine_tokens WHERE jti = ?', jti)
    assert.deepEqual(row, { revoked: 1 })
  }
  assert.deepEqual(counted(world), ['explicit_machine', 'explicit_machine'])
  assert.deepEqual(denylisted(world), [])
})

describe('nothing is revoked', () => {
  for (const [what, tokenOf] of [
    ['by the refresh token of another client', ({ tokens }: World) => tokens.refreshToken],
    ['by the access token of another client', ({ tokens }: World) => tokens.accessToken],
  ] as const) {
    test(`${what}, and the log warns`, async (t) => {
      const world = await start(t)

      await revoke(world.services, tokenOf(world), { client_id: 'other' })

      assert.deepEqual([activeFamilies(world), denylisted(world)], [['app', 'conf'], []])
      assert.deepEqual(audits(world), [])
      const warnings = world.lines.filter(({ level }) => level === 'warn')
      assert.deepEqual(
        warnings.map(({ fields }) => fields['client_id']),
        ['other'],
      )
    })
  }

  test('by what is no token', async (t) => {
    const world = await start(t)

    await revoke(world.services, 'nothing', app)

    assert.deepEqual([activeFamilies(world), audits(world)], [['app', 'conf'], []])
    assert.equal(
      world.lines.some(({ level }) => level === 'warn'),
      false,
    )
  })
})

describe('a client must be who it says', () => {
  test('a public client by its id alone, and a secret it sends is not looked at', async (t) => {
    const world = await start(t)

    await revoke(world.services, world.tokens.refreshToken, { ...app, client_secret: 'x' })

    assert.deepEqual(activeFamilies(world), ['conf'])
  })

  test('a confidential client by its secret', async (t) => {
    const world = await start(t)

    await revoke(world.services, world.confidential.refreshToken, conf)

    assert.deepEqual(activeFamilies(world), ['app'])
  })

  for (const [what, credentials] of [
    ['no secret', { client_id: 'conf' }],
    ['a wrong secret', { ...conf, client_secret: 'wrong' }],
    ['an unknown id', { client_id: 'nobody' }],
  ] as const) {
    test(`and is refused with ${what}`, async (t) => {
      const world = await start(t)
      const { refreshToken } = world.confidential

      await assert.rejects(revoke(world.services, refreshToken, credentials), {
        code: 'invalid_client',
      })

      assert.deepEqual(activeFamilies(world), ['app', 'conf'])
    })
  }

  for (const status of ['suspended', 'revoked']) {
    test(`and is refused when it is ${status}`, async (t) => {
      const world = await start(t)
      world.execute(`UPDATE clients SET status = '${status}'`)

      for (const credentials of [app, conf]) {
        await assert.rejects(revoke(world.services, world.tokens.refreshToken, credentials), {
          code: 'invalid_client',
        })
      }

      assert.deepEqual(activeFamilies(world), ['app', 'conf'])
    })
  }
})

test('a revocation that storage cannot write is no success', async (t) => {
  const world = await start(t)
  await world.stopActor('storage')

  await assert.rejects(revoke(world.services, world.tokens.refreshToken, app), {
    name: 'ActorError',
  })
})
