// Starts the real server as a process of its own, in a directory of its own and on free ports, and
// keeps what it logs.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { Services } from '../../src/flows/services.ts'
import { createInlineServices } from './inline-services.ts'
import { type ChildLog, captureLog, endChild, endedChild } from './server-child.ts'
import { placeFor } from './temporary-directory.ts'

export interface StartOptions {
  /** `AUTHPLANE_…` variables on top of those that place the server. */
  readonly environment?: Readonly<Record<string, string>>
  /** Path of the issuer, with its slash; empty = none. */
  readonly issuerPath?: string
  /** Writes to the database before the server opens it. */
  readonly seed?: (services: Services) => Promise<void>
  /** Of the caller, who also removes it; one of its own unless said. */
  readonly directory?: string
  /** The program; `serverEntry` unless said. */
  readonly entry?: string
}

export interface RunningServer extends ChildLog {
  readonly issuer: string
  /** Scheme, host and port of the public listener. */
  readonly baseUrl: string
  readonly port: number
  readonly adminUrl: string
  readonly pid: number
  /** Holds database, keys and generated secrets. */
  readonly dataDirectory: string
  /** All variables of the process, for commands beside it. */
  readonly environment: NodeJS.ProcessEnv
  readonly adminKeyPath: string
  adminKey(): string
  /** Rows of a query on a connection of its own, beside the running server. */
  rows(sql: string, ...values: readonly unknown[]): readonly Record<string, unknown>[]
  /** Changes the database behind the server's back. */
  execute(sql: string): void
  signal(name: NodeJS.Signals): void
  /** Resolves when it has ended, by whomever, with its exit status; null = by a signal. */
  ended(): Promise<number | null>
  /** Ends the server as an operator does; resolves with its exit status. */
  terminate(): Promise<number | null>
  /** Ends the server as a crash does. */
  kill(): Promise<void>
  /** Lets `strike` end the server as a crash does; resolves with its exit status. */
  endedBy(strike: () => unknown): Promise<number | null>
  /** Ends the server as a crash does and starts another one in its place. */
  restart(): Promise<RunningServer>
  /** Ends it if it still runs, and removes its directory. */
  stop(): Promise<void>
}

/** What stays the same when a server is started again. */
interface Place {
  readonly entry: string
  readonly directory: string
  readonly port: number
  readonly adminPort: number
  readonly issuer: string
  /** Of the process, complete. */
  readonly environment: NodeJS.ProcessEnv
  readonly discard: () => void
}

/** The program under test: the sources, or what AUTHSERVER_ENTRY names, such as dist/main.js. */
export const serverEntry = resolve(
  process.env['AUTHSERVER_ENTRY'] ?? join(import.meta.dirname, '../../src/main.ts'),
)

/** Starts a server and waits until it is ready. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const place = await makePlace(options)
  try {
    const { issuer } = place
    const { seed } = options
    if (seed !== undefined) await seedInto(dataDirectoryOf(place), { issuer, seed })
    return await launch(place)
  } catch (error) {
    place.discard()
    throw error
  }
}

async function makePlace(options: StartOptions): Promise<Place> {
  const { path: directory, discard } = placeFor(options.directory, 'authserver-process')
  const [port, adminPort] = await freePorts()
  const issuer = `http://127.0.0.1:${port}${options.issuerPath ?? ''}`
  return {
    entry: options.entry ?? serverEntry,
    directory,
    port,
    adminPort,
    issuer,
    environment: {
      ...serverEnvironment(join(directory, 'data')),
      AUTHPLANE_SERVER_ISSUER: issuer,
      AUTHPLANE_SERVER_ADDRESS: `127.0.0.1:${port}`,
      AUTHPLANE_ADMIN_ADDRESS: `127.0.0.1:${adminPort}`,
      ...options.environment,
    },
    discard,
  }
}

/** Variables of a process that keeps everything in `dataDirectory`. */
export function serverEnvironment(dataDirectory: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    AUTHPLANE_STORAGE_SQLITE_PATH: join(dataDirectory, 'authserver.db'),
    AUTHPLANE_SIGNING_KEY_PATH: join(dataDirectory, 'keys'),
  }
}

const dataDirectoryOf = ({ directory }: Place): string => join(directory, 'data')

/** Whether the level of its log lets a server say that it is ready. */
function isTold({ AUTHPLANE_LOG_LEVEL: level = 'info' }: NodeJS.ProcessEnv): boolean {
  return level === 'info' || level === 'debug'
}

/** Resolves when a server that says nothing answers. @throws Error when it has ended. */
async function answers(child: ChildProcess, baseUrl: string): Promise<void> {
  for (;;) {
    try {
      await fetch(`${baseUrl}/livez`)
      return
    } catch {
      if (child.exitCode !== null) throw new Error('the server ended at its start')
      await setTimeout(20)
    }
  }
}

async function launch(place: Place): Promise<RunningServer> {
  const { entry, directory, port, adminPort, issuer, environment } = place
  const dataDirectory = dataDirectoryOf(place)
  const child = spawn(process.execPath, [entry, 'serve'], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = captureLog(child)
  const baseUrl = `http://127.0.0.1:${port}`
  try {
    if (isTold(environment)) await log.logged('ready')
    else await answers(child, baseUrl)
    const ready = await fetch(`${baseUrl}/ready`)
    assert.equal(ready.status, 200, await ready.text())
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  const database = new Database(join(dataDirectory, 'authserver.db'))
  assert.ok(child.pid !== undefined)
  const endedBy = async (strike: () => unknown): Promise<number | null> => {
    // First: the last connection of all would copy the log that the crash has to leave behind.
    database.close()
    const ended = endedChild(child)
    await strike()
    return ended
  }
  const kill = async (): Promise<void> => {
    await endedBy(() => child.kill('SIGKILL'))
  }
  return {
    issuer,
    baseUrl,
    port,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    pid: child.pid,
    dataDirectory,
    environment,
    adminKeyPath: join(dataDirectory, 'admin.key'),
    ...log,
    adminKey: () => readFileSync(join(dataDirectory, 'admin.key'), 'utf8').trim(),
    rows: (sql, ...values) => database.prepare(sql).all(...values) as Record<string, unknown>[],
    execute: (sql) => void database.exec(sql),
    signal: (name) => void child.kill(name),
    ended: () => endedChild(child),
    terminate: () => endChild(child, 'SIGTERM'),
    kill,
    endedBy,
    restart: async () => {
      await kill()
      return launch(place)
    },
    stop: async () => {
      await kill()
      place.discard()
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

/** Two ports that nobody uses now: the issuer names its port, so it is chosen before the start. */
export async function freePorts(): Promise<readonly [number, number]> {
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
