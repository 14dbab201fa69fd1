// Stops a server in good order again and again while clients ask for tokens over kept-alive
// connections (reliability B10). A connection that was closed while nothing was answered on it
// carried no request that the server had begun; one that was begun and failed shows as an answer
// other than a token, or as a row that no client holds.

import { seedLoad, startLoad, tokenIdsOf, unlimited } from '../e2e/token-load.ts'
import { chanceOf } from '../support/history-chance.ts'
import { startServer } from '../support/start-server.ts'

export interface StopReport {
  /** Exit status of each round; null = ended by a signal. */
  readonly statuses: readonly (number | null)[]
  readonly stopMs: readonly number[]
  readonly tokens: number
  /** Answers that are no tokens. */
  readonly refusals: number
  /** Ids of stored tokens whose client never got an answer. */
  readonly unanswered: readonly string[]
  /** Failures of connections that a closed listener or an idle connection does not explain. */
  readonly strangeFailures: readonly string[]
  /** What the server says when it stops waiting. */
  readonly cutOff: number
}

const expectedFailures = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])

/** Runs `rounds` of load and SIGTERM. */
export async function stopAgainAndAgain(rounds: number, seed: number): Promise<StopReport> {
  const chance = chanceOf(seed)
  const held = new Set<string>()
  const statuses: (number | null)[] = []
  const stopMs: number[] = []
  const strangeFailures: string[] = []
  let [refusals, cutOff] = [0, 0]
  let server = await startServer({ seed: seedLoad, environment: unlimited })
  try {
    for (let round = 0; round < rounds; round += 1) {
      if (round > 0) server = await server.restart()
      const load = startLoad(server.port)
      await load.tokens(Math.round(chance.between(20, 400)))
      const startedMs = performance.now()
      statuses.push(await server.terminate())
      stopMs.push(performance.now() - startedMs)
      await load.stop()
      if (/cut off/.test(server.log())) cutOff += 1
      const { bound, unbound } = tokenIdsOf(load.answers)
      for (const id of [...bound, ...unbound]) held.add(id)
      refusals += load.answers.filter(({ status }) => status !== 200).length
      const codes = load.failures.map((error) => String((error as NodeJS.ErrnoException).code))
      strangeFailures.push(...codes.filter((code) => !expectedFailures.has(code)))
    }
    const stored = server.rows(
      'SELECT id FROM issuances UNION ALL SELECT jti FROM unbound_machine_tokens',
    )
    const unanswered = stored.map(({ id }) => String(id)).filter((id) => !held.has(id))
    const tokens = held.size
    return { statuses, stopMs, tokens, refusals, unanswered, strangeFailures, cutOff }
  } finally {
    await server.stop()
  }
}
