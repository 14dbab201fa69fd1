// Thread entry of the echo actor.
import { hostActor } from '../../actors/runtime/worker-host.ts'
import { echoActor } from './echo-actor.ts'

hostActor(echoActor, null)
