// What the tests of the refresh grant share: one family, a second old, and what is stored of it.

import type { Client } from '../../../src/records/client.ts'
import type { InlineOptions } from '../../support/inline-services.ts'
import {
  party,
  refreshForm,
  type SeededFamily,
  seedApp,
  seedCode,
  seedFamily,
} from '../../support/seed-grant.ts'
import { type GrantFixture, rowOf, startGrants } from './grant-fixture.ts'

export interface RefreshFixture extends GrantFixture {
  readonly family: SeededFamily
}

/** A server with one family; `dpopJkt` null = its token is bound to no key. */
export async function startFamily(
  t: Parameters<typeof startGrants>[0],
  given: {
    readonly options?: InlineOptions
    readonly dpopJkt?: string
    readonly client?: Partial<Client>
    readonly clientId?: string
    readonly resource?: string
    readonly scope?: string
  },
): Promise<RefreshFixture> {
  const { options = {}, dpopJkt = null, client, clientId = 'mine', resource, scope } = given
  const fixture = await startGrants(t, options)
  const { services } = fixture
  if (clientId === 'mine') await seedApp(services, 'mine', client ?? {})
  const bound = { resource: resource ?? party.resource, scope: scope ?? party.scope }
  const family = await seedFamily(services, await seedCode(services, { clientId, ...bound }), {
    dpopJkt,
  })
  fixture.clock.advance(1000)
  return { ...fixture, family }
}

/** The form that spends the token of the family. */
export const formOf = ({ family }: RefreshFixture) =>
  refreshForm(family.refreshToken, family.clientId)

/** The first token of the family: whether it is spent, and how often it was answered again. */
export function presentedState(fixture: RefreshFixture): readonly unknown[] {
  const row = rowOf(fixture, 'SELECT * FROM refresh_tokens WHERE parent_id IS NULL')
  return [row['consumed_at'] === null ? 'unspent' : 'spent', row['siblings']]
}

/** Status of the only family. */
export const statusOf = (fixture: GrantFixture) =>
  rowOf(fixture, 'SELECT status FROM token_families')['status']

/** How many refresh tokens nobody has spent. */
export const liveTokens = ({ inline }: GrantFixture): number =>
  inline.rows('SELECT 1 FROM refresh_tokens WHERE consumed_at IS NULL').length
