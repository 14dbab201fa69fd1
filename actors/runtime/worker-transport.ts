// An actor in a worker thread of its own, reached through the worker's message port by structured
// clone.
import { Worker } from 'node:worker_threads'
import type { FromActor, OpenTransport, ToActor } from './frames.ts'

export interface WorkerOptions {
  /** Name of the thread, shown by the operating system's tools. */
  readonly name: string
  readonly entry: URL
  /** The configuration slice and the secrets this worker needs, and nothing else. */
  readonly workerData: unknown
  /** All that the worker sees of the process's environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly memory: { readonly oldSpaceMb: number; readonly youngSpaceMb: number }
}

/** Starts a worker for each opening. */
export function workerTransport(options: WorkerOptions): OpenTransport {
  return (listener) => {
    const worker = new Worker(options.entry, {
      name: options.name,
      workerData: options.workerData,
      env: { ...options.environment },
      resourceLimits: {
        maxOldGenerationSizeMb: options.memory.oldSpaceMb,
        maxYoungGenerationSizeMb: options.memory.youngSpaceMb,
      },
    })
    let reason = 'worker ended'
    worker.on('message', (frame: FromActor) => {
      if (frame.type === 'crash') reason = frame.reason
      listener.onFrame(frame)
    })
    worker.on('error', (error) => {
      reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    })
    worker.on('exit', () => listener.onExit(reason))
    let last = worker.performance.eventLoopUtilization()
    return {
      post: (frame: ToActor) => worker.postMessage(frame),
      async kill() {
        await worker.terminate()
      },
      utilization() {
        const now = worker.performance.eventLoopUtilization()
        const { utilization } = worker.performance.eventLoopUtilization(now, last)
        last = now
        return Number.isFinite(utilization) ? utilization : 0
      },
    }
  }
}
