// Drives the signer's definition by hand: start, one handler at a time, stop. Time is moved by the
// test; directories are real and removed at the end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Handler } from '../../actors/runtime/define-actor.ts'
import type { Kind, Outcome, RequestOf } from '../../actors/runtime/protocol.ts'
import type { SignerNotice, SignerProtocol, SignerSlice } from '../../actors/signer/protocol.ts'
import { type SignerState, signerActor } from '../../actors/signer/signer-actor.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { Log, LogFields } from '../../src/base/telemetry.ts'
import type { AccessTokenClaims } from '../../src/oauth/access-token.ts'

export const issuer = 'https://auth.example.com'
export const random = systemRandom()

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly fields: LogFields | undefined
}

/** A directory of this test only. */
export function tempDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'signer-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

export function recordingLog(): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields })
  }
  return {
    log: {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      isEnabled: () => true,
    },
    lines,
  }
}

/** A clock that stands still until the test moves it; timers that fall due run in order. */
export interface HandClock extends Clock {
  advance(ms: number): void
}

export function handClock(): HandClock {
  let elapsedMs = 0
  let timers: { readonly atMs: number; readonly work: () => void }[] = []
  const baseMs = Date.now()
  return {
    nowMs: () => baseMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    after: (delayMs, work) => {
      const timer = { atMs: elapsedMs + delayMs, work }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    soon: systemClock.soon,
    advance: (ms) => {
      const untilMs = elapsedMs + ms
      for (;;) {
        const [due] = timers
          .filter((timer) => timer.atMs <= untilMs)
          .sort((a, b) => a.atMs - b.atMs)
        if (due === undefined) break
        timers = timers.filter((other) => other !== due)
        elapsedMs = due.atMs
        due.work()
      }
      elapsedMs = untilMs
    },
  }
}

export interface Signer {
  readonly state: SignerState
  readonly lines: LogLine[]
  readonly notices: SignerNotice[]
  /** Resolves with the next notice. */
  readonly nextNotice: () => Promise<SignerNotice>
  ask<K extends Kind<SignerProtocol>>(
    kind: K,
    request: RequestOf<SignerProtocol, K>,
  ): Promise<Outcome<SignerProtocol, K>>
  stop(): void
}

export interface SignerOptions extends Partial<SignerSlice> {
  readonly keyPath: string
  readonly clock?: Clock
}

/** A started signer, stopped at the end of the test. */
export async function startSigner(t: TestContext, options: SignerOptions): Promise<Signer> {
  const { clock = handClock(), ...changes } = options
  const slice: SignerSlice = {
    issuer,
    algorithm: 'ES256',
    tokenLifeSecondsMax: 3600,
    rotationGapMs: 0,
    ...changes,
  }
  const { log, lines } = recordingLog()
  const notices: SignerNotice[] = []
  let waiting: ((notice: SignerNotice) => void)[] = []
  const notify = (notice: SignerNotice): void => {
    notices.push(notice)
    for (const resolve of waiting) resolve(notice)
    waiting = []
  }
  const context = { name: 'signer', clock, log, notify }
  const state = await signerActor.start(slice, context)
  let isRunning = true
  const stop = (): void => {
    if (isRunning) void signerActor.stop(state)
    isRunning = false
  }
  t.after(stop)
  return {
    state,
    lines,
    notices,
    nextNotice: () => new Promise((resolve) => waiting.push(resolve)),
    ask: (kind, request) => handle(state, kind, request),
    stop,
  }
}

async function handle<K extends Kind<SignerProtocol>>(
  state: SignerState,
  kind: K,
  request: RequestOf<SignerProtocol, K>,
): Promise<Outcome<SignerProtocol, K>> {
  const handler = signerActor.handlers[kind] as Handler<SignerProtocol, SignerState, K>
  if ('each' in handler) return (await handler.each(state, request)) as Outcome<SignerProtocol, K>
  if (!('batch' in handler)) throw new Error(`${kind} has no handler of its own`)
  const [outcome] = await handler.batch(state, [request])
  return outcome as Outcome<SignerProtocol, K>
}

/** The reply of an outcome that must not be a refusal. */
export function replyOf<Reply>(
  outcome: { readonly ok: true; readonly reply: Reply } | { readonly ok: false },
): Reply {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`)
  return outcome.reply
}

/** Claims that the policy accepts at `clock`'s time. */
export function goodClaims(clock: Clock): AccessTokenClaims {
  const nowSeconds = Math.floor(clock.nowMs() / 1000)
  return {
    iss: issuer,
    sub: 'client-1',
    aud: ['https://mcp.example.com/v1'],
    client_id: 'client-1',
    scope: 'tools:read tools:write',
    jti: random.uuidV7(clock.nowMs()),
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + 900,
  }
}
