// The server of this repository as a benchmark runs it: `serve` from source, on a database of its
// own, with the options of `npm start`, and with production settings except that the rate limiter
// counts but never refuses.
import { constants, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, startServer } from './child-server.ts'
import type { TokenServer } from './measure.ts'

const main = join(import.meta.dirname, '../../src/main.ts')

export interface AuthserverOptions {
  /** Database to start from; it is copied and stays as it is. */
  readonly database: string
  /** Options for Node itself, before the program. */
  readonly nodeOptions: readonly string[]
  /** Settings on top of those below; none unless said. */
  readonly environment?: Readonly<Record<string, string>>
}

export interface Authserver extends TokenServer {
  readonly databasePath: string
  readonly metricsUrl: string
  /** Removes its data; after `stop`. */
  discard(): void
}

/** Starts a server on a copy of a database and resolves when it is ready. */
export async function startAuthserver(options: AuthserverOptions): Promise<Authserver> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-authserver-'))
  const databasePath = join(directory, 'data', 'authserver.db')
  mkdirSync(join(directory, 'data'), { mode: 0o700 })
  copyFileSync(options.database, databasePath, constants.COPYFILE_FICLONE)
  const port = await findFreePort()
  const adminPort = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const discard = (): void => rmSync(directory, { recursive: true })
  const child = await startServer({
    args: ['--max-semi-space-size=32', ...options.nodeOptions, main, 'serve'],
    readyUrl: `${origin}/ready`,
    environment: {
      AUTHPLANE_SERVER_ISSUER: origin,
      AUTHPLANE_SERVER_ADDRESS: `127.0.0.1:${port}`,
      AUTHPLANE_ADMIN_ADDRESS: `127.0.0.1:${adminPort}`,
      AUTHPLANE_STORAGE_SQLITE_PATH: databasePath,
      AUTHPLANE_SIGNING_KEY_PATH: join(directory, 'data', 'keys'),
      AUTHPLANE_LOG_LEVEL: 'warn',
      AUTHPLANE_RATE_LIMIT_RPS: '1000000',
      AUTHPLANE_RATE_LIMIT_BURST: '1000000',
      ...options.environment,
    },
  }).catch((error: unknown) => {
    discard()
    throw error
  })
  return {
    ...child,
    tokenUrl: `${origin}/oauth/token`,
    databasePath,
    metricsUrl: `http://127.0.0.1:${adminPort}/metrics`,
    discard,
  }
}
