// The actors of a running server: what is placed where, with which limits, in which start order
// (architecture §4.4, §5).
import type { DpopReplayProtocol } from '../../actors/dpop-replay/protocol.ts'
import type { PasswordPoolProtocol } from '../../actors/password-pool/protocol.ts'
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import type { AnyChildSpec } from '../../actors/runtime/child.ts'
import type { FaultBoard } from '../../actors/runtime/fault-board.ts'
import { lazyTransport } from '../../actors/runtime/lazy-transport.ts'
import type { ActorRef } from '../../actors/runtime/protocol.ts'
import { createSupervisor, type Supervisor } from '../../actors/runtime/supervisor.ts'
import { workerTransport } from '../../actors/runtime/worker-transport.ts'
import type { SignerNotice, SignerProtocol } from '../../actors/signer/protocol.ts'
import type { CheckpointProtocol } from '../../actors/storage/checkpoint-protocol.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import type { Clock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import type { Log } from '../base/telemetry.ts'
import { workerEnvironment } from '../config/environment.ts'
import type { Config } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import { dpopReplaySlice, signerSlice, storageSlice } from '../config/slices.ts'
import { openPasswordPool } from './password-pool.ts'
import { openProofShards } from './proof-shards.ts'
import { signerProcess } from './signer-process.ts'
import type { FaultBoards } from './test-faults.ts'
import { type WorkerName, workerEntry } from './worker-entry.ts'

export interface SpawnedActors {
  readonly supervisor: Supervisor
  readonly storage: ConnectedRef<StorageProtocol>
  readonly signer: ConnectedRef<SignerProtocol>
  /** Answers nothing when DPoP is switched off. */
  readonly dpopReplay: ActorRef<DpopReplayProtocol>
  readonly passwordPool: ActorRef<PasswordPoolProtocol>
}

export interface SpawnOptions {
  readonly config: Config
  readonly secrets: Secrets
  readonly clock: Clock
  readonly log: Log
  readonly onSignerNotice: (notice: SignerNotice) => void
  readonly onSignerRestarted: () => void
  readonly giveUp: (child: string) => void
  /** What the actors of a test server are told to suffer; null for every other server. */
  readonly faults: FaultBoards | null
}

/** Old-space and young-space bounds per worker, in MB: a leak ends one worker, not the host. */
const workerMemory: Readonly<Record<WorkerName, { oldSpaceMb: number; youngSpaceMb: number }>> = {
  storage: { oldSpaceMb: 256, youngSpaceMb: 16 },
  checkpointer: { oldSpaceMb: 32, youngSpaceMb: 4 },
  signer: { oldSpaceMb: 96, youngSpaceMb: 16 },
  'dpop-replay': { oldSpaceMb: 128, youngSpaceMb: 16 },
  'password-pool': { oldSpaceMb: 32, youngSpaceMb: 4 },
}

/** Threads whose single messages may take long. */
const hangMsOf: Partial<Record<WorkerName, number>> = {
  checkpointer: limits.checkpointHangMs,
  'password-pool': limits.passwordHangMs,
}

/**
 * Starts every actor. @throws Error of the first that cannot start; the others are stopped then.
 */
export async function spawnActors(options: SpawnOptions): Promise<SpawnedActors> {
  const { config, clock, log } = options
  const { actors } = config
  const storage = new ConnectedRef<StorageProtocol>({
    name: 'storage',
    capacity: actors.storage.mailboxMax,
    clock,
  })
  const signer = new ConnectedRef<SignerProtocol>({
    name: 'signer',
    capacity: actors.signer.mailboxMax,
    clock,
  })
  const checkpointer = new ConnectedRef<CheckpointProtocol>({
    name: 'checkpointer',
    capacity: 1,
    clock,
  })
  const proofs = openProofShards(config, clock)
  const passwords = openPasswordPool(config, clock)
  const supervisor = createSupervisor({ clock, log, giveUp: options.giveUp })
  const slice = { ...storageSlice(config), mayMigrate: true }
  try {
    await supervisor.start([
      inWorker('storage', {
        ref: storage,
        workerData: withBoard(slice, options.faults?.storage),
      }),
      inWorker('checkpointer', { ref: checkpointer, workerData: slice }),
      {
        ...inWorker('signer', {
          ref: signer,
          workerData: withBoard(signerSlice(config), options.faults?.signer),
        }),
        ...(actors.signer.isolation === 'process'
          ? { open: signerProcess(signerSlice(config)) }
          : null),
        onNotice: options.onSignerNotice,
        onRestarted: options.onSignerRestarted,
      },
      ...(config.dpop.enabled ? proofs.refs : []).map(proofThread(options)),
      ...passwords.refs.map((ref, instance) => {
        const child = inWorker('password-pool', { ref, workerData: null })
        return { ...child, instance, open: lazyTransport(child.open, clock) }
      }),
    ])
  } catch (error) {
    await supervisor.stop()
    throw error
  }
  return { supervisor, storage, signer, dpopReplay: proofs.ref, passwordPool: passwords.ref }
}

/** How each of the threads that check proofs is placed. */
function proofThread({ config, secrets, faults }: SpawnOptions) {
  return (ref: ConnectedRef<DpopReplayProtocol>, instance: number): AnyChildSpec => ({
    ...inWorker('dpop-replay', {
      ref,
      workerData: withBoard(dpopReplaySlice(config, secrets), faults?.['dpop-replay']),
    }),
    instance,
  })
}

/** The slice alone unless there is a board, so that nothing of faults reaches the worker. */
function withBoard(slice: object, faults: FaultBoard | undefined): object {
  return faults === undefined ? slice : { ...slice, faults }
}

function inWorker(
  name: WorkerName,
  // biome-ignore lint/suspicious/noExplicitAny: refs of different protocols
  { ref, workerData }: { readonly ref: ConnectedRef<any>; readonly workerData: unknown },
): AnyChildSpec {
  return {
    name,
    instance: 0,
    ref,
    open: workerTransport({
      name,
      entry: workerEntry(name),
      workerData,
      environment: workerEnvironment(),
      memory: workerMemory[name],
    }),
    restart: 'permanent',
    intensity: { restartsMax: limits.restartsMax, periodMs: limits.restartPeriodMs },
    startMsMax: limits.actorStartMsMax,
    stopMsMax: limits.actorStopMsMax,
    hangMs: hangMsOf[name] ?? limits.hangMs,
    onNotice: () => undefined,
    onRestarted: () => undefined,
  }
}
