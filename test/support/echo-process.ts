// Process entry of the echo actor.
import { hostActorInProcess } from '../../actors/runtime/process-host.ts'
import { echoActor } from './echo-actor.ts'

hostActorInProcess(echoActor)
