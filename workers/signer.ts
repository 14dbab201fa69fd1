// Thread entry of the signer actor: the only thread that ever holds a private key.
import { workerData } from 'node:worker_threads'
import { hostActor } from '../actors/runtime/worker-host.ts'
import type { SignerSlice } from '../actors/signer/protocol.ts'
import { signerActor } from '../actors/signer/signer-actor.ts'

hostActor(signerActor, workerData as SignerSlice)
