// Thread entry of the storage actor.
import { workerData } from 'node:worker_threads'
import { withFaults } from '../actors/runtime/faulty.ts'
import { hostActor } from '../actors/runtime/worker-host.ts'
import type { StorageSlice } from '../actors/storage/protocol.ts'
import { storageActor } from '../actors/storage/storage-actor.ts'

const actor = withFaults(storageActor, workerData, { commit: 'commit' })
hostActor(actor, workerData as StorageSlice)
