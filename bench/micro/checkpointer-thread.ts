// Thread of storage.bench.ts: the real checkpointer on the database that the main thread writes.
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
  parentPort?.postMessage(process.threadCpuUsage())
})
parentPort?.postMessage('ready')
