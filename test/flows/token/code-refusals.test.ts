// Who is refused at code redemption, and that a refusal spends nothing (spec 01 §10.3, decisions
// B1, D3, D17).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import type { Authorization } from '../../../src/records/authorization.ts'
import type { Client } from '../../../src/records/client.ts'
import { seedResource } from '../../support/seed.ts'
import { codeForm, party, seedApp, seedCode, tokenCall } from '../../support/seed-grant.ts'
import {
  auditOf,
  codeState,
  noTraces as nothing,
  outcomeOf,
  startGrants,
  tracesOf,
} from './grant-fixture.ts'

/** A request that must be refused. */
interface Refused {
  readonly what: string
  readonly code: OAuthErrorCode
  readonly form?: Readonly<Record<string, string>>
  readonly authorization?: Partial<Authorization>
  readonly client?: Partial<Client>
  /** Happens behind the server's back. */
  readonly sql?: string
  /** Whether it counts against the code. */
  readonly isCounted: boolean
  /** Whether its client was authenticated, so that the audit log tells of it (D17). */
  readonly isTold: boolean
}

const guess = { isCounted: true, isTold: false }
const denied = { isCounted: true, isTold: true }
const untold = { isCounted: false, isTold: false }
const consents = 'DELETE FROM consent_grants'

const refusals: readonly Refused[] = [
  { what: 'no code', code: 'invalid_request', form: { code: '' }, ...untold },
  {
    what: 'a code nobody issued',
    code: 'invalid_grant',
    form: { code: 'c'.repeat(43) },
    ...untold,
  },
  {
    what: 'a code that has expired',
    code: 'invalid_grant',
    authorization: { expiresAtMs: Date.UTC(2026, 2, 1, 12) + 1 },
    ...untold,
  },
  { what: 'no client', code: 'invalid_client', form: { client_id: '' }, ...untold },
  { what: 'another client', code: 'invalid_client', form: { client_id: 'other' }, ...guess },
  { what: 'no redirect_uri', code: 'invalid_grant', form: { redirect_uri: '' }, ...guess },
  {
    what: 'another redirect_uri',
    code: 'invalid_grant',
    form: { redirect_uri: `${party.redirectUri}/` },
    ...guess,
  },
  {
    what: 'a secret of a public client',
    code: 'invalid_client',
    form: { client_secret: 's' },
    ...guess,
  },
  {
    what: 'a suspended client',
    code: 'invalid_client',
    sql: "UPDATE clients SET status = 'suspended'",
    ...guess,
  },
  {
    what: 'a client without the grant',
    code: 'unauthorized_client',
    client: { grantTypes: ['refresh_token'] },
    ...denied,
  },
  { what: 'no verifier', code: 'invalid_grant', form: { code_verifier: '' }, ...denied },
  {
    what: 'a wrong verifier',
    code: 'invalid_grant',
    form: { code_verifier: 'w'.repeat(43) },
    ...denied,
  },
  {
    what: 'a short verifier',
    code: 'invalid_grant',
    form: { code_verifier: 'v'.repeat(42) },
    ...denied,
  },
  {
    what: 'a resource nobody registered',
    code: 'invalid_target',
    form: { resource: 'https://nobody.test/mcp' },
    ...denied,
  },
  {
    what: 'another resource',
    code: 'invalid_target',
    form: { resource: 'https://other.test/mcp' },
    ...denied,
  },
  {
    what: 'a disabled user',
    code: 'invalid_grant',
    sql: "UPDATE users SET status = 'disabled'",
    ...denied,
  },
  {
    what: 'a deleted user',
    code: 'invalid_grant',
    sql: `${consents}; DELETE FROM users`,
    ...denied,
  },
  {
    what: 'a deleted resource',
    code: 'invalid_target',
    sql: `${consents}; DELETE FROM resources`,
    ...denied,
  },
  {
    what: 'a revoked consent',
    code: 'invalid_grant',
    sql: "UPDATE consent_grants SET revoked_at = '2026-03-01T11:00:00Z'",
    ...denied,
  },
  {
    what: 'no proof of a client that must send one',
    code: 'invalid_dpop_proof',
    client: { dpopBoundAccessTokens: true },
    isCounted: false,
    isTold: true,
  },
]

describe('a refused redemption', () => {
  for (const { what, code, form, authorization, client, sql, isCounted, isTold } of refusals) {
    test(`because of ${what} spends nothing`, async (t) => {
      const fixture = await startGrants(t, {})
      const { services, inline, clock } = fixture
      await seedResource(services, 'other', { uri: 'https://other.test/mcp' })
      await seedApp(services, 'mine', client ?? {})
      const seeded = await seedCode(services, { clientId: 'mine', ...authorization })
      clock.advance(1)
      if (sql !== undefined) inline.execute(sql)

      const outcome = await outcomeOf(services, tokenCall(codeForm(seeded), { form: form ?? {} }))

      assert.equal(outcome, code)
      assert.deepEqual(codeState(fixture), [isCounted ? 1 : 0, true])
      assert.deepEqual(tracesOf(fixture), nothing)
      const told = [['token.issue_denied', 'mine', 'mine', `reason=${code}`]]
      assert.deepEqual(
        await auditOf(fixture, 'token.', 'family.', 'auth_code.'),
        isTold ? told : [],
      )
    })
  }

  test('kills the code when it is the fifth', async (t) => {
    const fixture = await startGrants(t, {})
    const { services, inline } = fixture
    const seeded = await seedCode(services, {})
    const wrong = tokenCall(codeForm(seeded), { form: { code_verifier: 'w'.repeat(43) } })
    for (let count = 1; count <= 5; count += 1) {
      assert.deepEqual(codeState(fixture), [count - 1, true])
      assert.equal(await outcomeOf(services, wrong), 'invalid_grant')
    }

    assert.deepEqual(codeState(fixture), [5, false])
    assert.equal(await outcomeOf(services, tokenCall(codeForm(seeded), {})), 'invalid_grant')
    assert.deepEqual(tracesOf(fixture), nothing)
    const familyless = 'a code was presented again that has brought no family to life'
    assert.equal(inline.lines.filter(({ message }) => message === familyless).length, 1)
  })

  test('four times leaves a code that can be redeemed', async (t) => {
    const { services } = await startGrants(t, {})
    const seeded = await seedCode(services, {})
    const wrong = tokenCall(codeForm(seeded), { form: { code_verifier: 'w'.repeat(43) } })
    for (let count = 1; count <= 4; count += 1) await outcomeOf(services, wrong)

    assert.equal(await outcomeOf(services, tokenCall(codeForm(seeded), {})), 'issued')
  })
})
