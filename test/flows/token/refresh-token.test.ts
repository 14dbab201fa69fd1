// The refresh_token grant over real actors (spec 01 §10.4, decisions B2, D17): what a refresh
// yields, who is refused, and that a refusal spends nothing.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import type { OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import type { Client } from '../../../src/records/client.ts'
import { makeProofKey } from '../../support/dpop-client.ts'
import { before as interrupt } from '../../support/interrupt.ts'
import { secretOf, seedResource } from '../../support/seed.ts'
import { party, refreshForm, tokenCall } from '../../support/seed-grant.ts'
import {
  auditOf,
  claimsOf,
  confidentialId,
  countedOf,
  outcomeOf,
  proofAt,
  refreshTokenOf,
  rowOf,
  tracesOf,
} from './grant-fixture.ts'
import { formOf, presentedState, startFamily } from './refresh-fixture.ts'

const key = makeProofKey()
/** What a seeded family leaves behind. */
const seeded = {
  token_families: 1,
  refresh_tokens: 1,
  access_token_jtis: 1,
  issuances: 1,
  dpop_jtis: 0,
}
/** The same after one refresh. */
const refreshed = { ...seeded, refresh_tokens: 2, access_token_jtis: 2, issuances: 2 }

describe('a refresh', () => {
  test('spends its token and yields a successor and an access token', async (t) => {
    const fixture = await startFamily(t, {})
    const { services, family } = fixture

    const answer = await issueToken(services, tokenCall(formOf(fixture), {}))

    const { jti, ...claims } = await claimsOf(services, answer.access_token)
    const nowSeconds = Math.floor(services.clock.nowMs() / 1000)
    assert.deepEqual(claims, {
      iss: 'https://auth.test',
      sub: party.userId,
      aud: [party.resource],
      client_id: 'mine',
      scope: party.scope,
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + 900,
    })
    const { access_token: _, refresh_token: successor, ...rest } = answer
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 900, scope: party.scope })
    assert.notEqual(successor, family.refreshToken)
    assert.deepEqual(presentedState(fixture), ['spent', 0])
    assert.deepEqual(tracesOf(fixture), refreshed)
    assert.deepEqual(await auditOf(fixture, 'token.refresh'), [
      ['token.refreshed', party.userId, 'mine', `family=${family.familyId} jti=${jti}`],
    ])
    const ids = fixture.inline.rows('SELECT id FROM issuances').map(({ id }) => id)
    assert.ok(ids.includes(jti))
  })

  test('gives each successor the whole life of a refresh token', async (t) => {
    const fixture = await startFamily(t, {})
    const { services, clock, inline } = fixture
    clock.advance(60_000)

    const answer = await issueToken(services, tokenCall(formOf(fixture), {}))

    const [row] = inline.rows('SELECT expires_at FROM refresh_tokens WHERE parent_id IS NOT NULL')
    assert.equal(Date.parse(String(row?.['expires_at'])), clock.nowMs() + 604_800_000)
    assert.equal(
      await outcomeOf(services, tokenCall(refreshForm(refreshTokenOf(answer), 'mine'), {})),
      'issued',
    )
  })

  test('may ask for less, which narrows the access token and not the family', async (t) => {
    const fixture = await startFamily(t, {})
    const { services } = fixture

    const answer = await issueToken(
      services,
      tokenCall(formOf(fixture), { form: { scope: 'read' } }),
    )

    assert.equal(answer.scope, 'read')
    assert.equal(rowOf(fixture, 'SELECT scope FROM token_families')['scope'], party.scope)
    const next = tokenCall(refreshForm(refreshTokenOf(answer), 'mine'), {})
    assert.equal((await issueToken(services, next)).scope, party.scope)
  })

  test('stays within what the client may have now', async (t) => {
    const fixture = await startFamily(t, { client: { scope: 'read other' } })

    const answer = await issueToken(fixture.services, tokenCall(formOf(fixture), {}))

    assert.equal(answer.scope, 'read')
  })

  test('without a resource leaves no issuance', async (t) => {
    const fixture = await startFamily(t, { resource: '' })

    const answer = await issueToken(fixture.services, tokenCall(formOf(fixture), {}))

    assert.deepEqual((await claimsOf(fixture.services, answer.access_token)).aud, [
      'https://auth.test',
    ])
    assert.deepEqual(tracesOf(fixture), { ...refreshed, issuances: 0 })
  })

  test('of a confidential client needs its secret', async (t) => {
    const fixture = await startFamily(t, { clientId: confidentialId })
    const form = { client_secret: secretOf(confidentialId) }
    const { services } = fixture

    assert.equal(await outcomeOf(services, tokenCall(formOf(fixture), {})), 'invalid_client')
    assert.deepEqual(presentedState(fixture), ['unspent', 0])
    assert.equal(await outcomeOf(services, tokenCall(formOf(fixture), { form })), 'issued')
  })

  test('of an agent is counted', async (t) => {
    const fixture = await startFamily(t, { client: { isAgent: true } })

    const answer = await issueToken(fixture.services, tokenCall(formOf(fixture), {}))

    assert.deepEqual(countedOf(fixture), [['agentTokenIssued']])
    assert.equal((await claimsOf(fixture.services, answer.access_token))['agent_id'], 'mine')
  })
})

interface Refused {
  readonly what: string
  readonly code: OAuthErrorCode
  readonly form?: Readonly<Record<string, string>>
  readonly client?: Partial<Client>
  readonly sql?: string
  readonly dpopJkt?: string
  /** Whether its client was authenticated, so that the audit log tells of it (D17). */
  readonly isTold: boolean
}

const refusals: readonly Refused[] = [
  { what: 'no token', code: 'invalid_request', form: { refresh_token: '' }, isTold: false },
  {
    what: 'a token nobody issued',
    code: 'invalid_grant',
    form: { refresh_token: 'r'.repeat(43) },
    isTold: false,
  },
  {
    what: 'a token that has expired',
    code: 'invalid_grant',
    sql: "UPDATE refresh_tokens SET expires_at = '2026-03-01T12:00:00Z'",
    isTold: false,
  },
  {
    what: 'a revoked family',
    code: 'invalid_grant',
    sql: "UPDATE token_families SET status = 'revoked'",
    isTold: false,
  },
  { what: 'no client', code: 'invalid_client', form: { client_id: '' }, isTold: false },
  { what: 'another client', code: 'invalid_client', form: { client_id: 'app' }, isTold: false },
  {
    what: 'a secret of a public client',
    code: 'invalid_client',
    form: { client_secret: 's' },
    isTold: false,
  },
  {
    what: 'a suspended client',
    code: 'invalid_client',
    sql: "UPDATE clients SET status = 'suspended'",
    isTold: false,
  },
  {
    what: 'a client that has lost the grant',
    code: 'unauthorized_client',
    client: { grantTypes: ['authorization_code'] },
    isTold: true,
  },
  {
    what: 'a resource nobody registered',
    code: 'invalid_target',
    form: { resource: 'https://nobody.test/mcp' },
    isTold: true,
  },
  {
    what: 'another resource',
    code: 'invalid_target',
    form: { resource: 'https://other.test/mcp' },
    isTold: true,
  },
  {
    what: 'a scope that the user has not granted',
    code: 'invalid_scope',
    form: { scope: 'read admin' },
    isTold: true,
  },
  {
    what: 'a scope beyond the ceiling of the client',
    code: 'invalid_scope',
    client: { scope: 'read' },
    form: { scope: 'write' },
    isTold: true,
  },
  {
    what: 'a ceiling that leaves nothing',
    code: 'invalid_scope',
    client: { scope: 'other' },
    isTold: true,
  },
  {
    what: 'a disabled user',
    code: 'invalid_grant',
    sql: "UPDATE users SET status = 'disabled'",
    isTold: true,
  },
  {
    what: 'a deleted resource',
    code: 'invalid_target',
    sql: "PRAGMA foreign_keys = OFF; DELETE FROM resources WHERE id = 'mcp'",
    isTold: true,
  },
  {
    what: 'a revoked consent',
    code: 'invalid_grant',
    sql: "UPDATE consent_grants SET revoked_at = '2026-03-01T11:00:00Z'",
    isTold: true,
  },
  {
    what: 'no proof of a client that must send one',
    code: 'invalid_dpop_proof',
    client: { dpopBoundAccessTokens: true },
    isTold: true,
  },
  {
    what: 'no proof of the key that the token is bound to',
    code: 'invalid_grant',
    dpopJkt: key.jkt,
    isTold: true,
  },
]

describe('a refused refresh', () => {
  for (const { what, code, form = {}, client = {}, sql, dpopJkt, isTold } of refusals) {
    test(`because of ${what} spends nothing`, async (t) => {
      const bound = dpopJkt === undefined ? {} : { dpopJkt }
      const fixture = await startFamily(t, { client, ...bound })
      const { services, inline } = fixture
      await seedResource(services, 'other', { uri: 'https://other.test/mcp' })
      if (sql !== undefined) inline.execute(sql)

      assert.equal(await outcomeOf(services, tokenCall(formOf(fixture), { form })), code)

      assert.deepEqual(presentedState(fixture), ['unspent', 0])
      assert.deepEqual(tracesOf(fixture), seeded)
      const told = [['token.refresh_denied', 'mine', 'mine', `reason=${code}`]]
      assert.deepEqual(await auditOf(fixture, 'token.refresh', 'family.'), isTold ? told : [])
    })
  }
})

describe('between the reading of a refresh token and its commit', () => {
  for (const { what, code, sql } of [
    {
      what: 'a suspended client',
      code: 'invalid_client',
      sql: "UPDATE clients SET status = 'suspended'",
    },
    {
      what: 'a disabled user',
      code: 'invalid_grant',
      sql: "UPDATE users SET status = 'disabled'",
    },
    {
      what: 'a revoked consent',
      code: 'invalid_grant',
      sql: "UPDATE consent_grants SET revoked_at = '2026-03-01T12:00:00Z'",
    },
    {
      what: 'a revoked family',
      code: 'invalid_grant',
      sql: "UPDATE token_families SET status = 'revoked'",
    },
    {
      what: 'an expiry',
      code: 'invalid_grant',
      sql: "UPDATE refresh_tokens SET expires_at = '2026-03-01T12:00:00Z'",
    },
    {
      what: 'a deleted resource',
      code: 'invalid_target',
      sql: "PRAGMA foreign_keys = OFF; DELETE FROM resources WHERE id = 'mcp'",
    },
  ]) {
    test(`${what} is a refusal that leaves nothing behind`, async (t) => {
      const fixture = await startFamily(t, {})
      const { services, inline } = fixture
      const storage = interrupt(services.storage, 'rotateRefreshToken', async () =>
        inline.execute(sql),
      )

      assert.equal(await outcomeOf({ ...services, storage }, tokenCall(formOf(fixture), {})), code)

      assert.deepEqual(presentedState(fixture), ['unspent', 0])
      assert.deepEqual(tracesOf(fixture), seeded)
      const told = [['token.refresh_denied', 'mine', 'mine', `reason=${code}`]]
      assert.deepEqual(await auditOf(fixture, 'token.refresh', 'family.'), told)
    })
  }

  test('a proof that storage knows already leaves the token unspent', async (t) => {
    const fixture = await startFamily(t, { dpopJkt: key.jkt })
    const { services, inline } = fixture
    inline.execute(`INSERT INTO dpop_jtis (jkt, jti, expires_at)
      VALUES ('${key.jkt}', 'one', '2027-01-01T00:00:00Z')`)
    const callWith = (jti: string) =>
      tokenCall(formOf(fixture), { proof: proofAt(fixture, key, jti) })

    assert.equal(await outcomeOf(services, callWith('one')), 'invalid_dpop_proof')

    assert.deepEqual(presentedState(fixture), ['unspent', 0])
    assert.deepEqual(countedOf(fixture), [['proofRejected', 'replay']])
    assert.equal(await outcomeOf(services, callWith('two')), 'issued')
  })
})

describe('an outage', () => {
  for (const [actor, kind] of [
    ['signer', null],
    ['storage', null],
    ['storage', 'rotateRefreshToken'],
    ['dpopReplay', null],
  ] as const) {
    test(`of ${actor} ${kind === null ? '' : 'at the commit '}spends nothing`, async (t) => {
      const fixture = await startFamily(t, {})
      const { services, inline } = fixture
      const call = tokenCall(formOf(fixture), { proof: proofAt(fixture, key, 'one') })
      const stop = () => inline.stopActor(actor)
      if (kind === null) await stop()
      const storage = kind === null ? services.storage : interrupt(services.storage, kind, stop)

      await assert.rejects(issueToken({ ...services, storage }, call), ActorError)

      assert.deepEqual(presentedState(fixture), ['unspent', 0])
      assert.deepEqual(tracesOf(fixture), seeded)
    })
  }

  test('of the signer is told, and the same request may come again', async (t) => {
    const fixture = await startFamily(t, { dpopJkt: key.jkt })
    const { services } = fixture
    const call = tokenCall(formOf(fixture), { proof: proofAt(fixture, key, 'one') })
    const signer = interrupt(services.signer, 'signAccessToken', async () => {
      throw new ActorError('actor-crashed', 'signer', 'signAccessToken')
    })

    await assert.rejects(issueToken({ ...services, signer }, call), ActorError)

    assert.deepEqual(await auditOf(fixture, 'token.refresh'), [
      ['token.refresh_denied', 'mine', 'mine', 'reason=temporarily_unavailable'],
    ])
    assert.equal(await outcomeOf(services, call), 'issued', 'token and proof are unspent')
  })
})

test('nothing secret of a refresh reaches the log or the audit log', async (t) => {
  const fixture = await startFamily(t, { dpopJkt: key.jkt })
  const { services, inline, clock } = fixture
  const proof = proofAt(fixture, key, 'one')

  const answer = await issueToken(services, tokenCall(formOf(fixture), { proof }))
  clock.advance(60_000)
  await outcomeOf(services, tokenCall(formOf(fixture), {}))

  const told = JSON.stringify([inline.lines, inline.rows('SELECT * FROM audit_events')])
  const secrets = [fixture.family.refreshToken, answer.access_token, refreshTokenOf(answer), proof]
  for (const secret of secrets) assert.equal(told.includes(secret), false)
  assert.ok(inline.lines.some(({ message }) => message === 'tokens refreshed'))
})
