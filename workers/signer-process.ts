// Process entry of the signer actor, for `actors.signer.isolation: process`: the only process that
// ever holds a private key.
import { hostActorInProcess } from '../actors/runtime/process-host.ts'
import { signerActor } from '../actors/signer/signer-actor.ts'

hostActorInProcess(signerActor)
