// One visit to a server that was just started: check a token, warm up, measure, stop.
import { type Authserver, type AuthserverOptions, startAuthserver } from './authserver.ts'
import { countIssuances } from './bulk-issuances.ts'
import { checkToken } from './check-token.ts'
import { type Measurement, measure, type TokenServer } from './measure.ts'
import type { Population } from './population.ts'

export interface SessionOptions {
  readonly population: Population
  readonly requestsPath: string
  readonly warmupSeconds: number
  /** What is measured, one after another on the same process. */
  readonly loads: readonly { readonly connections: number; readonly seconds: number }[]
}

/**
 * Measures a fresh server and stops it. @throws Error when any request was not answered with a
 * token.
 */
export async function measureSession(
  server: TokenServer,
  options: SessionOptions,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = []
  try {
    await checkToken(server, options.population)
    const { requestsPath } = options
    const [first] = options.loads
    if (first !== undefined && options.warmupSeconds > 0) {
      await measure(server, { ...first, requestsPath, seconds: options.warmupSeconds })
    }
    for (const load of options.loads) {
      measurements.push(await measure(server, { ...load, requestsPath }))
    }
  } finally {
    await server.stop()
  }
  return measurements
}

export interface AuthserverSession extends AuthserverOptions {
  readonly issuancesBefore: number
  /** Does something beside the load, until what it returns is called; nothing unless said. */
  readonly beside?: (server: Authserver) => () => Promise<void>
}

/** The same for our own server; every token it answered with must be in its database afterwards. */
export async function measureAuthserver(
  start: AuthserverSession,
  options: SessionOptions,
): Promise<readonly Measurement[]> {
  const server = await startAuthserver(start)
  try {
    const stopBeside = start.beside?.(server) ?? nothingToStop
    const stop = async (): Promise<void> => {
      await stopBeside()
      await server.stop()
    }
    const measurements = await measureSession({ ...server, stop }, options)
    expectDurable(server, start.issuancesBefore, measurements)
    return measurements
  } finally {
    server.discard()
  }
}

const nothingToStop = (): Promise<void> => Promise.resolve()

function expectDurable(
  server: Authserver,
  before: number,
  measurements: readonly Measurement[],
): void {
  const answered = measurements.reduce((sum, { tokens }) => sum + tokens, 0)
  const kept = countIssuances(server.databasePath) - before
  if (kept < answered) throw new Error(`${answered} tokens were issued, ${kept} are known`)
}
