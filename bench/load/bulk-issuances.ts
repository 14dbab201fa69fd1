// Fills a database with the history of a server that has issued many tokens: issuance and audit
// rows as the product writes them, in large transactions and without syncing each.
import { auditRow } from '../../actors/storage/operations/audit.ts'
import { issuanceRow } from '../../actors/storage/operations/issuances.ts'
import { openSqlite } from '../../actors/storage/sqlite-open.ts'
import type { RowShape } from '../../actors/storage/unit.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'
import type { Issuance } from '../../src/records/issuance.ts'
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
        for (const { shape, rows } of [issuanceRow(issuance), auditRow(audit)]) {
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
  id: string,
  population: Population,
): { readonly issuance: Issuance; readonly audit: AuditEvent } {
  const clientId = pick(population.clients).id
  return {
    issuance: {
      id,
      subjectUserId: clientId,
      clientId,
      resourceId: pick(population.resources).id,
      scopes: scopeNames,
      backendKind: 'mint',
      isMachine: true,
      revocable: true,
      issuedAtMs,
      expiresAtMs: issuedAtMs + tokenLifeMs,
      revokedAtMs: null,
      dpopJkt: null,
      agentId: null,
      agentChain: [],
      consentClientId: null,
      parentJti: null,
    },
    audit: {
      id,
      action: 'client_credentials.issued',
      actorId: clientId,
      clientId,
      ip: '127.0.0.1',
      detail: `jti=${id} scopes=${scopeNames.join(' ')}`,
      traceId: '',
      createdAtMs: issuedAtMs,
    },
  }
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item
}
