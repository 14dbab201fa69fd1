// A server that works does not grow (the short form of bench/memory.ts): after a warm-up, memory of
// its own stays within a bound that a leak of one kilobyte per token would break.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startServer } from '../support/start-server.ts'
import { seedLoad, startLoad, unlimited } from './token-load.ts'

/** Until then the collector still raises the bounds of its heaps, by some 30 MB. */
const warmUpTokens = 50_000
const moreTokens = 30_000
const growthMbMax = 24

const noProc = process.platform === 'linux' ? false : 'memory is read from /proc'

test('30,000 tokens leave nothing behind in memory', { skip: noProc }, async () => {
  const server = await startServer({ seed: seedLoad, environment: unlimited })
  try {
    const load = startLoad(server.port)
    await load.tokens(warmUpTokens)
    const beforeMb = await lowestMb(server.pid, () => load.tokens(load.answers.length + 1000))
    await load.tokens(warmUpTokens + moreTokens)
    const afterMb = await lowestMb(server.pid, () => load.tokens(load.answers.length + 1000))
    await load.stop()

    const grownMb = afterMb - beforeMb
    assert.ok(grownMb <= growthMbMax, `${beforeMb} MB, then ${afterMb} MB`)
  } finally {
    await server.stop()
  }
})

/** The lowest of a few looks under load: what is between collections is no growth. */
async function lowestMb(pid: number, work: () => Promise<void>): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let look = 0; look < 5; look += 1) {
    await work()
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const kilobytes = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1])
    lowest = Math.min(lowest, Math.round(kilobytes / 1024))
  }
  return lowest
}
