// Compares the tokens that clients hold with the rows of the database.
import assert from 'node:assert/strict'
import type { RunningServer } from '../support/start-server.ts'
import { type Answer, tokenIdsOf } from './token-load.ts'

const issued = `SELECT id FROM audit_events WHERE action = 'client_credentials.issued'`

/** Fails when a token of `answers` has no row, or any token's row no audit row, or vice versa. */
export function assertAllStored(server: RunningServer, answers: readonly Answer[]): void {
  const ids = tokenIdsOf(answers)
  const bound = idsOf(server, 'SELECT id FROM issuances')
  const unbound = idsOf(server, 'SELECT jti AS id FROM unbound_machine_tokens')
  const audited = idsOf(server, issued)
  assert.deepEqual(without(ids.bound, bound), [], 'tokens that clients hold without issuance')
  assert.deepEqual(without(ids.unbound, unbound), [], 'tokens that clients hold without row')
  assert.deepEqual(without([...bound, ...unbound], audited), [], 'tokens without audit row')
  assert.deepEqual(without([...audited], new Set([...bound, ...unbound])), [], 'audit alone')
}

/** How many tokens the database knows. */
export function countStored(server: RunningServer): number {
  return idsOf(server, issued).size
}

function idsOf(server: RunningServer, query: string): ReadonlySet<string> {
  return new Set(server.rows(query).map(({ id }) => String(id)))
}

function without(ids: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return ids.filter((id) => !known.has(id))
}
