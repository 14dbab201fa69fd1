// Runs the program to its end: a command, or a server whose start is expected to fail.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { serverEntry } from '../support/start-server.ts'

export interface Ending {
  /** Null when it was ended by a signal. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** All variables of the process. */
  readonly environment: NodeJS.ProcessEnv
  /** Who runs it; the user of the test unless said. */
  readonly uid?: number
  /** The program; `serverEntry` unless said. */
  readonly entry?: string
}

/** A command that does not end by itself is ended, so that its test can fail. */
const runMsMax = 15_000

/** Runs `authserver …args`. */
export async function runCommand(args: readonly string[], options: RunOptions): Promise<Ending> {
  const child = spawn(process.execPath, [options.entry ?? serverEntry, ...args], {
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: runMsMax,
    killSignal: 'SIGKILL',
    ...(options.uid === undefined ? null : { uid: options.uid, gid: options.uid }),
  })
  const out: Buffer[] = []
  const error: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => error.push(chunk))
  await once(child, 'close')
  return {
    status: child.exitCode,
    stdout: Buffer.concat(out).toString('utf8'),
    stderr: Buffer.concat(error).toString('utf8'),
  }
}
