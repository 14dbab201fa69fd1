// The actors of the simulation: the program's own definitions, whose `start` is given the disk of
// the simulation instead of the machine's. Handlers, units, SQL, key files and signatures are real.
import type { ActorContext } from '../../actors/runtime/define-actor.ts'
import type { KeyDirectory } from '../../actors/signer/key-directory.ts'
import { keyfileStore } from '../../actors/signer/keyfile-store.ts'
import type { SignerNotice, SignerSlice } from '../../actors/signer/protocol.ts'
import { openKeys, rotationOf } from '../../actors/signer/rotation.ts'
import { type SignerState, signerActor } from '../../actors/signer/signer-actor.ts'
import { SqliteDriver } from '../../actors/storage/sqlite-driver.ts'
import { type StorageState, storageActor } from '../../actors/storage/storage-actor.ts'
import type { Random } from '../../src/base/random.ts'
import type { DatabaseDisk } from './disk.ts'
import type { FaultPoints } from './faults.ts'
import type { Scheduler } from './scheduler.ts'

export interface StorageSurroundings {
  readonly disk: DatabaseDisk
  readonly faults: FaultPoints
  readonly commitRowsMax: number
}

/** Storage on the disk of the simulation, which holds the schema already. */
export const simulatedStorage = {
  ...storageActor,
  start: (given: StorageSurroundings, context: ActorContext): StorageState => {
    const open = () => given.disk.open(given.faults.statement)
    const driver = new SqliteDriver(open(), open)
    return { driver, commitRowsMax: given.commitRowsMax, context }
  },
}

/** Where generated keys wait for their arrival. */
export const threadPoolLane = 'thread-pool'

export interface SignerSurroundings {
  readonly slice: SignerSlice
  readonly directory: KeyDirectory
  readonly random: Random
  readonly faults: FaultPoints
  readonly scheduler: Scheduler
}

interface SimulatedSignerState extends SignerState {
  readonly faults: FaultPoints
}

/** A signer whose key generation arrives when the scheduler says so, and which nobody disturbs. */
export const simulatedSigner = {
  ...signerActor,
  start: startSigner,
  handlers: {
    ...signerActor.handlers,
    signAccessToken: {
      batch: (
        state: SimulatedSignerState,
        requests: Parameters<typeof signTogether>[1],
      ): ReturnType<typeof signTogether> => {
        state.faults.signatures(requests.length)
        return signTogether(state, requests)
      },
    },
  },
}

const { signAccessToken } = signerActor.handlers
if (!('batch' in signAccessToken)) throw new Error('signatures are made in batches')
const signTogether = signAccessToken.batch

async function startSigner(
  { slice, directory, random, faults, scheduler }: SignerSurroundings,
  context: ActorContext<SignerNotice>,
): Promise<SimulatedSignerState> {
  const { clock, log } = context
  const real = keyfileStore(directory)
  const store: typeof real = {
    ...real,
    prepare: (lock, algorithm, kid) =>
      scheduler.arrival(threadPoolLane, 'key generated', real.prepare(lock, algorithm, kid)),
  }
  const deps = { directory, store, clock, random, log, gapMs: slice.rotationGapMs }
  const { ring } = await openKeys(deps, slice.algorithm)
  return {
    slice,
    clock,
    log,
    notify: (notice) => context.notify(notice),
    store,
    rotation: rotationOf(deps),
    stopWatch: () => undefined,
    ring,
    lastFault: null,
    faults,
  }
}
