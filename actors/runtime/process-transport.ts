// An actor in a process of its own, reached through a pair of connected Unix sockets: they have no
// name, so nobody else can connect. The first frame carries the deps; arguments and environment,
// which others can read, carry nothing.
import { type ChildProcess, spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { connectionDescriptor, type FromProcess, frameBytes, frameReader } from './byte-frames.ts'
import type { OpenTransport, ToActor, TransportListener } from './frames.ts'

export interface ProcessOptions {
  readonly entry: URL
  /** The configuration slice that this process needs, and nothing else. Plain data. */
  readonly deps: unknown
  /** All that the process sees of this one's environment. */
  readonly environment: Readonly<Record<string, string>>
  readonly nodeFlags: readonly string[]
}

/** How much of its last words on stderr is kept as the reason of its end. */
const lastWordsCharacters = 2000

/** Starts a process for each opening. */
export function processTransport(options: ProcessOptions): OpenTransport {
  return (listener) => {
    const child = spawn(
      process.execPath,
      [...options.nodeFlags, fileURLToPath(options.entry)],
      // Descriptors of this process stay here: those of the child are the four of this list.
      { env: options.environment, cwd: '/', stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
    )
    const socket = child.stdio?.[connectionDescriptor]
    const connection = socket instanceof Duplex ? socket : null
    let utilization = 0
    const watch = watchEnd(child, listener)
    const endNow = (): void => void child.kill('SIGKILL')
    // This process may exit while the child hangs and does not see its connection close.
    process.on('exit', endNow)
    void watch.ended.then(() => process.off('exit', endNow))

    const read = frameReader()
    connection?.on('data', (chunk: Buffer) => {
      for (const frame of framesOf(chunk)) {
        if (frame.type === 'utilization') utilization = frame.share
        else {
          if (frame.type === 'crash') watch.explain(frame.reason)
          listener.onFrame(frame)
        }
      }
    })
    // A broken pipe is told by the end of the child, which has the reason.
    connection?.on('error', () => undefined)
    connection?.write(frameBytes(options.deps))

    function framesOf(chunk: Buffer): readonly FromProcess[] {
      try {
        return read(chunk) as readonly FromProcess[]
      } catch (error) {
        watch.explain(`sent what is no frame: ${error}`)
        connection?.destroy()
        endNow()
        return []
      }
    }

    return {
      post: (frame: ToActor) => {
        if (connection?.writable) connection.write(frameBytes(frame))
      },
      async kill() {
        endNow()
        await watch.ended
      },
      utilization: () => utilization,
    }
  }
}

interface EndWatch {
  /** Resolves when the child is gone and all it said was read. */
  readonly ended: Promise<void>
  /** The reason of the end that is coming. */
  explain(reason: string): void
}

function watchEnd(child: ChildProcess, listener: TransportListener): EndWatch {
  let reason: string | null = null
  let lastWords = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString('utf8')).slice(-lastWordsCharacters)
  })
  const ended = new Promise<void>((resolve) => {
    const end = (why: string): void => {
      resolve()
      listener.onExit(reason ?? why)
    }
    child.once('close', (status, signal) => {
      const how = signal === null ? `status ${status}` : signal
      end(`process ended by ${how} ${lastWords}`.trimEnd())
    })
    child.once('error', (error) => {
      // Signals can fail too; only a process that never was has no other end.
      if (child.pid === undefined) end(`process could not be started: ${error.message}`)
    })
  })
  return {
    ended,
    explain: (why) => {
      reason = why
    },
  }
}
