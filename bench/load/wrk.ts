// Runs wrk, the load generator: closed loop, keep-alive connections, one thread beside the server.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type WrkScript = 'wrk-tokens.lua' | 'wrk-rotations.lua'

export interface LoadOptions {
  readonly url: string
  /** File with one request per line, as `script` reads it. */
  readonly requestsPath: string
  /** Which script makes the requests; `wrk-tokens.lua` unless said. */
  readonly script?: WrkScript
  readonly connections: number
  readonly seconds: number
}

export interface LoadReport {
  readonly requests: number
  readonly seconds: number
  readonly latencyMs: {
    readonly p50: number
    readonly p90: number
    readonly p99: number
    readonly p999: number
    readonly max: number
  }
}

const run = promisify(execFile)

/** Puts load on a server. @throws Error when any answer was not a success, or none came. */
export async function runWrk(options: LoadOptions): Promise<LoadReport> {
  const { stdout } = await run('wrk', [
    '-t1',
    `-c${options.connections}`,
    `-d${options.seconds}s`,
    '--timeout',
    '10s',
    '-s',
    join(import.meta.dirname, options.script ?? 'wrk-tokens.lua'),
    options.url,
    '--',
    options.requestsPath,
  ])
  const line = /^RESULT (.*)$/m.exec(stdout)?.[1]
  if (line === undefined) throw new Error(`wrk gave no report:\n${stdout}`)
  const report = JSON.parse(line) as Readonly<Record<string, number>>
  const count = (name: string): number => report[name] ?? Number.NaN
  if (count('refused') !== 0 || count('broken') !== 0 || count('requests') === 0) {
    throw new Error(`not every request was answered with a token: ${line}`)
  }
  return {
    requests: count('requests'),
    seconds: count('micros') / 1e6,
    latencyMs: {
      p50: count('p50') / 1000,
      p90: count('p90') / 1000,
      p99: count('p99') / 1000,
      p999: count('p999') / 1000,
      max: count('max') / 1000,
    },
  }
}
