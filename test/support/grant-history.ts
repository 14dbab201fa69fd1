// Compares what apps have seen of codes and refresh tokens with what the database holds: the
// invariants I1 to I4, I7 and I9 of a server without grace that may be killed at any moment
// (reliability B.1). A pure function of both, so that forged histories can show what it finds.
import type { Timed } from './history.ts'
import type { RunningServer } from './start-server.ts'

/** One use of a code or refresh token. Credentials are told apart by their hashes. */
export interface GrantOperation extends Timed {
  readonly kind: 'code' | 'refresh token'
  readonly credential: string
  /** Of the access token, exactly when the outcome is ok. */
  readonly jti: string | null
  /** Of the refresh token that came with it. */
  readonly successor: string | null
}

/** What the database holds after the run. */
export interface StoredGrants {
  readonly families: readonly {
    readonly id: string
    readonly code: string
    readonly isRevoked: boolean
  }[]
  readonly refreshTokens: readonly {
    readonly hash: string
    readonly familyId: string
    /** The token that it came of; null = the code of its family. */
    readonly parent: string | null
    readonly isSpent: boolean
  }[]
  readonly accessTokens: readonly {
    readonly jti: string
    readonly isAudited: boolean
    readonly hasIssuance: boolean
  }[]
  readonly spentCodes: readonly string[]
  readonly damage: readonly string[]
}

/** Everything that must not be, each finding beginning with its invariant; empty = all is well. */
export function findGrantViolations(
  operations: readonly GrantOperation[],
  stored: StoredGrants,
): readonly string[] {
  return [
    ...missingRows(operations, stored),
    ...successorsNobodyAskedFor(operations, stored),
    ...spentTwice(operations, stored),
    ...familiesAlive(operations, stored),
    ...stored.damage.map((text) => `I9 ${text}`),
  ]
}

const isOk = ({ outcome }: GrantOperation): boolean => outcome === 'ok'

/** I1: what was answered is stored, with its issuance and audit row. */
function missingRows(
  operations: readonly GrantOperation[],
  { accessTokens, refreshTokens }: StoredGrants,
): readonly string[] {
  const known = new Map(accessTokens.map((token) => [token.jti, token]))
  const hashes = new Set(refreshTokens.map(({ hash }) => hash))
  return operations.filter(isOk).flatMap(({ jti, successor }) => {
    const token = known.get(jti ?? '')
    if (token === undefined) return [`I1 no row of token ${jti}`]
    if (!token.isAudited || !token.hasIssuance) return [`I1 token ${jti} lacks a row`]
    return hashes.has(successor ?? '') ? [] : [`I1 no refresh token beside ${jti}`]
  })
}

/** I2: a refresh token that nobody holds is that of an answer that was lost. */
function successorsNobodyAskedFor(
  operations: readonly GrantOperation[],
  { refreshTokens, families }: StoredGrants,
): readonly string[] {
  const held = new Set(operations.filter(isOk).map(({ successor }) => successor))
  const lost = new Set(
    operations.filter(({ outcome }) => outcome === 'unknown').map(({ credential }) => credential),
  )
  const codes = new Map(families.map(({ id, code }) => [id, code]))
  return refreshTokens
    .filter(({ hash, familyId, parent }) => {
      return !held.has(hash) && !lost.has(parent ?? codes.get(familyId) ?? '')
    })
    .map(({ hash }) => `I2 nobody asked for the refresh token ${hash}`)
}

/** I3, I4, I7: each credential is good once, in answers as in rows. */
function spentTwice(
  operations: readonly GrantOperation[],
  { families, refreshTokens, spentCodes }: StoredGrants,
): readonly string[] {
  const spent = new Set(spentCodes)
  return [
    ...families
      .filter(({ code }) => !spent.has(code))
      .map(({ code }) => `I3 ${code} has a family and is not spent`),
    ...repeated(operations.filter(isOk).map(({ credential }) => credential)).map(
      (credential) => `I3 ${credential} was accepted more than once`,
    ),
    ...repeated(families.map(({ code }) => code)).map((code) => `I3 ${code} has two families`),
    ...repeated(refreshTokens.map(({ parent, familyId }) => parent ?? familyId)).map(
      (parent) => `I4 ${parent} has two successors`,
    ),
  ]
}

/** I4: a family has one live token, and none once a spent credential of it was presented again. */
function familiesAlive(
  operations: readonly GrantOperation[],
  { families, refreshTokens }: StoredGrants,
): readonly string[] {
  const reused = reusedCredentials(operations)
  return families.flatMap(({ id, code, isRevoked }) => {
    const own = refreshTokens.filter(({ familyId }) => familyId === id)
    const live = own.filter(({ isSpent }) => !isSpent).length
    const isReused = reused.has(code) || own.some(({ hash }) => reused.has(hash))
    return [
      ...(live > (isRevoked ? 0 : 1) ? [`I4 ${live} live tokens of family ${id}`] : []),
      ...(isReused && !isRevoked ? [`I4 family ${id} outlives a reuse`] : []),
    ]
  })
}

/** Credentials that were refused after they had been accepted. */
function reusedCredentials(operations: readonly GrantOperation[]): ReadonlySet<string> {
  const acceptedMs = new Map<string, number>()
  for (const operation of operations.filter(isOk)) {
    acceptedMs.set(operation.credential, operation.returnedMs)
  }
  return new Set(
    operations
      .filter(({ outcome, credential, invokedMs }) => {
        const at = acceptedMs.get(credential)
        return outcome === 'refused' && at !== undefined && at < invokedMs
      })
      .map(({ credential }) => credential),
  )
}

function repeated(items: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    if (seen.has(item)) return true
    seen.add(item)
    return false
  })
}

/** What a database holds now. */
export function readStoredGrants({ rows }: Pick<RunningServer, 'rows'>): StoredGrants {
  return {
    families: rows(`SELECT f.id, s.code_hash, f.status FROM token_families AS f
      JOIN auth_sessions AS s ON s.id = f.auth_session_id`).map((row) => ({
      id: String(row['id']),
      code: String(row['code_hash']),
      isRevoked: row['status'] === 'revoked',
    })),
    refreshTokens: rows(`SELECT r.token_hash, r.family_id, r.consumed_at, p.token_hash AS parent
      FROM refresh_tokens AS r LEFT JOIN refresh_tokens AS p
        ON p.family_id = r.family_id AND p.id = r.parent_id`).map((row) => ({
      hash: String(row['token_hash']),
      familyId: String(row['family_id']),
      parent: row['parent'] === null ? null : String(row['parent']),
      isSpent: row['consumed_at'] !== null,
    })),
    accessTokens: rows(`SELECT jti, EXISTS (SELECT 1 FROM audit_events WHERE id = jti) AS audited,
        EXISTS (SELECT 1 FROM issuances WHERE id = jti) AS issued
      FROM access_token_jtis`).map((row) => ({
      jti: String(row['jti']),
      isAudited: row['audited'] === 1,
      hasIssuance: row['issued'] === 1,
    })),
    spentCodes: rows('SELECT code_hash FROM auth_sessions WHERE consumed_at IS NOT NULL').map(
      (row) => String(row['code_hash']),
    ),
    damage: [
      ...rows('PRAGMA integrity_check').map((row) => String(row['integrity_check'])),
      ...rows('PRAGMA foreign_key_check').map((row) => JSON.stringify(row)),
    ].filter((text) => text !== 'ok'),
  }
}
