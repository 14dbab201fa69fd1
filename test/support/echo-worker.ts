// Thread entry of the echo actor.
import { workerData } from 'node:worker_threads'
import { hostActor } from '../../actors/runtime/worker-host.ts'
import { type EchoDeps, echoActor } from './echo-actor.ts'

hostActor(echoActor, workerData as EchoDeps)
