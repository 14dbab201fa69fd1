// What must hold after every step, whenever a token is acknowledged, and at the end of a run
// (reliability B.1: I1 to I5, spec 02 §12). Each check is a function that tells what is wrong.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { FromActor } from '../../actors/runtime/frames.ts'
import type { PublicJwk } from '../../src/records/signing-key.ts'
import type { History, KnownToken } from './history.ts'
import type { SimulatedServer } from './simulated-server.ts'

/** Time that the scheduler may take to get round to a timer that is due. */
const schedulingMs = 1000

/** Holds after every step. */
export function checkStep(server: SimulatedServer, history: History): void {
  for (const { name, ref } of server.refs) {
    const { depth, highWater, capacity } = ref.load()
    if (depth > capacity || highWater > capacity) {
      history.fail(`the mailbox of ${name} holds ${highWater} messages, more than ${capacity}`)
    }
  }
  const [oldest] = server.openAsks.values()
  const nowMs = server.scheduler.time.elapsedMs
  const fromMs = Math.max(oldest?.deadlineMs ?? nowMs, history.resumedAtMs)
  if (oldest !== undefined && fromMs + schedulingMs < nowMs) {
    history.fail(`${oldest.kind} is not settled ${nowMs - oldest.deadlineMs} ms after its deadline`)
  }
  if (server.disk.isInTransaction()) history.fail('a transaction is open between two steps')
}

/** Holds after every commit: each token with a resource has its audit row, and the reverse. */
export function checkCommit({ disk }: SimulatedServer, history: History): void {
  const [counts] = disk.rows(`
    SELECT (SELECT count(*) FROM issuances) AS tokens,
      (SELECT count(*) FROM audit_events WHERE has_issuance = 1) AS traces,
      (SELECT count(*) FROM unbound_machine_tokens AS t WHERE NOT EXISTS
        (SELECT 1 FROM audit_events AS a WHERE a.id = t.jti)) AS untold`)
  if (counts?.['tokens'] !== counts?.['traces'] || counts?.['untold'] !== 0) {
    history.fail(`tokens and audit rows do not match: ${JSON.stringify(counts)}`)
  }
}

/** A key that signs has been published by then (spec 02 §12.5). */
export function checkSignatures(server: SimulatedServer, history: History, frame: FromActor): void {
  if (frame.type !== 'answers') return
  for (const value of frame.answers) {
    const kid = (value as { readonly jwt?: string; readonly kid?: string } | null)?.kid
    if (typeof kid !== 'string' || (value as { jwt?: string }).jwt === undefined) continue
    if (!server.publishedKeys().some((key) => key.kid === kid)) {
      history.fail(`${kid} signs before it is published`)
    }
  }
}

/** No log line shows a secret, a token or a private key (spec 08 §3). */
export function checkLogLine(history: History, line: string): void {
  const isToken = /eyJ[\w-]+\.eyJ|PRIVATE KEY/.test(line)
  if (isToken || [...history.secrets].some((secret) => line.includes(secret))) {
    history.fail(`a log line shows something secret: ${line}`)
  }
}

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

const imported = new WeakMap<PublicJwk, KeyObject>()

/** Whether a verifier that fetches the keys now accepts the token's signature. */
export function isVerified(server: SimulatedServer, jwt: string): boolean {
  const [head = '', payload = '', signature = ''] = jwt.split('.')
  const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'))
  const jwk = server.publishedKeys().find((key) => key.kid === kid)
  if (jwk === undefined) return false
  const key = imported.get(jwk) ?? createPublicKey({ key: { ...jwk }, format: 'jwk' })
  imported.set(jwk, key)
  const signed = Buffer.from(`${head}.${payload}`, 'latin1')
  const options = { key, dsaEncoding: 'ieee-p1363' as const }
  return verify('sha256', signed, options, Buffer.from(signature, 'base64url'))
}

/** One rotation keeps the key as the previous one; two, of which one is forced, may drop it. */
export function mustVerify(history: History, { rotationsBefore }: KnownToken): boolean {
  return history.rotationsBegun - rotationsBefore <= 1
}

/** Holds at the end, when nothing is under way any more. */
export function checkEnd(server: SimulatedServer, history: History): void {
  for (const token of history.tokens) checkStored(server, history, token)
  checkOwners(server, history)
  checkOrphans(server, history)
  checkChanges(server, history)
  // Again, since a secret may have been logged before its owner was told of it.
  for (const line of history.logLines) checkLogLine(history, line)
  for (const row of server.disk.rows('SELECT detail FROM audit_events')) {
    checkLogLine(history, String(row['detail']))
  }
  if (server.openAsks.size > 0) history.fail(`${server.openAsks.size} asks were never settled`)
}

/** No row that nobody asked for, and no operation with two (I2). */
function checkOwners({ disk }: SimulatedServer, history: History): void {
  const rows = disk.rows(`
    SELECT ip, count(*) AS tokens FROM audit_events
    WHERE action = 'client_credentials.issued' GROUP BY ip`)
  const tokensOf = new Map(rows.map((row) => [String(row['ip']), Number(row['tokens'])]))
  for (const { id, outcome } of history.operations.values()) {
    const tokens = tokensOf.get(id) ?? 0
    tokensOf.delete(id)
    if (tokens > 1) history.fail(`operation ${id} has ${tokens} tokens`)
    if (tokens === 1 && outcome === 'refused') history.fail(`refused operation ${id} has a token`)
    if (outcome === 'pending') history.fail(`operation ${id} never ended`)
  }
  if (tokensOf.size > 0) history.fail(`tokens that nobody asked for: ${[...tokensOf.keys()]}`)
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
