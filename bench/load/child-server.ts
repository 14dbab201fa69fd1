// Runs a server in a process of its own: starts it, waits until it answers, stops it, and fails
// with what it said when any of that does not work.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerCommand {
  /** Arguments of the same Node that runs the benchmark. */
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Answers 200 when the server is ready. */
  readonly readyUrl: string
}

export interface ChildServer {
  readonly pid: number
  /** Ends the process in good order. @throws Error when it does not end, or with a bad status. */
  stop(): Promise<void>
}

const startMsMax = 30_000
const stopMsMax = 20_000
const pollMs = 25
const outputCharactersKept = 4000

/** Starts a server and resolves when it is ready. @throws Error with its output when it is not. */
export async function startServer(command: ServerCommand): Promise<ChildServer> {
  const child = spawn(process.execPath, command.args, {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (text: Buffer): void => {
    output = (output + text).slice(-outputCharactersKept)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const exited = once(child, 'exit')

  const { pid } = child
  if (pid === undefined) throw new Error('the server process could not be started')
  const deadlineMs = performance.now() + startMsMax
  while (!(await answers(command.readyUrl))) {
    if (child.exitCode !== null) throw new Error(`the server ended at its start:\n${output}`)
    if (performance.now() > deadlineMs) {
      child.kill('SIGKILL')
      throw new Error(`the server is not ready after ${startMsMax} ms:\n${output}`)
    }
    await sleep(pollMs)
  }

  return {
    pid,
    async stop() {
      child.kill('SIGTERM')
      const killing = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
      await exited
      clearTimeout(killing)
      if (child.exitCode !== 0) throw new Error(`the server ended with a failure:\n${output}`)
    },
  }
}

/** A port of the loopback interface that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was assigned')
  return address.port
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
