// Compares what clients have seen with what the database holds: the invariants I1, I2 and I5 to I9
// of a server that may be killed at any moment (reliability B.1). A pure function of both, so that
// forged histories can show that it finds what it is for.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose'
import {
  type ChangeOperation,
  type History,
  heldTokens,
  type Operation,
  type TokenOperation,
} from './history.ts'

/** A token as the database knows it. */
export interface TokenRow {
  readonly jti: string
  readonly clientId: string
  /** URI, or null for a token bound to no resource. */
  readonly resource: string | null
  readonly scopes: readonly string[]
}

/** What the database holds after the run. */
export interface StoredState {
  readonly tokens: readonly TokenRow[]
  /** Ids of the audit rows that tell of an issued token. */
  readonly issuedAuditIds: readonly string[]
  /** The other audit rows. */
  readonly changes: readonly { readonly action: string }[]
  /** Facts that changes can make true or false: the form is up to those who recorded them. */
  readonly facts: ReadonlySet<string>
  readonly integrity: readonly string[]
  /** Rows that refer to nothing. */
  readonly orphans: readonly string[]
}

/** A key set and when it had been fetched, on the clock of the history. */
export interface FetchedKeys {
  readonly fetchedMs: number
  readonly keys: JSONWebKeySet
}

export interface Evidence {
  readonly issuer: string
  readonly history: Pick<History, 'operations'>
  readonly state: StoredState
  readonly fetchedKeys: readonly FetchedKeys[]
}

/** Everything that must not be, each finding beginning with its invariant; empty = all is well. */
export function findViolations(evidence: Evidence): readonly string[] {
  return [
    ...missingRows(evidence),
    ...rowsNobodyAskedFor(evidence),
    ...successesAfterTheEnd(evidence),
    ...tokensThatDoNotVerify(evidence),
    ...forgottenFacts(evidence),
    ...auditDifferences(evidence),
    ...evidence.state.integrity.map((text) => `I9 integrity: ${text}`),
    ...evidence.state.orphans.map((text) => `I9 orphan: ${text}`),
  ]
}

/** I1: whoever holds a token finds it in the issuance log, and there it says the same. */
function missingRows({ history, state }: Evidence): readonly string[] {
  const rows = new Map(state.tokens.map((row) => [row.jti, row]))
  return heldTokens(history).flatMap((held) => {
    const jti = jtiOf(held.jwt)
    const row = rows.get(jti)
    if (row === undefined) return [`I1 no row of token ${jti}`]
    const stored = kindOf(row.clientId, row.resource, row.scopes.join(' '))
    const asked = kindOf(held.clientId, held.resource, held.scope)
    return stored === asked ? [] : [`I1 token ${jti} is stored as ${stored}, asked as ${asked}`]
  })
}

/** I2: a row that no client holds is that of a request whose answer was lost. */
function rowsNobodyAskedFor({ history, state }: Evidence): readonly string[] {
  const held = new Set(heldTokens(history).map(({ jwt }) => jtiOf(jwt)))
  const allowed = countBy(
    history.operations.filter(
      (operation): operation is TokenOperation =>
        operation.op === 'token' && operation.outcome === 'unknown',
    ),
    ({ clientId, resource, scope }) => kindOf(clientId, resource, scope),
  )
  const extra = countBy(
    state.tokens.filter(({ jti }) => !held.has(jti)),
    ({ clientId, resource, scopes }) => kindOf(clientId, resource, scopes.join(' ')),
  )
  return [...extra].flatMap(([kind, count]) => {
    const lost = allowed.get(kind) ?? 0
    return count <= lost ? [] : [`I2 ${count} rows of ${kind} for ${lost} lost answers`]
  })
}

/** I5: nothing succeeds that was begun after the end of its client or secret was acknowledged. */
function successesAfterTheEnd({ history }: Evidence): readonly string[] {
  const deadTimes = deadTimesOf(changesOf(history))
  return heldTokens(history).flatMap(({ keys, jwt, invokedMs, returnedMs }) => {
    for (const key of keys) {
      const dead = deadTimes
        .get(key)
        ?.find(({ fromMs, untilMs }) => fromMs < invokedMs && returnedMs <= untilMs)
      if (dead === undefined) continue
      return [`I5 token ${jtiOf(jwt)} with ${key}, ended ${invokedMs - dead.fromMs} ms before`]
    }
    return []
  })
}

/** From the acknowledgement of an end to the first moment at which somebody may have revived it. */
interface DeadTime {
  readonly fromMs: number
  readonly untilMs: number
}

/** Times in which clients and secrets were certainly dead, by their key. */
function deadTimesOf(
  changes: ReturnType<typeof changesOf>,
): ReadonlyMap<string, readonly DeadTime[]> {
  const revivals = Map.groupBy(
    changes.filter(({ revives, outcome }) => revives !== null && outcome !== 'refused'),
    ({ revives }) => revives ?? '',
  )
  const ends = changes.filter(({ ends: key, outcome }) => key !== null && outcome === 'ok')
  const times = new Map<string, DeadTime[]>()
  for (const end of ends) {
    const key = end.ends ?? ''
    const later = (revivals.get(key) ?? []).filter(({ returnedMs }) => returnedMs > end.invokedMs)
    const untilMs = Math.min(Number.POSITIVE_INFINITY, ...later.map(({ invokedMs }) => invokedMs))
    if (untilMs <= end.returnedMs) continue
    const known = times.get(key) ?? []
    times.set(key, known)
    known.push({ fromMs: end.returnedMs, untilMs })
  }
  return times
}

/** I6: each token verifies with the first key set fetched after it, and says what was asked. */
function tokensThatDoNotVerify({ issuer, history, fetchedKeys }: Evidence): readonly string[] {
  const keysOf = fetchedKeys.map(({ fetchedMs, keys }) => {
    const byKid = keys.keys.map((key): [string, KeyObject] => [
      String(key.kid),
      createPublicKey({ key, format: 'jwk' }),
    ])
    return { fetchedMs, byKid: new Map(byKid) }
  })
  return heldTokens(history).flatMap(({ jwt, clientId, resource, scope, returnedMs }) => {
    const claims = decodeJwt(jwt)
    const found = keysOf.find(({ fetchedMs }) => fetchedMs > returnedMs)
    if (found === undefined) return [`I6 no keys fetched after token ${claims.jti}`]
    if (!isSigned(jwt, found.byKid)) return [`I6 token ${claims.jti} does not verify`]
    const said = [claims.iss, claims['client_id'], claims.sub, claims.aud, claims['scope']]
    const wanted = [issuer, clientId, clientId, resource ?? issuer, scope]
    return String(said) === String(wanted) ? [] : [`I6 token ${claims.jti} says ${said}`]
  })
}

/** Whether a signature is that of the published key it names. */
export function isSigned(jwt: string, keys: ReadonlyMap<string, KeyObject>): boolean {
  const end = jwt.lastIndexOf('.')
  const key = keys.get(String(decodeProtectedHeader(jwt).kid))
  if (key === undefined) return false
  const signature = Buffer.from(jwt.slice(end + 1), 'base64url')
  const options = { key, dsaEncoding: 'ieee-p1363' } as const
  return verify('sha256', Buffer.from(jwt.slice(0, end)), options, signature)
}

/** I7: what was acknowledged as changed stays changed until somebody may have changed it again. */
function forgottenFacts({ history, state }: Evidence): readonly string[] {
  const changes = changesOf(history).filter(({ states }) => states !== null)
  return changes.flatMap(({ states, outcome, invokedMs }) => {
    if (states === null || outcome !== 'ok') return []
    const [sign, fact] = [states.slice(0, 1), states.slice(1)]
    const opposite = (sign === '+' ? '-' : '+') + fact
    const isOverruled = changes.some(
      (other) =>
        other.states === opposite && other.outcome !== 'refused' && other.returnedMs > invokedMs,
    )
    if (isOverruled || state.facts.has(fact) === (sign === '+')) return []
    return [`I7 ${states} was acknowledged and is not so`]
  })
}

/** I8: one audit row per token, and per change that was acknowledged or may have been made. */
function auditDifferences({ history, state }: Evidence): readonly string[] {
  const audited = new Set(state.issuedAuditIds)
  const stored = new Set(state.tokens.map(({ jti }) => jti))
  const told = countBy(state.changes, ({ action }) => action)
  const changes = changesOf(history).filter(
    ({ action, outcome }) => action !== null && outcome !== 'refused',
  )
  const labelOf = ({ action }: ChangeOperation): string => String(action)
  const possible = countBy(changes, labelOf)
  const certain = countBy(
    changes.filter(({ outcome }) => outcome === 'ok'),
    labelOf,
  )
  return [
    ...[...stored].filter((jti) => !audited.has(jti)).map((jti) => `I8 no audit row of ${jti}`),
    ...[...audited].filter((jti) => !stored.has(jti)).map((jti) => `I8 audit row alone: ${jti}`),
    ...[...possible].flatMap(([label, most]) => {
      const [count, least] = [told.get(label) ?? 0, certain.get(label) ?? 0]
      return count >= least && count <= most
        ? []
        : [`I8 ${count} audit rows of ${label} for ${least} to ${most} changes`]
    }),
  ]
}

function changesOf({ operations }: Pick<History, 'operations'>): readonly ChangeOperation[] {
  return operations.filter((one: Operation): one is ChangeOperation => one.op === 'change')
}

const jtiOf = (jwt: string): string => String(decodeJwt(jwt).jti)

const kindOf = (clientId: string, resource: string | null, scope: string): string =>
  `${clientId} for ${resource ?? 'no resource'} with ${scope}`

function countBy<T>(items: readonly T[], labelOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(labelOf(item), (counts.get(labelOf(item)) ?? 0) + 1)
  return counts
}
