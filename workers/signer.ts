// Thread entry of the signer actor: the only thread that ever holds a private key.
import { workerData } from 'node:worker_threads'
import { withFaults } from '../actors/runtime/faulty.ts'
import { hostActor } from '../actors/runtime/worker-host.ts'
import type { SignerSlice } from '../actors/signer/protocol.ts'
import { signerActor } from '../actors/signer/signer-actor.ts'

const actor = withFaults(signerActor, workerData, { signAccessToken: 'sign' })
hostActor(actor, workerData as SignerSlice)
