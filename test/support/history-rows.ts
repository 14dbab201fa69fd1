// Reads from the database of a server what the checker of histories compares.
import type { StoredState, TokenRow } from './history-checker.ts'
import type { RunningServer } from './start-server.ts'

type Database = Pick<RunningServer, 'rows'>

/** What a database holds now. */
export function readStoredState({ rows }: Database): StoredState {
  const idsOf = (sql: string): readonly string[] => rows(sql).map(({ id }) => String(id))
  return {
    tokens: tokenRows({ rows }),
    issuedAuditIds: idsOf("SELECT id FROM audit_events WHERE action = 'client_credentials.issued'"),
    changes: rows(
      "SELECT action FROM audit_events WHERE action NOT LIKE 'client_credentials.%'",
    ).map(({ action }) => ({ action: String(action) })),
    facts: new Set(
      idsOf(`
        SELECT 'client ' || id AS id FROM clients
        UNION ALL SELECT 'active ' || id FROM clients WHERE status = 'active'
        UNION ALL SELECT 'revoked ' || id FROM issuances WHERE revoked_at IS NOT NULL
        UNION ALL SELECT 'allowed ' || value
          FROM resources, json_each(policy, '$.exchange.allowed_client_ids')`),
    ),
    integrity: rows('PRAGMA integrity_check')
      .map(({ integrity_check }) => String(integrity_check))
      .filter((text) => text !== 'ok'),
    orphans: [
      ...rows('PRAGMA foreign_key_check').map((row) => JSON.stringify(row)),
      // Issuances outlive their client, but not as tokens that work.
      ...idsOf(`SELECT id FROM issuances
        WHERE revoked_at IS NULL AND client_id NOT IN (SELECT id FROM clients)`),
    ],
  }
}

/** Tokens for no resource go with their client; the audit log tells of them. */
const forgotten = `
  SELECT id, client_id, NULL, substr(detail, instr(detail, ' scopes=') + length(' scopes='))
    FROM audit_events
    WHERE action = 'client_credentials.issued' AND has_issuance = 0
      AND client_id NOT IN (SELECT id FROM clients)
      AND id NOT IN (SELECT jti FROM unbound_machine_tokens)`

function tokenRows({ rows }: Database): readonly TokenRow[] {
  const tokens = rows(`
    SELECT i.id, i.client_id, r.uri, i.scopes
      FROM issuances i JOIN resources r ON r.id = resource_id
    UNION ALL SELECT jti, client_id, NULL, scopes FROM unbound_machine_tokens
    UNION ALL ${forgotten}`)
  return tokens.map(({ id, client_id, uri, scopes }) => ({
    jti: String(id),
    clientId: String(client_id),
    resource: uri === null ? null : String(uri),
    // One table keeps them as a list, the other as they stand in the token.
    scopes: uri === null ? String(scopes).split(' ') : JSON.parse(String(scopes)),
  }))
}
