// Thread of checkpoint.test.ts: the real checkpointer, working by itself until it is told to stop.
import { parentPort, workerData } from 'node:worker_threads'
import { checkpointActor } from '../../actors/storage/checkpoint-actor.ts'
import type { CheckpointSlice } from '../../actors/storage/checkpoint-protocol.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/telemetry.ts'

const context = {
  name: 'checkpointer',
  clock: systemClock,
  log: silentLog,
  notify: () => undefined,
}
const state = await checkpointActor.start(workerData as CheckpointSlice, context)
parentPort?.once('message', async () => {
  await checkpointActor.stop(state)
  parentPort?.postMessage('stopped')
})
parentPort?.postMessage('ready')
