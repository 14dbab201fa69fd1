// What must hold of the tokens that machines are given (reliability B.1, I1 and I2; spec 02 §12).
import type { History, KnownToken } from '../history.ts'
import type { SimulatedServer } from '../simulated-server.ts'
import { checkOwners } from './audit.ts'

/** Holds when a token is acknowledged and ever after: its rows are stored, and tell the truth. */
export function checkStored(server: SimulatedServer, history: History, token: KnownToken): void {
  const { disk } = server
  const { jti, clientId, isBound } = token
  const traces = disk.rows(
    `SELECT 1 FROM audit_events WHERE id = ? AND client_id = ?
      AND action = 'client_credentials.issued'`,
    jti,
    clientId,
  )
  if (traces.length !== 1) return history.fail(`token ${jti} was acknowledged without audit row`)
  const table = isBound ? 'issuances' : 'unbound_machine_tokens'
  const key = isBound ? 'id' : 'jti'
  const rows = disk.rows(`SELECT * FROM ${table} WHERE ${key} = ? AND client_id = ?`, jti, clientId)
  // A token without a resource goes with its client (spec 07 §3.3).
  const isCascaded =
    !isBound && disk.rows('SELECT 1 FROM clients WHERE id = ?', clientId).length === 0
  if (rows.length !== 1 && !isCascaded) {
    return history.fail(`token ${jti} was acknowledged without its row`)
  }
  if (token.isRevoked && rows[0]?.['revoked_at'] === null) {
    history.fail(`the revocation of ${jti} was acknowledged and is not stored`)
  }
}

/** Holds at the end. */
export function checkMachineTokens(server: SimulatedServer, history: History): void {
  for (const token of history.tokens) checkStored(server, history, token)
  checkOwners(server, history, 'client_credentials.issued')
  checkOrphans(server, history)
}

/** No live token of a client that was deleted (spec 05 §4.1); all tokens outlive the run. */
function checkOrphans({ disk }: SimulatedServer, history: History): void {
  // Tokens that a clock has made to expire do not stand in the way of a deletion.
  if (history.clockJumps > 0) return
  const [orphan] = disk.rows(`
    SELECT id FROM issuances
    WHERE revoked_at IS NULL AND client_id NOT IN (SELECT id FROM clients) LIMIT 1`)
  if (orphan !== undefined) {
    history.fail(`token ${String(orphan['id'])} is live and its client is deleted`)
  }
}
