// An app that redeems codes and refreshes, in several processes that share what they know: mostly
// as it should, sometimes twice at once, with a code or token that was spent long ago, with a proof
// that was used, or with a wrong verifier. It repeats what was not answered, and revokes.

import { limits } from '../../../src/base/limits.ts'
import { revokeConsentGrant } from '../../../src/flows/admin/grants.ts'
import { revokeToken } from '../../../src/flows/token/revoke.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { party, seedApp, seedCode, seedParty } from '../../support/seed-grant.ts'
import { perRun } from '../history.ts'
import {
  checkFamilies,
  checkGrants,
  familyStatus,
  grantsOf,
  type KnownCredential,
  type KnownGrant,
} from '../invariants/grants.ts'
import type { Part } from '../part.ts'
import { administrator, attempt, type Surroundings } from './machine.ts'
import { appKey, present } from './presenter.ts'

export const grants: Part = {
  grantTypes: ['authorization_code', 'refresh_token'],
  setUp: async (surroundings) => {
    const { services } = surroundings.server
    await seedParty(services)
    await seedApp(services, boundId, {})
    for (let count = 0; count < grantsAtStart; count += 1) {
      await authorize(surroundings, count % 2 === 0 ? party.clientId : boundId)
    }
  },
  machines: [
    ['app-1', appAtWork],
    ['app-2', appAtWork],
    ['app-3', appAtWork],
  ],
  afterCommit: checkFamilies,
  atEnd: checkGrants,
}

/** Revocations of consents. */
const consents = perRun(() => ({ begun: 0, answered: 0 }))

/** The app that proves a key; the other one does not. */
const boundId = 'bound-app'
const grantsAtStart = 4
const grantsMax = 12

/** Does one thing with one grant, or gets another one. */
async function appAtWork(surroundings: Surroundings): Promise<void> {
  const { history, random } = surroundings
  const all = grantsOf(history)
  const choice = random.below(16)
  if (choice === 0 && all.length < grantsMax) {
    return authorize(surroundings, random.pick([party.clientId, boundId]))
  }
  const living = all.filter(({ hasEnded }) => !hasEnded)
  const grant = random.pick(living.length === 0 || random.oneIn(6) ? all : living)
  if (choice === 1 && random.oneIn(3)) return revokeConsent(surroundings, grant)
  if (choice === 2 && grant.refreshTokens.length > 0) return revoke(surroundings, grant)
  if (choice === 3 && grant.code.presented === 0) return guess(surroundings, grant)
  const credential = drawCredential(surroundings, grant)
  // The second redemption of a code ends its family, so that there would be little to refresh.
  const isRepeated = random.oneIn(credential.kind === 'code' ? 8 : 4)
  const times = isRepeated ? 2 + random.below(random.oneIn(4) ? 7 : 2) : 1
  await Promise.all(
    Array.from({ length: times }, () =>
      present(surroundings, { grant, credential, isGuess: false }),
    ),
  )
}

/**
 * Somebody who has seen a code tries it, as often as kills it or once less; then comes its client.
 */
async function guess(surroundings: Surroundings, grant: KnownGrant): Promise<void> {
  const { random } = surroundings
  const given = { grant, credential: grant.code }
  const times = limits.codeFailuresMax - random.below(2)
  await Promise.all(
    Array.from({ length: times }, () => present(surroundings, { ...given, isGuess: true })),
  )
  await present(surroundings, { ...given, isGuess: false })
}

/** Mostly what comes next; sometimes the code again, or an earlier refresh token. */
function drawCredential({ random }: Surroundings, grant: KnownGrant): KnownCredential {
  const [latest] = grant.refreshTokens.slice(-1)
  if (latest === undefined || random.oneIn(12)) return grant.code
  return random.oneIn(5) ? random.pick(grant.refreshTokens) : latest
}

/** A user allows the app. */
async function authorize(surroundings: Surroundings, clientId: string): Promise<void> {
  const { server, history } = surroundings
  const { begun, answered } = consents(history)
  const { result } = await attempt(
    surroundings,
    () => seedCode(server.services, { clientId }).catch(refusalOf),
    ['access_denied'],
  )
  if (result === null) return
  history.secrets.add(result.code)
  grantsOf(history).push({
    authorizationId: result.authorization.id,
    clientId,
    key: clientId === boundId ? appKey : null,
    code: { kind: 'code', text: result.code, presented: 0, accepted: 0 },
    refreshTokens: [],
    guesses: 0,
    failures: 0,
    hasEnded: false,
    // A revocation that is under way takes this grant with it, or not.
    isDoubtful: begun !== answered || begun !== consents(history).begun,
  })
}

/** A clock that was set makes an authorization expire before its user has answered. */
function refusalOf(error: unknown): never {
  const isExpired = error instanceof Error && error.message === 'authorization-gone'
  throw isExpired ? new OAuthError('access_denied', error.message) : error
}

/** The app gives a refresh token back, and with it the family. */
async function revoke(surroundings: Surroundings, grant: KnownGrant): Promise<void> {
  const { server, history, random } = surroundings
  const token = random.pick(grant.refreshTokens).text
  grant.isDoubtful = true
  const { result } = await attempt(
    surroundings,
    async ({ id }) => {
      await revokeToken(server.services, {
        form: new Map(Object.entries({ token, client_id: grant.clientId })),
        authorization: undefined,
        caller: { ip: id, trace: null, requestId: id },
      })
      return 'revoked'
    },
    [],
  )
  if (result === null) return
  grant.hasEnded = true
  if (familyStatus(server, grant) !== 'revoked') history.fail('a revocation was not stored')
  checkDenylist(surroundings, grant)
}

/**
 * All access tokens of the family are denylisted; those that a clock has made to expire need not.
 */
function checkDenylist({ server, history }: Surroundings, grant: KnownGrant): void {
  if (history.clockJumps > 0) return
  const sql = `SELECT t.jti FROM access_token_jtis AS t
    JOIN token_families AS f ON f.id = t.family_id
    WHERE f.auth_session_id = ? AND t.jti NOT IN (SELECT jti FROM revoked_jtis)`
  const [row] = server.disk.rows(sql, grant.authorizationId)
  if (row !== undefined) history.fail(`${row['jti']} outlives the revocation of its family`)
}

/** The user takes back what the app was allowed: all grants of the pair end that exist by then. */
async function revokeConsent(surroundings: Surroundings, grant: KnownGrant): Promise<void> {
  const { server, history } = surroundings
  const { clientId } = grant
  const sql = 'SELECT id FROM consent_grants WHERE client_id = ?'
  const [row] = server.disk.rows(sql, clientId)
  const touched = grantsOf(history).filter((other) => other.clientId === clientId)
  const isLive = touched.some(({ hasEnded }) => !hasEnded)
  if (row === undefined || !isLive) return
  const id = String(row['id'])
  for (const other of touched) other.isDoubtful = true
  consents(history).begun += 1
  const live = 'SELECT 1 FROM consent_grants WHERE id = ? AND revoked_at IS NULL'
  const wasLive = server.disk.rows(live, id).length === 1
  const { result } = await attempt(
    surroundings,
    () => revokeConsentGrant(server.services, administrator, id),
    [],
  )
  if (result === null) return
  consents(history).answered += 1
  if (!wasLive) return
  for (const other of touched) {
    // A code that looked expired, to a clock that was set forward, was left as it was.
    other.hasEnded ||= history.clockJumps === 0 || familyStatus(server, other) === 'revoked'
    if (familyStatus(server, other) === 'active') history.fail('a family outlives its consent')
  }
}
