// Starts the real server as a process of its own, in a directory of its own and on free ports, and
// keeps what it logs.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Services } from '../../src/flows/services.ts'
import { createInlineServices } from './inline-services.ts'

export interface StartOptions {
  /** `AUTHPLANE_…` variables on top of those that place the server. */
  readonly environment?: Readonly<Record<string, string>>
  /** Path of the issuer, with its slash; empty = none. */
  readonly issuerPath?: string
  /** Writes to the database before the server opens it. */
  readonly seed?: (services: Services) => Promise<void>
}

export interface RunningServer {
  readonly issuer: string
  /** Scheme, host and port of the public listener. */
  readonly baseUrl: string
  readonly port: number
  readonly adminUrl: string
  readonly pid: number
  /** Holds database, keys and generated secrets. */
  readonly dataDirectory: string
  readonly adminKeyPath: string
  /** Everything written to stdout and stderr so far. */
  log(): string
  /** Resolves with the first log line, past or future, that has this message. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>>
  /** Resolves when the log contains `text` somewhere. */
  logContains(text: string): Promise<void>
  adminKey(): string
  /** Rows of a query on a connection of its own, beside the running server. */
  rows(sql: string, ...values: readonly unknown[]): readonly Record<string, unknown>[]
  /** Changes the database behind the server's back. */
  execute(sql: string): void
  signal(name: NodeJS.Signals): void
  /** Ends the server as an operator does; resolves with its exit status. */
  terminate(): Promise<number | null>
  /** Ends it if it still runs, and removes its directory. */
  stop(): Promise<void>
}

const entry = join(import.meta.dirname, '../../src/main.ts')
const logMsMax = 30_000

/** Starts a server and waits until it is ready. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-process-'))
  const dataDirectory = join(directory, 'data')
  const [port, adminPort] = await freePorts()
  const issuer = `http://127.0.0.1:${port}${options.issuerPath ?? ''}`
  if (options.seed !== undefined) await seedInto(dataDirectory, { issuer, seed: options.seed })
  const child = spawn(process.execPath, [entry, 'serve'], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      AUTHPLANE_SERVER_ISSUER: issuer,
      AUTHPLANE_SERVER_ADDRESS: `127.0.0.1:${port}`,
      AUTHPLANE_ADMIN_ADDRESS: `127.0.0.1:${adminPort}`,
      AUTHPLANE_STORAGE_SQLITE_PATH: join(dataDirectory, 'authserver.db'),
      AUTHPLANE_SIGNING_KEY_PATH: join(dataDirectory, 'keys'),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = captureLog(child)
  try {
    await log.logged('ready')
  } catch (error) {
    child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
  const database = new Database(join(dataDirectory, 'authserver.db'))
  const baseUrl = `http://127.0.0.1:${port}`
  const ready = await fetch(`${baseUrl}/ready`)
  assert.equal(ready.status, 200, await ready.text())
  assert.ok(child.pid !== undefined)
  return {
    issuer,
    baseUrl,
    port,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    pid: child.pid,
    dataDirectory,
    adminKeyPath: join(dataDirectory, 'admin.key'),
    ...log,
    adminKey: () => readFileSync(join(dataDirectory, 'admin.key'), 'utf8').trim(),
    rows: (sql, ...values) => database.prepare(sql).all(...values) as Record<string, unknown>[],
    execute: (sql) => void database.exec(sql),
    signal: (name) => void child.kill(name),
    terminate: () => end(child, 'SIGTERM'),
    stop: async () => {
      await end(child, 'SIGKILL')
      database.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function seedInto(
  directory: string,
  given: { readonly issuer: string; readonly seed: (services: Services) => Promise<void> },
): Promise<void> {
  const inline = await createInlineServices({ issuer: given.issuer, directory })
  try {
    await given.seed(inline.services)
  } finally {
    await inline.stop()
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'close')
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

type LogLine = Readonly<Record<string, unknown>>

function captureLog(child: ChildProcess): Pick<RunningServer, 'log' | 'logged' | 'logContains'> {
  let text = ''
  const waiting = new Set<() => void>()
  const add = (chunk: Buffer): void => {
    text += chunk.toString('utf8')
    for (const look of waiting) look()
  }
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  const found = (needle: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer)
        waiting.delete(look)
        child.off('close', giveUp)
        then()
      }
      const giveUp = (): void =>
        settle(() => reject(new Error(`the server never logged ${needle}; it said:\n${text}`)))
      const look = (): void => {
        if (text.slice(0, text.lastIndexOf('\n') + 1).includes(needle)) settle(resolve)
      }
      const timer = setTimeout(giveUp, logMsMax)
      waiting.add(look)
      child.once('close', giveUp)
      look()
    })
  const logged = async (message: string): Promise<LogLine> => {
    const needle = `"msg":${JSON.stringify(message)}`
    await found(needle)
    return JSON.parse(text.split('\n').find((line) => line.includes(needle)) ?? '')
  }
  return { log: () => text, logged, logContains: found }
}

/** Two ports that nobody uses now: the issuer names its port, so it is chosen before the start. */
async function freePorts(): Promise<readonly [number, number]> {
  const sockets = [createServer(), createServer()] as const
  const ports = await Promise.all(
    sockets.map(async (socket) => {
      socket.listen(0, '127.0.0.1')
      await once(socket, 'listening')
      const address = socket.address()
      assert.ok(typeof address === 'object' && address !== null)
      return address.port
    }),
  )
  for (const socket of sockets) {
    socket.close()
    await once(socket, 'close')
  }
  const [first, second] = ports
  assert.ok(first !== undefined && second !== undefined)
  return [first, second]
}
