// The signer (architecture §5, spec 02 §7, §12.5): the only holder of private keys. It signs claims
// that pass its own policy, rotates its key directory, and follows rotations by other processes.
import type { Clock } from '../../src/base/clock.ts'
import { messageOf, OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { Log } from '../../src/base/telemetry.ts'
import { type ActorContext, defineActor, refused, replied } from '../runtime/define-actor.ts'
import type { Outcome, RequestOf } from '../runtime/protocol.ts'
import { faultOfClaims, isTokenId } from './claims-policy.ts'
import { keyDirectory } from './key-directory.ts'
import { isSamePublished, type KeyRing, publishedKeys } from './key-ring.ts'
import { watchKeyDirectory } from './key-watch.ts'
import { type KeyfileStore, keyfileStore, type StoredKeys } from './keyfile-store.ts'
import type { SignerNotice, SignerProtocol, SignerSlice } from './protocol.ts'
import { openKeys, type Rotation, requireKeys, rotationOf } from './rotation.ts'

export interface SignerState {
  readonly slice: SignerSlice
  readonly clock: Clock
  readonly log: Log
  readonly notify: (notice: SignerNotice) => void
  readonly store: KeyfileStore
  readonly rotation: Rotation
  readonly stopWatch: () => void
  ring: KeyRing
  /** What was last said about a directory that cannot be read; said once, not at every poll. */
  lastFault: string | null
}

type Answer<K extends keyof SignerProtocol> = Outcome<SignerProtocol, K>

/** The definition; its worker and inline placements differ in nothing. */
export const signerActor = defineActor<SignerProtocol, SignerNotice>()({
  name: 'signer',
  mailbox: { messagesMax: limits.signerMailboxMessagesMax },
  batch: { messagesMax: limits.replyMessagesMax },
  asyncMax: 1,
  start: startSigner,
  handlers: {
    signAccessToken: { batch: signAccessTokens },
    readKeys: { each: (state: SignerState) => replied(publishedKeys(state.ring)) },
    prepareKey: { each: prepareKey },
    activateKey: { each: activateKey },
    reloadKeys: { each: reloadKeys },
  },
  stop: (state) => {
    state.stopWatch()
    state.rotation.abandon()
  },
})

async function startSigner(
  slice: SignerSlice,
  context: ActorContext<SignerNotice>,
): Promise<SignerState> {
  const { clock, log } = context
  const directory = keyDirectory(slice.keyPath)
  const store = keyfileStore(directory)
  // Draws key ids and lock tokens; the keys themselves come from the crypto library.
  const random = systemRandom()
  const rotationDeps = { directory, store, clock, random, log, gapMs: slice.rotationGapMs }
  const stored = await openKeys(rotationDeps, slice.algorithm)
  const state: SignerState = {
    slice,
    clock,
    log,
    notify: (notice) => context.notify(notice),
    store,
    rotation: rotationOf(rotationDeps),
    stopWatch: watchKeyDirectory({
      path: slice.keyPath,
      clock,
      log,
      onChange: () => followStore(state),
    }),
    ring: stored.ring,
    lastFault: null,
  }
  adopt(state, stored)
  return state
}

function signAccessTokens(
  state: SignerState,
  requests: readonly RequestOf<SignerProtocol, 'signAccessToken'>[],
): readonly Answer<'signAccessToken'>[] {
  const { encode, jwk } = state.ring.current
  const nowSeconds = Math.floor(state.clock.nowMs() / 1000)
  return requests.map(({ claims }) => {
    const fault = faultOfClaims(claims, state.slice, nowSeconds)
    if (fault === null) return replied({ jwt: encode(claims), kid: jwk.kid })
    if (fault === 'issued-at-drift') {
      const drift = { jti: claims.jti, drift_seconds: claims.iat - nowSeconds }
      state.log.warn('claims of another time refused by the signer', drift)
      return refused(fault)
    }
    // Our own flows never send such claims: this line means a bug or an intruder in the front.
    const jti = isTokenId(claims?.jti) ? claims.jti : null
    state.log.error('claims refused by the signer', { reason: fault, jti })
    return refused('claims-refused')
  })
}

async function prepareKey(
  state: SignerState,
  request: RequestOf<SignerProtocol, 'prepareKey'>,
): Promise<Answer<'prepareKey'>> {
  const outcome = await state.rotation.prepare(request)
  if (outcome !== 'prepared') return refused(outcome)
  adopt(state, load(state))
  const published = publishedKeys(state.ring)
  if (published.prepared === null) {
    throw new OperationalError('the prepared key has been removed from the key directory')
  }
  state.log.info('signing key prepared', { kid: published.prepared.kid })
  return replied({ key: published.prepared, published })
}

function activateKey(
  state: SignerState,
  { kid }: RequestOf<SignerProtocol, 'activateKey'>,
): Answer<'activateKey'> {
  const outcome = state.rotation.activate(kid)
  if (outcome === 'unknown-key') return refused(outcome)
  adopt(state, load(state))
  state.log.info('signing key activated', { kid })
  return replied(publishedKeys(state.ring))
}

function reloadKeys(state: SignerState): Answer<'reloadKeys'> {
  try {
    adopt(state, load(state))
  } catch (error) {
    logUnreadable(state, error)
    return refused('unreadable-key')
  }
  logReloaded(state)
  return replied(publishedKeys(state.ring))
}

/** Looks whether the directory holds other keys than the ring. What this signer wrote it knows. */
function followStore(state: SignerState): void {
  const before = publishedKeys(state.ring)
  try {
    adopt(state, load(state))
  } catch (error) {
    // Half-copied files also end here, and the event of the last one brings us back.
    if (messageOf(error) !== state.lastFault) logUnreadable(state, error)
    return
  }
  const published = publishedKeys(state.ring)
  if (isSamePublished(before, published)) return
  logReloaded(state)
  state.notify({ kind: 'keysChanged', published })
}

function load(state: SignerState): StoredKeys {
  return requireKeys(state.store.load(), state.slice.keyPath)
}

function adopt(state: SignerState, { ring, preparedFault }: StoredKeys): void {
  state.ring = ring
  if (preparedFault !== null && preparedFault !== state.lastFault) {
    state.log.warn('prepared signing key ignored', { error: preparedFault })
  }
  state.lastFault = preparedFault
}

function logReloaded({ log, ring }: SignerState): void {
  log.info('signing keys reloaded', {
    current: ring.current.jwk.kid,
    previous: ring.previous?.kid ?? null,
    prepared: ring.prepared?.kid ?? null,
  })
}

/** The old keys stay. @throws whatever is not an outage of the store. */
function logUnreadable(state: SignerState, error: unknown): void {
  if (!(error instanceof OperationalError)) throw error
  state.lastFault = error.message
  state.log.error('signing keys not reloaded', { error: error.message })
}
