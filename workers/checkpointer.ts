// Thread entry of the checkpointer, which copies the write-ahead log into the database file.
import { workerData } from 'node:worker_threads'
import { hostActor } from '../actors/runtime/worker-host.ts'
import { checkpointActor } from '../actors/storage/checkpoint-actor.ts'
import type { CheckpointSlice } from '../actors/storage/checkpoint-protocol.ts'

hostActor(checkpointActor, workerData as CheckpointSlice)
