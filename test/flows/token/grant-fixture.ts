// What the tests of the code and refresh grants share: a server in the thread with the usual user,
// resource and clients on a clock that stands still, and ways to look at what is stored.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type { Services } from '../../../src/flows/services.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { OAuthError, type OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import type { TokenCall } from '../../../src/oauth/token-request.ts'
import { makeProof, type ProofKey } from '../../support/dpop-client.ts'
import { createHandClock, type HandClock } from '../../support/hand-clock.ts'
import {
  createInlineServices,
  type InlineOptions,
  type InlineServices,
  type MeterCall,
} from '../../support/inline-services.ts'
import { seedClient } from '../../support/seed.ts'
import { party, seedParty } from '../../support/seed-grant.ts'
import { rowsSettled } from '../../support/settled-rows.ts'

export interface GrantFixture {
  readonly inline: InlineServices
  readonly services: Services
  readonly clock: HandClock
}

/** The client of `party` that has a secret, `secretOf('web')`. */
export const confidentialId = 'web'

/** A server with the party of `seedParty` and a confidential client. */
export async function startGrants(t: TestContext, options: InlineOptions): Promise<GrantFixture> {
  const clock = createHandClock(Date.UTC(2026, 2, 1, 12))
  const grantTypes = ['authorization_code', 'refresh_token'] as const
  const inline = await createInlineServices({ clock, grantTypes, ...options })
  t.after(() => inline.stop())
  const { services } = inline
  await seedParty(services)
  await seedClient(services, confidentialId, {
    redirectUris: [party.redirectUri],
    grantTypes,
    responseTypes: ['code'],
    scope: '',
  })
  return { inline, services, clock }
}

/** The code of the refusal, or `issued`. */
export async function outcomeOf(
  services: Services,
  call: TokenCall,
): Promise<OAuthErrorCode | 'issued'> {
  try {
    await issueToken(services, call)
    return 'issued'
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
}

/** Verified claims of an access token. */
export async function claimsOf(services: Services, jwt: string): Promise<JWTPayload> {
  const keys = createLocalJWKSet(JSON.parse(services.publishedKeys.jwks()))
  const currentDate = new Date(services.clock.nowMs())
  const { payload } = await jwtVerify(jwt, keys, { typ: 'at+jwt', currentDate })
  return payload
}

/** A refresh token of an answer that must have one. */
export function refreshTokenOf(answer: { readonly refresh_token?: string }): string {
  assert.ok(answer.refresh_token !== undefined, 'the answer has a refresh token')
  return answer.refresh_token
}

/** A proof of now for the token endpoint. */
export function proofAt({ clock }: GrantFixture, key: ProofKey, jti: string): string {
  const iat = Math.floor(clock.nowMs() / 1000)
  return makeProof(key, 'https://auth.test/oauth/token', { claims: { iat, jti } })
}

/** The one row of a query. */
export function rowOf({ inline }: GrantFixture, sql: string): Readonly<Record<string, unknown>> {
  const [row, another] = inline.rows(sql)
  assert.ok(row !== undefined && another === undefined, `one row: ${sql}`)
  return row
}

const traceTables = [
  'token_families',
  'refresh_tokens',
  'access_token_jtis',
  'issuances',
  'dpop_jtis',
]

/** How many rows each table has that a user's token leaves behind. */
export function tracesOf({ inline }: GrantFixture): Record<string, unknown> {
  const counts = traceTables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`)
  return { ...inline.rows(`SELECT ${counts.join(', ')}`)[0] }
}

/** Audit rows of actions that begin so: action, actor, client and detail, oldest first. */
export async function auditOf(
  { inline }: GrantFixture,
  ...prefixes: readonly string[]
): Promise<readonly (readonly unknown[])[]> {
  await rowsSettled(inline)
  const rows = inline.rows('SELECT * FROM audit_events ORDER BY id')
  return rows
    .filter(({ action }) => prefixes.some((prefix) => String(action).startsWith(prefix)))
    .map(({ action, actor_id, client_id, detail }) => [action, actor_id, client_id, detail])
}

/** What was counted, but for the time that answers took. */
export function countedOf({ inline }: GrantFixture): readonly MeterCall[] {
  return inline.meterCalls.filter(([name]) => name !== 'tokenIssued' && name !== 'proofValidated')
}

/** What `tracesOf` finds where no token was ever issued. */
export const noTraces = {
  token_families: 0,
  refresh_tokens: 0,
  access_token_jtis: 0,
  issuances: 0,
  dpop_jtis: 0,
}

/** Failed redemptions that the only code counts, and whether it can still be redeemed. */
export function codeState(fixture: GrantFixture): readonly unknown[] {
  const row = rowOf(fixture, 'SELECT failed_redemptions, consumed_at FROM auth_sessions')
  return [row['failed_redemptions'], row['consumed_at'] === null]
}
