// Services over real actors in the thread of the test: a database and a key directory of this test
// only, and every message through the codec, as between threads.
import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { dpopReplayActor } from '../../actors/dpop-replay/dpop-replay-actor.ts'
import type { DpopReplayProtocol, DpopReplaySlice } from '../../actors/dpop-replay/protocol.ts'
import { passwordPoolActor } from '../../actors/password-pool/password-pool-actor.ts'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { AnyChildSpec } from '../../actors/runtime/child.ts'
import { roundTrip } from '../../actors/runtime/codec.ts'
import type { ActorDefinition } from '../../actors/runtime/define-actor.ts'
import { inlineTransport } from '../../actors/runtime/inline-transport.ts'
import type { Protocol } from '../../actors/runtime/protocol.ts'
import { createSupervisor, type Supervisor } from '../../actors/runtime/supervisor.ts'
import type { SignerNotice, SignerProtocol, SignerSlice } from '../../actors/signer/protocol.ts'
import { signerActor } from '../../actors/signer/signer-actor.ts'
import type { StorageProtocol, StorageSlice } from '../../actors/storage/protocol.ts'
import { storageActor } from '../../actors/storage/storage-actor.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import {
  type Log,
  type LogFields,
  type LogLevel,
  silentTracer,
  type Tracer,
} from '../../src/base/telemetry.ts'
import { createPublishedKeySet } from '../../src/flows/keys/published-key-set.ts'
import { type FlowMeters, silentMeters } from '../../src/flows/meters.ts'
import { selfRegistrationPolicy } from '../../src/flows/registration/self-registration-policy.ts'
import { askOptions, type Services } from '../../src/flows/services.ts'
import type { RegistrationSettings, Settings } from '../../src/flows/settings.ts'
import { createDpopNonces } from '../../src/flows/token/dpop-nonces.ts'
import { createClientDocuments } from '../../src/outbound/client-metadata.ts'
import { createGuardedFetch, type GuardedFetchParts } from '../../src/outbound/guarded-fetch.ts'
import type { GrantType } from '../../src/records/client.ts'
import type { SigningAlgorithm } from '../../src/records/signing-key.ts'
import { testRegistration, testSettings } from './settings.ts'
import { placeFor } from './temporary-directory.ts'

export interface InlineOptions {
  readonly issuer?: string
  readonly grantTypes?: readonly GrantType[]
  readonly algorithm?: SigningAlgorithm
  readonly pepper?: KeyObject | null
  readonly tokenLifeSeconds?: number
  readonly registration?: Partial<RegistrationSettings>
  /** Groups of settings that differ from the defaults, beyond those above. */
  readonly settings?: Partial<Settings>
  /** Lives of proofs and nonces that differ from the defaults. */
  readonly proofs?: Partial<DpopReplaySlice>
  /** How documents of clients are fetched; no name has an address unless said. */
  readonly outbound?: Pick<GuardedFetchParts, 'resolve' | 'authorities'>
  readonly tracer?: Tracer
  /** Of everything that runs inline; the machine's own unless said. */
  readonly clock?: Clock
  /** 0 unless said: keys may be rotated at any time. */
  readonly rotationGapMs?: number
  /** Of the caller, who also removes it; one of its own unless said. */
  readonly directory?: string
}

export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

/** One call of a meter: its name and its labels or numbers. */
export type MeterCall = readonly [name: keyof FlowMeters, ...values: readonly unknown[]]

export interface InlineServices {
  readonly services: Services
  readonly supervisor: Supervisor
  readonly log: Log
  readonly lines: readonly LogLine[]
  readonly meterCalls: readonly MeterCall[]
  readonly directory: string
  /** Rows of a query on a connection of its own: what a restart would find. */
  rows(sql: string, ...values: readonly unknown[]): readonly Record<string, unknown>[]
  /** Changes the database behind the actor's back. */
  execute(sql: string): void
  /** Stops one actor for good; asks of it fail from then on. */
  stopActor(name: ActorName): Promise<void>
  /** Stops the actors and removes the directory. */
  stop(): Promise<void>
}

/** Actors that a test can stop alone. */
type ActorName = 'storage' | 'signer' | 'passwordPool' | 'dpopReplay'

/** Starts the actors, and publishes the signer's keys. */
export async function createInlineServices(options: InlineOptions): Promise<InlineServices> {
  const place = placeFor(options.directory, 'authserver-inline')
  const directory = place.path
  const issuer = options.issuer ?? 'https://auth.test'
  const algorithm = options.algorithm ?? 'ES256'
  const tokenLifeSeconds = options.tokenLifeSeconds ?? 3600
  const { log, lines } = recordingLog()
  const { meters, meterCalls } = recordingMeters()
  const publishedKeys = createPublishedKeySet()
  const clock = options.clock ?? systemClock
  const actors = await startActors({
    clock,
    log,
    storage: {
      path: join(directory, 'authserver.db'),
      wal: true,
      commitRowsMax: 64,
      mayMigrate: true,
    },
    signer: {
      issuer,
      keyPath: join(directory, 'keys'),
      algorithm,
      tokenLifeSecondsMax: tokenLifeSeconds,
      rotationGapMs: options.rotationGapMs ?? 0,
    },
    proofs: testProofs(options.proofs ?? {}),
    onSignerNotice: (notice) => publishedKeys.publish(notice.published),
  })
  const settings = testSettings({
    ...options.settings,
    features: {
      issuer,
      grantTypes: options.grantTypes ?? ['client_credentials'],
      isDpopEnabled: options.settings?.dpop?.isEnabled ?? true,
      hasClientDocuments: true,
    },
    clientCredentials: { tokenLifeSeconds },
    signingAlgorithm: algorithm,
    clientSecretPepper: options.pepper ?? null,
    registration: testRegistration(options.registration ?? {}),
  })
  const services: Services = {
    storage: actors.storage,
    signer: actors.signer,
    passwordPool: actors.passwordPool,
    dpopReplay: actors.dpopReplay,
    dpopNonces: createDpopNonces({
      dpopReplay: actors.dpopReplay,
      clock,
      lifeMs: testProofs(options.proofs ?? {}).nonceLifeMs,
    }),
    clientDocuments: createClientDocuments({
      fetch: createGuardedFetch({
        clock,
        ...(options.outbound ?? { resolve: async () => [], authorities: null }),
      }),
      clock,
      log,
      meters,
      settings: settings.registration.documents,
      policy: selfRegistrationPolicy(settings),
    }),
    publishedKeys,
    settings,
    clock,
    random: systemRandom(),
    tracer: options.tracer ?? silentTracer,
    log,
    meters,
  }
  const keys = await services.signer.ask('readKeys', {}, askOptions(services, null))
  publishedKeys.publish(keys.reply)
  const database = new Database(join(directory, 'authserver.db'))
  return {
    services,
    supervisor: actors.supervisor,
    log,
    lines,
    meterCalls,
    directory,
    rows: (sql, ...values) => database.prepare(sql).all(...values) as Record<string, unknown>[],
    execute: (sql) => void database.exec(sql),
    stopActor: (name) => actors.supervisors[name].stop(),
    stop: async () => {
      await actors.supervisor.stop()
      database.close()
      place.discard()
    },
  }
}

/** What the actor of proofs knows, with `change` applied. */
export function testProofs(change: Partial<DpopReplaySlice>): DpopReplaySlice {
  return {
    proofLifeMs: 60_000,
    nonceLifeMs: 60_000,
    clockSkewMs: 30_000,
    nonceSecret: Buffer.alloc(32, 7),
    ...change,
  }
}

interface StartedActors {
  readonly storage: ConnectedRef<StorageProtocol>
  readonly signer: ConnectedRef<SignerProtocol>
  readonly passwordPool: ConnectedRef<PasswordPoolProtocol>
  readonly dpopReplay: ConnectedRef<DpopReplayProtocol>
  /** One supervisor per actor, so that a test can stop one and leave the others. */
  readonly supervisors: Readonly<Record<ActorName, Supervisor>>
  readonly supervisor: Supervisor
}

async function startActors(options: {
  readonly clock: Clock
  readonly log: Log
  readonly storage: StorageSlice
  readonly signer: SignerSlice
  readonly proofs: DpopReplaySlice
  readonly onSignerNotice: (notice: SignerNotice) => void
}): Promise<StartedActors> {
  const { clock } = options
  const storage = refOf<StorageProtocol>('storage', clock)
  const signer = refOf<SignerProtocol>('signer', clock)
  const passwordPool = refOf<PasswordPoolProtocol>('password-pool', clock)
  const dpopReplay = refOf<DpopReplayProtocol>('dpop-replay', clock)
  const supervise = (): Supervisor =>
    createSupervisor({
      clock,
      log: options.log,
      giveUp: (child) => options.log.error('gave up', { child }),
    })
  const supervisors = {
    storage: supervise(),
    signer: supervise(),
    passwordPool: supervise(),
    dpopReplay: supervise(),
  }
  await supervisors.storage.start([inline(storage, storageActor, { deps: options.storage, clock })])
  await supervisors.signer.start([
    {
      ...inline(signer, signerActor, { deps: options.signer, clock }),
      onNotice: options.onSignerNotice,
    },
  ])
  await supervisors.passwordPool.start([
    inline(passwordPool, passwordPoolActor, { deps: null, clock }),
  ])
  await supervisors.dpopReplay.start([
    inline(dpopReplay, dpopReplayActor, { deps: options.proofs, clock }),
  ])
  const supervisor = together(supervisors)
  return { storage, signer, passwordPool, dpopReplay, supervisors, supervisor }
}

function together(supervisors: StartedActors['supervisors']): Supervisor {
  const all = Object.values(supervisors)
  return {
    start: () => Promise.reject(new Error('the actors are running already')),
    stop: async () => {
      for (const supervisor of all.toReversed()) await supervisor.stop()
    },
    snapshots: async () => {
      const lists = await Promise.all(all.map((supervisor) => supervisor.snapshots()))
      return lists.flat()
    },
    isHealthy: () => all.every((supervisor) => supervisor.isHealthy()),
  }
}

function refOf<P extends Protocol>(name: string, clock: Clock): ConnectedRef<P> {
  return new ConnectedRef<P>({ name, capacity: 4096, clock })
}

function inline<P extends Protocol, Deps, State, Notice>(
  ref: ConnectedRef<P>,
  definition: ActorDefinition<P, Deps, State, Notice>,
  { deps, clock }: { readonly deps: Deps; readonly clock: Clock },
): AnyChildSpec {
  return {
    name: definition.name,
    instance: 0,
    ref,
    open: inlineTransport(definition, { deps, clock, carry: roundTrip }),
    restart: 'permanent',
    intensity: { restartsMax: 2, periodMs: 10_000 },
    startMsMax: 30_000,
    stopMsMax: 5000,
    hangMs: 30_000,
    onNotice: () => undefined,
    onRestarted: () => undefined,
  }
}

function recordingLog(): { readonly log: Log; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields: fields ?? {} })
  }
  const log: Log = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    isEnabled: () => true,
  }
  return { log, lines }
}

function recordingMeters(): {
  readonly meters: FlowMeters
  readonly meterCalls: readonly MeterCall[]
} {
  const meterCalls: MeterCall[] = []
  const record =
    (name: keyof FlowMeters) =>
    (...values: readonly unknown[]) => {
      meterCalls.push([name, ...values])
    }
  const names = Object.keys(silentMeters) as readonly (keyof FlowMeters)[]
  const meters = Object.fromEntries(
    names.map((name) => [name, record(name)]),
  ) as unknown as FlowMeters
  return { meters, meterCalls }
}
