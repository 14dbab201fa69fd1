// Fills a database with the history of a server that has issued many tokens: issuance and audit
// rows as the product writes them, in large transactions and without syncing each.
import { issuanceAuditRow } from '../../actors/storage/operations/audit.ts'
import { issuanceRow } from '../../actors/storage/operations/issuances.ts'
import type { RowShape } from '../../actors/storage/sql.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'
import type { Issuance } from '../../src/records/issuance.ts'
import { machineIssuance, machineTokenAudit } from '../../src/records/machine-token.ts'
import { type Population, scopeNames } from './population.ts'

const rowsPerCommit = 50_000
const tokenLifeMs = 3_600_000

/** Inserts `count` tokens of the past, one per millisecond, over random clients and resources. */
export function insertIssuances(path: string, population: Population, count: number): void {
  const database = openSqlite({ path, wal: true })
  const random = systemRandom()
  const startMs = Date.now() - count
  try {
    // A crash would only cost the benchmark its preparation.
    database.pragma('synchronous = OFF')
    database.pragma('cache_size = -524288')
    const insertOne = rowInserter((statement) => database.prepare<unknown[]>(statement))
    for (let from = 0; from < count; from += rowsPerCommit) {
      database.exec('BEGIN')
      for (let n = from; n < Math.min(count, from + rowsPerCommit); n += 1) {
        const { issuance, audit } = tokenAt(startMs + n, random.uuidV7(startMs + n), population)
        for (const { shape, rows } of [issuanceRow(issuance), issuanceAuditRow(audit)]) {
          for (const row of rows) insertOne(shape, row)
        }
      }
      database.exec('COMMIT')
    }
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}

/** Tokens known to the database at `path`; its server must be stopped. */
export function countIssuances(path: string): number {
  const database = openSqlite({ path, wal: true })
  try {
    return database.prepare<[], number>('SELECT count(*) FROM issuances').pluck().get() ?? 0
  } finally {
    database.close()
  }
}

type Prepare = (statement: string) => { run(...values: readonly unknown[]): unknown }

function rowInserter(prepare: Prepare): (shape: RowShape, row: readonly unknown[]) => void {
  const prepared = new Map<RowShape, ReturnType<Prepare>>()
  return (shape, row) => {
    let statement = prepared.get(shape)
    if (statement === undefined) {
      const places = shape.columns.map(() => '?').join(', ')
      const columns = shape.columns.join(', ')
      statement = prepare(`INSERT INTO ${shape.table} (${columns}) VALUES (${places})`)
      prepared.set(shape, statement)
    }
    statement.run(...row)
  }
}

function tokenAt(
  issuedAtMs: number,
  jti: string,
  population: Population,
): { readonly issuance: Issuance; readonly audit: AuditEvent } {
  const resourceId = pick(population.resources).id
  const token = {
    jti,
    clientId: pick(population.clients).id,
    resourceId,
    scopes: scopeNames,
    issuedAtMs,
    expiresAtMs: issuedAtMs + tokenLifeMs,
    isAgent: false,
    dpopJkt: null,
  }
  return {
    issuance: machineIssuance(token, resourceId),
    audit: machineTokenAudit(token, { ip: '127.0.0.1', traceId: null }, issuedAtMs),
  }
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item
}
