// The DPoP replay actor (architecture §5, spec 02 §6.2): the checks of a proof in their order, the
// memory of used ones, and nonces. A restart forgets; storage, which has the last word, does not.
import type { Clock } from '../../src/base/clock.ts'
import { sha256Base64url } from '../../src/base/hash.ts'
import { limits } from '../../src/base/limits.ts'
import { systemRandom } from '../../src/base/random.ts'
import { splitCompactJws } from '../../src/oauth/compact-jws.ts'
import { type ProofIdentity, readProofClaims } from '../../src/oauth/dpop-proof.ts'
import type { ProofClaim } from '../../src/records/proof-claim.ts'
import { type ActorContext, defineActor, replied } from '../runtime/define-actor.ts'
import type { Outcome, RequestOf } from '../runtime/protocol.ts'
import { createKeyCache, type KeyCache } from './key-cache.ts'
import { createNonces, type Nonces } from './nonces.ts'
import type { DpopReplayProtocol, DpopReplaySlice, ProofCheck, ProofFault } from './protocol.ts'
import { createReplayWindow, type ReplayWindow } from './replay-window.ts'

export interface DpopReplayState {
  readonly slice: DpopReplaySlice
  readonly clock: Clock
  readonly keys: KeyCache
  readonly window: ReplayWindow
  readonly nonces: Nonces
  /** How long a proof stays used; longer than it could be accepted again (DP-27). */
  readonly keepMs: number
}

/** The definition; its worker and inline placements differ in nothing. */
export const dpopReplayActor = defineActor<DpopReplayProtocol>()({
  name: 'dpop-replay',
  mailbox: { messagesMax: limits.proofMailboxMessagesMax },
  batch: { messagesMax: limits.proofBatchMessagesMax },
  asyncMax: 1,
  start: startReplay,
  handlers: {
    checkProof: { batch: checkProofs },
    newNonce: {
      each: ({ nonces, clock }: DpopReplayState) =>
        replied({ nonce: nonces.current(clock.nowMs()) }),
    },
    releaseProof: { each: releaseProof },
  },
  stop: () => undefined,
})

function startReplay(slice: DpopReplaySlice, { clock }: ActorContext): DpopReplayState {
  const keepMs = 2 * slice.proofLifeMs + limits.proofRetentionSlackMs
  return {
    slice,
    clock,
    keys: createKeyCache(limits.proofKeysMax),
    window: createReplayWindow({ entriesMax: limits.proofWindowMax, keepMs }),
    nonces: createNonces({
      secret: slice.nonceSecret,
      lifeMs: slice.nonceLifeMs,
      random: systemRandom(),
    }),
    keepMs,
  }
}

function checkProofs(
  state: DpopReplayState,
  checks: readonly ProofCheck[],
): readonly Outcome<DpopReplayProtocol, 'checkProof'>[] {
  const nowMs = state.clock.nowMs()
  const nonce = state.nonces.current(nowMs)
  return checks.map((check) => {
    const result = checkOne(state, check, nowMs)
    return typeof result === 'string'
      ? replied({ nonce, claim: null, fault: result })
      : replied({ nonce, claim: result, fault: null })
  })
}

function checkOne(
  state: DpopReplayState,
  check: ProofCheck,
  nowMs: number,
): ProofClaim | ProofFault {
  const jws = splitCompactJws(check.proof, limits.proofCharactersMax)
  if (jws === null) return 'invalid_proof'
  // Claims before the signature: they cost a hundredth of it, and the answer is the same.
  const { proofLifeMs, clockSkewMs } = state.slice
  const identity = readProofClaims(jws.payload, { ...check, nowMs, proofLifeMs, clockSkewMs })
  if (identity === null) return 'invalid_proof'
  const jkt = state.keys.signerOf(jws)
  if (jkt === null) return 'invalid_proof'
  const nonceFault = check.isNonceRequired ? faultOfNonce(state, identity, nowMs) : null
  if (nonceFault !== null) return nonceFault
  const { jti } = identity
  if (!state.window.take(windowKey(jkt, jti), nowMs)) return 'replay'
  return { jkt, jti, expiresAtMs: nowMs + state.keepMs }
}

function faultOfNonce(
  { nonces }: DpopReplayState,
  { nonce }: ProofIdentity,
  nowMs: number,
): ProofFault | null {
  if (nonce === null) return 'nonce_required'
  return nonces.isLive(nonce, nowMs) ? null : 'nonce_mismatch'
}

function releaseProof(
  { window }: DpopReplayState,
  { jkt, jti }: RequestOf<DpopReplayProtocol, 'releaseProof'>,
): null {
  window.release(windowKey(jkt, jti))
  return null
}

/**
 * A digest, so that long ids take no more memory than short ones. Thumbprints are all of one
 * length: no two pairs make one text.
 */
function windowKey(jkt: string, jti: string): string {
  return sha256Base64url(jkt + jti)
}
