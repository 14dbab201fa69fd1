// The whole issuing server in one thread: storage, signer and the memory of proofs under the
// program's own supervisor, the services that its flows run on, and the eyes of the checks on
// everything that passes.
import { dpopReplayActor } from '../../actors/dpop-replay/dpop-replay-actor.ts'
import type { DpopReplayProtocol } from '../../actors/dpop-replay/protocol.ts'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { AnyChildSpec } from '../../actors/runtime/child.ts'
import type { FromActor, OpenTransport } from '../../actors/runtime/frames.ts'
import type { ActorRef, Protocol } from '../../actors/runtime/protocol.ts'
import { createSupervisor, type Supervisor } from '../../actors/runtime/supervisor.ts'
import type { SignerProtocol } from '../../actors/signer/protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { limits } from '../../src/base/limits.ts'
import { type Log, type LogFields, silentTracer } from '../../src/base/telemetry.ts'
import { createPublishedKeySet } from '../../src/flows/keys/published-key-set.ts'
import { silentMeters } from '../../src/flows/meters.ts'
import { askOptions, type Services } from '../../src/flows/services.ts'
import type { Settings } from '../../src/flows/settings.ts'
import { createDpopNonces } from '../../src/flows/token/dpop-nonces.ts'
import type { PublicJwk } from '../../src/records/signing-key.ts'
import { testProofs } from '../support/inline-services.ts'
import { testSettings } from '../support/settings.ts'
import { DatabaseDisk, memoryKeyDirectory } from './disk.ts'
import { type ActorName, FaultPoints } from './faults.ts'
import type { History } from './history.ts'
import { countLostHalf } from './invariants/grants.ts'
import { checkLogLine } from './invariants/logs.ts'
import { parts } from './parts.ts'
import type { Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import { simulatedSigner, simulatedStorage } from './simulated-actors.ts'
import { laneTo, simulatedTransport } from './simulated-transport.ts'

export interface SimulatedServer {
  readonly scheduler: Scheduler
  readonly faults: FaultPoints
  readonly disk: DatabaseDisk
  readonly services: Services
  readonly supervisor: Supervisor
  readonly refs: readonly { readonly name: ActorName; readonly ref: ActorRef<never> }[]
  /** Asks that are not settled yet, oldest first. */
  readonly openAsks: ReadonlyMap<number, { readonly kind: string; readonly deadlineMs: number }>
  /** What a verifier gets that fetches the keys now. */
  publishedKeys(): readonly PublicJwk[]
  /** Starts the actors and publishes the keys. */
  start(): Promise<void>
}

const tokenLifeSeconds = 3600
/** Small, so that a run fills them. */
const mailboxMessagesMax = 32

const settingsOf = (refreshGraceMs: number): Settings =>
  testSettings({
    features: {
      issuer: 'https://auth.test',
      grantTypes: parts.flatMap(({ grantTypes }) => grantTypes ?? []),
      isDpopEnabled: true,
      hasClientDocuments: false,
    },
    clientCredentials: { tokenLifeSeconds },
    userTokens: { accessLifeSeconds: 900, refreshLifeSeconds: 604_800, refreshGraceMs },
  })

/**
 * A server that has not been started; `random` decides ids, the grace of refreshes, and how much
 * fits a commit.
 */
export function simulatedServer(
  scheduler: Scheduler,
  random: SeededRandom,
  history: History,
): SimulatedServer {
  const clock = scheduler.clockOf('front')
  const log = checkedLog(history)
  const faults = new FaultPoints()
  const disk = new DatabaseDisk()
  const published = createPublishedKeySet()
  const openAsks = new Map<number, { readonly kind: string; readonly deadlineMs: number }>()
  const refOf = <P extends Protocol>(name: string) =>
    new ConnectedRef<P>({ name, capacity: mailboxMessagesMax, clock })
  const storage = refOf<StorageProtocol>('storage')
  const signer = refOf<SignerProtocol>('signer')
  const dpopReplay = refOf<DpopReplayProtocol>('dpop-replay')
  // No client of the simulation signs in: it does not run.
  const passwordPool = refOf<PasswordPoolProtocol>('password-pool')
  const supervisor = createSupervisor({
    clock,
    log,
    giveUp: (child) => history.fail(`the server gives up: ${child} crashed too often`),
  })
  const settings = settingsOf(random.pick([0, 10_000]))
  const services: Services = {
    storage: watched(storage, openAsks),
    signer: watched(signer, openAsks),
    dpopReplay: watched(dpopReplay, openAsks),
    dpopNonces: createDpopNonces({ dpopReplay, clock, lifeMs: 60_000 }),
    passwordPool,
    // Nor does any client of it come by its document.
    clientDocuments: { read: async () => ({ ok: false, fault: 'unavailable' }) },
    publishedKeys: published,
    settings,
    clock,
    random: random.ids,
    tracer: silentTracer,
    log,
    meters: { ...silentMeters, revocationFailed: () => countLostHalf(history) },
  }
  const server: SimulatedServer = {
    scheduler,
    faults,
    disk,
    services,
    supervisor,
    refs: [
      { name: 'storage', ref: storage as ActorRef<never> },
      { name: 'signer', ref: signer as ActorRef<never> },
      { name: 'dpop-replay', ref: dpopReplay as ActorRef<never> },
    ],
    openAsks,
    publishedKeys: () => JSON.parse(published.jwks()).keys,
    start,
  }
  const onSent = (frame: FromActor): void => {
    for (const part of parts) part.onSent?.(server, history, frame)
  }
  const opens = openers({ scheduler, faults, disk, random, onSent, settings, nowMs: clock.nowMs })

  async function start(): Promise<void> {
    await supervisor.start([
      childSpec(storage, opens.storage, () => undefined),
      childSpec(signer, opens.signer, (notice) => published.publish(notice.published)),
      childSpec(dpopReplay, opens.dpopReplay, () => undefined),
    ])
    const keys = await services.signer.ask('readKeys', {}, askOptions(services, null))
    published.publish(keys.reply)
  }

  return server
}

function openers(given: {
  readonly scheduler: Scheduler
  readonly faults: FaultPoints
  readonly disk: DatabaseDisk
  readonly random: SeededRandom
  readonly onSent: (frame: FromActor) => void
  readonly settings: Settings
  readonly nowMs: () => number
}): Readonly<Record<'storage' | 'signer' | 'dpopReplay', OpenTransport>> {
  const { scheduler, faults, disk, random, onSent, settings, nowMs } = given
  const shared = { scheduler, faults, onSent }
  const slice = {
    issuer: settings.features.issuer,
    keyPath: '/simulated/keys',
    algorithm: settings.signingAlgorithm,
    tokenLifeSecondsMax: tokenLifeSeconds,
    rotationGapMs: (tokenLifeSeconds + limits.keySetLifeSeconds) * 1000,
  }
  const directory = memoryKeyDirectory(nowMs)
  return {
    storage: simulatedTransport(simulatedStorage, {
      ...shared,
      deps: { disk, faults, commitRowsMax: random.pick([1, 2, 8, 64]) },
      onDeath: () => {
        scheduler.hold(laneTo('storage'), 0)
        disk.rollBack()
      },
    }),
    signer: simulatedTransport(simulatedSigner, {
      ...shared,
      deps: { slice, directory, random: random.ids, faults, scheduler },
      onDeath: () => scheduler.hold(laneTo('signer'), 0),
    }),
    dpopReplay: simulatedTransport(dpopReplayActor, {
      ...shared,
      deps: testProofs({}),
      onDeath: () => scheduler.hold(laneTo('dpop-replay'), 0),
    }),
  }
}

function childSpec<P extends Protocol>(
  ref: ConnectedRef<P>,
  open: OpenTransport,
  onNotice: AnyChildSpec['onNotice'],
): AnyChildSpec {
  return {
    name: ref.name,
    instance: 0,
    ref,
    open,
    restart: 'permanent',
    intensity: { restartsMax: limits.restartsMax, periodMs: limits.restartPeriodMs },
    startMsMax: limits.actorStartMsMax,
    stopMsMax: limits.actorStopMsMax,
    hangMs: limits.hangMs,
    onNotice,
    onRestarted: () => undefined,
  }
}

/** So that asks of different actors never share a number. */
const offsets: Readonly<Record<string, number>> = { signer: 0.5, 'dpop-replay': 0.25 }

/** A ref whose asks are counted until they are settled. */
function watched<P extends Protocol>(
  ref: ActorRef<P>,
  openAsks: Map<number, { readonly kind: string; readonly deadlineMs: number }>,
): ActorRef<P> {
  let nextId = openAsks.size
  const offset = offsets[ref.name] ?? 0
  return {
    name: ref.name,
    tell: (kind, request) => ref.tell(kind, request),
    load: () => ref.load(),
    async ask(kind, request, options) {
      const id = offset + nextId++
      openAsks.set(id, { kind, deadlineMs: options.deadlineMs })
      try {
        return await ref.ask(kind, request, options)
      } finally {
        openAsks.delete(id)
      }
    },
  }
}

function checkedLog(history: History): Log {
  const line = (message: string, fields?: LogFields): void => {
    const text = `${message} ${JSON.stringify(fields ?? {})}`
    history.logLines.push(text)
    checkLogLine(history, text)
  }
  return { debug: line, info: line, warn: line, error: line, isEnabled: () => true }
}
