// Thread entry of the DPoP replay actor.
import { workerData } from 'node:worker_threads'
import { dpopReplayActor } from '../actors/dpop-replay/dpop-replay-actor.ts'
import type { DpopReplaySlice } from '../actors/dpop-replay/protocol.ts'
import { withFaults } from '../actors/runtime/faulty.ts'
import { hostActor } from '../actors/runtime/worker-host.ts'

const actor = withFaults(dpopReplayActor, workerData, {})
hostActor(actor, workerData as DpopReplaySlice)
