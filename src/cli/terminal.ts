// What a command sees of its surroundings: where its lines go, whether a person reads them there,
// and the environment variables that stand in for options (spec 05 §8).
import { isatty } from 'node:tty'
import { limits } from '../base/limits.ts'
import { readCliVariable } from '../config/environment.ts'
import { readHidden } from './hidden-input.ts'

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
  /** Whether a person can be asked. */
  readonly isInputTerminal: boolean
  /** Asks the person for a line that is not shown. @throws Error when it is broken off. */
  readHidden(prompt: string): Promise<string>
  /** The standard input to its end, or more than any option may hold. */
  readInput(): Promise<string>
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
    isInputTerminal: isatty(0) && isatty(2),
    readHidden: (prompt) => readHidden(process.stdin, error.write, prompt),
    readInput,
  }
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk)
    length += chunk.length
    if (length > limits.cliInputBytesMax) break
  }
  return Buffer.concat(chunks).toString('utf8')
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
