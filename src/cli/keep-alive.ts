// Keeps the process alive while a command runs. The timers of the clock do not: a command that
// waits for nothing else, as for the lock of the key directory, would end in the middle of it.
import { MessageChannel } from 'node:worker_threads'

/** Runs `work`; until it has settled the event loop has something to wait for. */
export async function keepAlive<Result>(work: () => Promise<Result>): Promise<Result> {
  const { port1 } = new MessageChannel()
  // A port with a listener holds the loop, without a timer that would wake it.
  port1.on('message', () => undefined)
  try {
    return await work()
  } finally {
    port1.close()
  }
}
