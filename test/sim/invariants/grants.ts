// What must hold of codes, refresh tokens and proofs (spec 02 §12, architecture §4.6, reliability
// B.1 I3, I4, I7): each is good once, whatever is lost or repeated; what has ended stays ended.
import { sha256Base64url } from '../../../src/base/hash.ts'
import { limits } from '../../../src/base/limits.ts'
import type { ProofKey } from '../../support/dpop-client.ts'
import { type History, perRun } from '../history.ts'
import type { SimulatedServer } from '../simulated-server.ts'
import { checkOwners } from './audit.ts'

/** A code or a refresh token, and what came of presenting it. */
export interface KnownCredential {
  readonly kind: 'code' | 'refresh token'
  readonly text: string
  /** How often its client began to present it. */
  presented: number
  accepted: number
}

/** One authorization and everything that came of it. */
export interface KnownGrant {
  readonly authorizationId: string
  readonly clientId: string
  /** The key that its refresh tokens are bound to, or null. */
  readonly key: ProofKey | null
  readonly code: KnownCredential
  readonly refreshTokens: KnownCredential[]
  /** Redemptions that must fail: those that were begun, and those that were refused. */
  guesses: number
  failures: number
  /** Its family was acknowledged as ended, or was found so: nothing may come of it any more. */
  hasEnded: boolean
  /** Something was begun that may end it. */
  isDoubtful: boolean
}

const known = perRun(() => ({
  grants: [] as KnownGrant[],
  /** Proofs that were sent, and how often each was accepted. */
  proofs: new Map<string, number>(),
  /** Halves of a response to reuse that failed. */
  lostHalves: 0,
}))

/** The grants that clients know. */
export const grantsOf = (history: History): KnownGrant[] => known(history).grants

/** The ids of all proofs that were sent, oldest first. */
export const proofsOf = (history: History): readonly string[] => [...known(history).proofs.keys()]

/** Half of a response to reuse has failed: what it was to end may live on. */
export function countLostHalf(history: History): void {
  known(history).lostHalves += 1
}

export const lostHalvesOf = (history: History): number => known(history).lostHalves

/** Remembers a proof that is being sent. */
export function rememberProof(history: History, jti: string): void {
  const { proofs } = known(history)
  proofs.set(jti, proofs.get(jti) ?? 0)
}

/** Holds when a proof has bought something: it never does again. */
export function acceptProof(server: SimulatedServer, history: History, jti: string): void {
  const { proofs } = known(history)
  const times = (proofs.get(jti) ?? 0) + 1
  proofs.set(jti, times)
  if (times > 1) history.fail(`proof ${jti} was accepted ${times} times`)
  if (server.disk.rows('SELECT 1 FROM dpop_jtis WHERE jti = ?', jti).length !== 1) {
    history.fail(`proof ${jti} was accepted without its row`)
  }
}

/** How often a credential may be good for tokens. */
export function usesMax(server: SimulatedServer, { kind }: KnownCredential): number {
  const { refreshGraceMs } = server.services.settings.userTokens
  return kind === 'code' || refreshGraceMs === 0 ? 1 : 1 + limits.refreshSiblingsMax
}

/** Status of the family of a grant; null = there is none. */
export function familyStatus(server: SimulatedServer, { authorizationId }: KnownGrant): unknown {
  const sql = 'SELECT status FROM token_families WHERE auth_session_id = ?'
  return server.disk.rows(sql, authorizationId)[0]?.['status'] ?? null
}

/** Whether a refresh token can only be a reuse now: it is spent, and there is no grace for it. */
export function isBeyondGrace(server: SimulatedServer, { text }: KnownCredential): boolean {
  const { services, disk } = server
  const [row] = disk.rows(
    'SELECT * FROM refresh_tokens WHERE token_hash = ?',
    sha256Base64url(text),
  )
  if (row === undefined || row['consumed_at'] === null) return false
  const { refreshGraceMs } = services.settings.userTokens
  const awayMs = Math.abs(services.clock.nowMs() - Date.parse(String(row['consumed_at'])))
  return awayMs >= refreshGraceMs || Number(row['siblings']) >= limits.refreshSiblingsMax
}

/** Tokens that a client was given. */
export interface GivenTokens {
  readonly jti: string
  readonly refreshToken: string
  readonly actions: readonly string[]
}

/** Holds when tokens are acknowledged: all of their rows are stored, and fit each other. */
export function checkGiven(
  { disk }: SimulatedServer,
  history: History,
  { grant, given }: { readonly grant: KnownGrant; readonly given: GivenTokens },
): void {
  const { jti, refreshToken, actions } = given
  const rows = disk.rows(
    `SELECT action, dpop_jkt FROM token_families AS f
      JOIN access_token_jtis AS t ON t.family_id = f.id AND t.jti = ?
      JOIN issuances AS i ON i.id = t.jti
      JOIN audit_events AS a ON a.id = t.jti
      WHERE f.auth_session_id = ?`,
    jti,
    grant.authorizationId,
  )
  const [row] = rows
  if (rows.length !== 1 || !actions.includes(String(row?.['action']))) {
    history.fail(`token ${jti} was acknowledged without its rows: ${JSON.stringify(rows)}`)
  }
  if (row?.['dpop_jkt'] !== (grant.key?.jkt ?? null)) history.fail(`token ${jti} has another key`)
  const hash = sha256Base64url(refreshToken)
  const sql = `SELECT 1 FROM refresh_tokens AS r JOIN token_families AS f ON f.id = r.family_id
    WHERE r.token_hash = ? AND f.auth_session_id = ?`
  if (disk.rows(sql, hash, grant.authorizationId).length !== 1) {
    history.fail(`the refresh token beside ${jti} is not stored`)
  }
}

/** Queries that find what must never be, each row a breach. */
const breaches = {
  'a code has two families': `
    SELECT auth_session_id AS found FROM token_families
    GROUP BY auth_session_id HAVING count(*) > 1`,
  'a family lives whose code is unspent': `
    SELECT f.id AS found FROM token_families AS f
    JOIN auth_sessions AS s ON s.id = f.auth_session_id
    WHERE s.consumed_at IS NULL`,
  'a refresh token of a revoked family is unspent': `
    SELECT r.id AS found FROM refresh_tokens AS r JOIN token_families AS f ON f.id = r.family_id
    WHERE f.status = 'revoked' AND r.consumed_at IS NULL`,
  'a token of a family has no audit row of its own, or has no refresh token beside it': `
    SELECT f.id AS found FROM token_families AS f
    WHERE (SELECT count(*) FROM access_token_jtis AS t WHERE t.family_id = f.id) <>
        (SELECT count(*) FROM refresh_tokens AS r WHERE r.family_id = f.id)
      OR (SELECT count(*) FROM access_token_jtis AS t WHERE t.family_id = f.id) <>
        (SELECT count(*) FROM access_token_jtis AS t JOIN audit_events AS a ON a.id = t.jti
          WHERE t.family_id = f.id AND a.action IN ('token.issued', 'token.refreshed',
            'token.refresh_retried'))`,
} as const

/** Each successor comes of a spent token, one by rotation and one per sibling that it counts. */
const successors = `
  SELECT p.id AS found FROM refresh_tokens AS p
  WHERE p.siblings > ? OR (p.consumed_at IS NULL AND p.siblings > 0)
    OR (SELECT count(*) FROM refresh_tokens AS c
        WHERE c.family_id = p.family_id AND c.parent_id = p.id) >
      iif(p.consumed_at IS NULL, 0, 1 + p.siblings)`

/** Holds after every commit. */
export function checkFamilies(server: SimulatedServer, history: History): void {
  const { disk, services } = server
  for (const [what, sql] of Object.entries(breaches)) {
    const [row] = disk.rows(sql)
    if (row !== undefined) history.fail(`${what}: ${row['found']}`)
  }
  const { refreshGraceMs } = services.settings.userTokens
  const [row] = disk.rows(successors, refreshGraceMs === 0 ? 0 : limits.refreshSiblingsMax)
  if (row !== undefined) history.fail(`a refresh token has too many successors: ${row['found']}`)
}

/** Holds at the end. */
export function checkGrants(server: SimulatedServer, history: History): void {
  for (const action of ['token.issued', 'token.refreshed', 'token.refresh_retried']) {
    checkOwners(server, history, action)
  }
  for (const grant of grantsOf(history)) {
    const status = familyStatus(server, grant)
    if (grant.hasEnded && status === 'active') {
      history.fail(`the family of ${grant.authorizationId} had ended and lives`)
    }
    for (const credential of [grant.code, ...grant.refreshTokens]) {
      if (credential.accepted <= usesMax(server, credential)) continue
      history.fail(`a ${credential.kind} was accepted ${credential.accepted} times`)
    }
  }
}
