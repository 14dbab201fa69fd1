// The audit log tells of every token and every acknowledged change, once (reliability B.1, I2, I5).
import type { History } from '../history.ts'
import type { Part } from '../part.ts'
import type { SimulatedServer } from '../simulated-server.ts'

export const audit: Part = { afterCommit: checkTraces, atEnd: checkChanges }

/** Each token with a resource has its audit row, and the reverse. */
function checkTraces({ disk }: SimulatedServer, history: History): void {
  const [counts] = disk.rows(`
    SELECT (SELECT count(*) FROM issuances) AS tokens,
      (SELECT count(*) FROM audit_events WHERE has_issuance = 1) AS traces,
      (SELECT count(*) FROM unbound_machine_tokens AS t WHERE NOT EXISTS
        (SELECT 1 FROM audit_events AS a WHERE a.id = t.jti)) AS untold`)
  if (counts?.['tokens'] !== counts?.['traces'] || counts?.['untold'] !== 0) {
    history.fail(`tokens and audit rows do not match: ${JSON.stringify(counts)}`)
  }
}

/** An acknowledged change is in the audit log once; an unknown one at most once. */
function checkChanges({ disk }: SimulatedServer, history: History): void {
  for (const { clientId, action, acknowledged, unknown } of history.changes.values()) {
    const sql = 'SELECT 1 FROM audit_events WHERE client_id = ? AND action = ?'
    const told = disk.rows(sql, clientId, action).length
    if (told < acknowledged || told > acknowledged + unknown) {
      history.fail(`${action} of ${clientId}: ${acknowledged} acknowledged, ${told} in the log`)
    }
  }
}

/** No row of `action` that nobody asked for, and no operation with two (I2). */
export function checkOwners({ disk }: SimulatedServer, history: History, action: string): void {
  const rows = disk.rows(
    'SELECT ip, count(*) AS tokens FROM audit_events WHERE action = ? GROUP BY ip',
    action,
  )
  for (const { ip, tokens } of rows) {
    const operation = history.operations.get(String(ip))
    if (operation === undefined) history.fail(`${action} of ${ip}, which nobody asked for`)
    if (Number(tokens) > 1) history.fail(`operation ${ip} has ${tokens} tokens`)
    if (operation?.outcome === 'refused') history.fail(`refused operation ${ip} has a token`)
  }
}
