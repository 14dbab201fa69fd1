// Runs the stand-in for a collector beside a server that is measured.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const program = join(import.meta.dirname, 'collector-server.ts')

export interface CollectorProcess {
  /** `host:port`, without TLS. */
  readonly endpoint: string
  /** Ends it; resolves with the bytes that it has received. */
  stop(): Promise<number>
}

/** Starts a collector in a process of its own. */
export async function startCollector(): Promise<CollectorProcess> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (text: Buffer) => {
    output += text
  })
  await once(child.stdout, 'data')
  return {
    endpoint: `127.0.0.1:${output.trim()}`,
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'close')
      return Number(output.trim().split('\n').at(-1))
    },
  }
}
