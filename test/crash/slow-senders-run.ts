// Measures what slow senders cost all others: the rate of tokens with them, as a share of the rates
// before and after.
import { measureCapacity, peakConnections, send, startLoadedServer } from './overload-run.ts'
import { startSlowSenders } from './slow-senders.ts'

export interface SlowSendersOptions {
  readonly senders: number
  readonly seconds: number
  readonly rounds: number
}

export interface SlowSendersReport {
  /** Median of the rounds. */
  readonly share: number
  /** The fewest that were still there at the end of a measurement. */
  readonly stayed: number
}

/** Measures without, with, without, and so on: the machine has other work too. */
export async function rateBeside(options: SlowSendersOptions): Promise<SlowSendersReport> {
  const { senders, seconds, rounds } = options
  const server = await startLoadedServer({})
  try {
    let without = await measureCapacity(server, seconds)
    const shares: number[] = []
    let stayed = senders
    for (let round = 0; round < rounds; round += 1) {
      const slow = await startSlowSenders(server.port, senders)
      const beside = await send(server, { connections: peakConnections, perSecond: null, seconds })
      stayed = Math.min(stayed, slow.open())
      slow.stop()
      const after = await measureCapacity(server, seconds)
      shares.push(beside.tokens / beside.seconds / ((without + after) / 2))
      without = after
    }
    shares.sort((a, b) => a - b)
    return { share: shares[Math.floor(rounds / 2)] ?? 0, stayed }
  } finally {
    await server.stop()
  }
}
