// Thread entry of the storage actor.
import { workerData } from 'node:worker_threads'
import { hostActor } from '../actors/runtime/worker-host.ts'
import type { StorageSlice } from '../actors/storage/protocol.ts'
import { storageActor } from '../actors/storage/storage-actor.ts'

hostActor(storageActor, workerData as StorageSlice)
