// Preloaded into a server by NODE_OPTIONS: each SIGUSR2 ends one worker thread from outside, as a
// crash of native code would. TEST_WORKERS_TO_END names the threads in their order.
import { subscribe } from 'node:diagnostics_channel'
import { isMainThread, type Worker } from 'node:worker_threads'

if (isMainThread) {
  const workers = new Map<string, Worker>()
  const names = (process.env['TEST_WORKERS_TO_END'] ?? '').split(',')
  subscribe('worker_threads', (message) => {
    const { worker } = message as { readonly worker: Worker }
    workers.set(worker.threadName ?? '', worker)
  })
  process.on('SIGUSR2', () => void workers.get(names.shift() ?? '')?.terminate())
}
