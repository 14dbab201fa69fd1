// One presentation of a code or refresh token, right or with a mistake, and what must be true of
// its answer, given all that is known of the grant.
import { hash } from 'node:crypto'
import { limits } from '../../../src/base/limits.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import type { TokenCall } from '../../../src/oauth/token-request.ts'
import type { TokenResponse } from '../../../src/oauth/token-response.ts'
import { makeProof, proofKeyFrom } from '../../support/dpop-client.ts'
import { grantVerifier } from '../../support/grant-records.ts'
import { party } from '../../support/seed-grant.ts'
import {
  acceptProof,
  checkGiven,
  familyStatus,
  isBeyondGrace,
  type KnownCredential,
  type KnownGrant,
  lostHalvesOf,
  proofsOf,
  rememberProof,
  usesMax,
} from '../invariants/grants.ts'
import { isVerified, mustVerify, rotations } from '../invariants/keys.ts'
import type { SimulatedServer } from '../simulated-server.ts'
import { attempt, type Surroundings } from './machine.ts'

/** Keys of the apps: the one that its grants are bound to, and one of somebody else. */
export const appKey = proofKeyFrom(hash('sha256', 'the key of the app', 'buffer'))
const strangeKey = proofKeyFrom(hash('sha256', 'the key of somebody else', 'buffer'))

type Mistake = 'verifier' | 'client' | 'key' | 'no proof' | 'old proof' | null

interface Presentation {
  readonly grant: KnownGrant
  readonly credential: KnownCredential
  /** Somebody tries who does not have the verifier. */
  readonly isGuess: boolean
}

interface Draft {
  readonly grant: KnownGrant
  readonly credential: KnownCredential
  readonly mistake: Mistake
  /** Id of its proof, or null. */
  readonly proofJti: string | null
}

/** What must be true of the answer, as it was known when the request was sent. */
interface Expectation {
  readonly hadEnded: boolean
  /** The code had died of failed redemptions. */
  readonly wasGuessed: boolean
  /** It was spent, with no grace left, and whoever presents it is its client. */
  readonly isReuse: boolean
  /** No client of its own had presented it before, and nothing is wrong with the request. */
  readonly isFirstAndRight: boolean
  readonly clockJumps: number
  readonly lostHalves: number
  readonly rotationsBefore: number
}

/** Presents a code or refresh token, and sometimes again when no answer came. */
export async function present(surroundings: Surroundings, given: Presentation): Promise<void> {
  const { server, history, random } = surroundings
  const draft = drawDraft(surroundings, given)
  const expected = expect(surroundings, draft)
  const { operation, result } = await attempt(
    surroundings,
    ({ id }) => issueToken(server.services, callOf(surroundings, draft, id)),
    ['invalid_grant', 'invalid_client', 'invalid_dpop_proof'],
  )
  if (result !== null) return checkAnswer(surroundings, { draft, expected, answer: result })
  if (operation.outcome === 'refused') return checkRefusal(surroundings, draft, expected)
  given.grant.isDoubtful = true
  const isAgain = random.oneIn(2) && history.failure === null
  if (isAgain) await present(surroundings, given)
}

function drawDraft(
  { server, history, random }: Surroundings,
  { grant, credential, isGuess }: Presentation,
): Draft {
  const isBound = grant.key !== null
  const mistakes: readonly Mistake[] = [
    'client',
    ...(credential.kind === 'code' ? (['verifier', 'verifier'] as const) : []),
    ...(isBound && credential.kind !== 'code' ? (['key', 'no proof'] as const) : []),
    ...(isBound ? (['old proof', 'old proof'] as const) : []),
  ]
  const mistake = isGuess ? 'verifier' : random.oneIn(5) ? random.pick(mistakes) : null
  if (!isBound || mistake === 'no proof') return { grant, credential, mistake, proofJti: null }
  const known = proofsOf(history)
  const isOld = mistake === 'old proof' && known.length > 0
  const proofJti = isOld ? random.pick(known) : server.services.random.opaqueId()
  rememberProof(history, proofJti)
  return { grant, credential, mistake, proofJti }
}

function expect({ server, history }: Surroundings, draft: Draft): Expectation {
  const { grant, credential, mistake } = draft
  const isFirst = credential.presented === 0
  const isOwn = mistake !== 'client' && mistake !== 'verifier'
  if (isOwn) credential.presented += 1
  else if (credential.kind === 'code') grant.guesses += 1
  if (isOwn && (!isFirst || mistake !== null)) grant.isDoubtful = true
  const isSpent =
    credential.kind === 'code' ? credential.accepted > 0 : isBeyondGrace(server, credential)
  return {
    hadEnded: grant.hasEnded,
    wasGuessed: credential.kind === 'code' && grant.failures >= limits.codeFailuresMax,
    isReuse: isOwn && isSpent,
    isFirstAndRight: isFirst && mistake === null,
    clockJumps: history.clockJumps,
    lostHalves: lostHalvesOf(history),
    rotationsBefore: rotations(history).ended,
  }
}

function callOf({ server, random }: Surroundings, draft: Draft, id: string): TokenCall {
  const { grant, credential, mistake, proofJti } = draft
  const client_id = mistake === 'client' ? 'somebody-else' : grant.clientId
  const form: Record<string, string> =
    credential.kind === 'code'
      ? {
          grant_type: 'authorization_code',
          code: credential.text,
          redirect_uri: party.redirectUri,
          code_verifier: mistake === 'verifier' ? 'w'.repeat(43) : grantVerifier,
          client_id,
        }
      : { grant_type: 'refresh_token', refresh_token: credential.text, client_id }
  const url = `${server.services.settings.features.issuer}/oauth/token`
  const iat = Math.floor(server.services.clock.nowMs() / 1000) - random.below(2)
  const key = mistake === 'key' ? strangeKey : appKey
  return {
    grantType: form['grant_type'] ?? null,
    form: new Map(Object.entries(form)),
    authorization: undefined,
    proof:
      proofJti === null
        ? null
        : {
            jwt: makeProof(key, url, { claims: { iat, jti: proofJti } }),
            method: 'POST',
            targets: [url],
          },
    caller: { ip: id, trace: null, requestId: id },
  }
}

function checkAnswer(
  surroundings: Surroundings,
  given: {
    readonly draft: Draft
    readonly expected: Expectation
    readonly answer: TokenResponse
  },
): void {
  const { server, history } = surroundings
  const { draft, expected, answer } = given
  const { grant, credential, mistake, proofJti } = draft
  const { access_token: jwt, refresh_token: refreshToken } = answer
  history.secrets.add(jwt)
  if (refreshToken === undefined) return history.fail('an app got no refresh token')
  history.secrets.add(refreshToken)
  credential.accepted += 1
  const what = `a ${credential.kind} of ${grant.authorizationId}`
  if (credential.accepted > usesMax(server, credential)) {
    history.fail(`${what} was accepted ${credential.accepted} times`)
  }
  if (mistake !== null && mistake !== 'old proof') history.fail(`${what} was accepted: ${mistake}`)
  if (expected.hadEnded) history.fail(`${what} was accepted after the end of its grant`)
  if (expected.wasGuessed) history.fail(`${what} was accepted after too many failures`)
  if (expected.isReuse && expected.clockJumps === history.clockJumps) {
    history.fail(`${what} was accepted though it was spent`)
  }
  if (proofJti !== null) acceptProof(server, history, proofJti)
  const jti = jtiOf(jwt)
  const actions =
    credential.kind === 'code' ? ['token.issued'] : ['token.refreshed', 'token.refresh_retried']
  checkGiven(server, history, { grant, given: { jti, refreshToken, actions } })
  grant.refreshTokens.push({
    kind: 'refresh token',
    text: refreshToken,
    presented: 0,
    accepted: 0,
  })
  if (mustVerify(history, expected) && !isVerified(server, jwt)) {
    history.fail(`token ${jti} does not verify with the keys fetched after it`)
  }
}

function checkRefusal(
  { server, history }: Surroundings,
  { grant, credential, mistake }: Draft,
  expected: Expectation,
): void {
  // An hour more or less makes codes, proofs and claims too old or too young.
  if (history.clockJumps > 0) return
  const isGuess = mistake === 'verifier' || mistake === 'client'
  if (credential.kind === 'code' && isGuess && isPending(server, grant)) grant.failures += 1
  const mayBeDead = credential.kind === 'code' && grant.guesses >= limits.codeFailuresMax
  if (expected.isFirstAndRight && !grant.isDoubtful && !mayBeDead) {
    history.fail(`a right ${credential.kind} of ${grant.authorizationId} was refused`)
  }
  if (!expected.isReuse || expected.lostHalves !== lostHalvesOf(history)) return
  if (familyStatus(server, grant) !== 'revoked') {
    history.fail(`the reuse of a ${credential.kind} left its family ${grant.authorizationId} alive`)
  }
  grant.hasEnded = true
}

/** Whether a failed redemption counts: the code has not expired, as it does with its consent. */
function isPending({ disk, services }: SimulatedServer, { authorizationId }: KnownGrant): boolean {
  const sql = 'SELECT expires_at FROM auth_sessions WHERE id = ?'
  const [row] = disk.rows(sql, authorizationId)
  return Date.parse(String(row?.['expires_at'])) > services.clock.nowMs()
}

function jtiOf(jwt: string): string {
  const payload = jwt.split('.')[1] ?? ''
  return String(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')).jti)
}
