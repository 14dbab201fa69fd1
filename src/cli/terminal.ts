// What a command sees of its surroundings: where its lines go, whether a person reads them there,
// and the environment variables that stand in for options (spec 05 §8).
import { isatty } from 'node:tty'
import { readCliVariable } from '../config/environment.ts'

export interface Terminal {
  writeOut(text: string): void
  writeError(text: string): void
  /**
   * Resolves when all that was written has left the process: a pipe takes 64 KiB at once and the
   * rest when its reader gets to it. Rejects when it cannot be written.
   */
  flushed(): Promise<void>
  /** Value of a variable, or null when it is absent or empty. */
  readVariable(name: `AUTHSERVER_${string}`): string | null
  /** Whether a person reads what is written out, and not a file or another program. */
  readonly isTerminal: boolean
  /** Width of that terminal. */
  readonly columns: number
  /** The same of what is written as errors: progress is shown there only. */
  readonly isErrorTerminal: boolean
}

const columnsUnlessKnown = 80

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const out = outletOf(() => process.stdout)
  const error = outletOf(() => process.stderr)
  const isTerminal = isatty(1)
  return {
    writeOut: out.write,
    writeError: error.write,
    flushed: async () => {
      await error.flushed()
      await out.flushed()
    },
    readVariable: readCliVariable,
    isTerminal,
    columns: (isTerminal ? process.stdout.columns : 0) || columnsUnlessKnown,
    isErrorTerminal: isatty(2),
  }
}

interface Outlet {
  readonly write: (text: string) => void
  readonly flushed: () => Promise<void>
}

/**
 * A stream that is opened when something is written: opening makes the descriptor non-blocking,
 * which the log of a server that shares it need not know.
 */
function outletOf(open: () => NodeJS.WriteStream): Outlet {
  let stream: NodeJS.WriteStream | null = null
  let failure: Error | null = null
  const opened = (): NodeJS.WriteStream => {
    if (stream !== null) return stream
    stream = open()
    // Without a listener a closed pipe or a full disk would end the process where it stands.
    stream.on('error', (error) => {
      failure ??= error
    })
    return stream
  }
  return {
    write: (text) => {
      if (failure === null) opened().write(text)
    },
    flushed: () =>
      new Promise((resolve, reject) => {
        if (stream === null) return resolve()
        stream.write('', (error) => {
          const reason = failure ?? error
          if (reason) reject(reason)
          else resolve()
        })
      }),
  }
}
