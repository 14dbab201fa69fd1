// No log line shows a secret, a token or a private key (spec 08 §3), nor does the audit log.
import type { History } from '../history.ts'
import type { Part } from '../part.ts'
import type { SimulatedServer } from '../simulated-server.ts'

export const logs: Part = { atEnd: checkAll }

/** Holds for a line when it is written. */
export function checkLogLine(history: History, line: string): void {
  const isToken = /eyJ[\w-]+\.eyJ|PRIVATE KEY/.test(line)
  if (isToken || [...history.secrets].some((secret) => line.includes(secret))) {
    history.fail(`a log line shows something secret: ${line}`)
  }
}

/** Again, since a secret may have been logged before its owner was told of it. */
function checkAll(server: SimulatedServer, history: History): void {
  for (const line of history.logLines) checkLogLine(history, line)
  for (const row of server.disk.rows('SELECT detail FROM audit_events')) {
    checkLogLine(history, String(row['detail']))
  }
}
