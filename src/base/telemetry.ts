// What code on every floor may say about itself. Implementations live in src/telemetry.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Ids, counts and names; never a token, code, secret, proof or e-mail address. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Structured log: `message` is constant and greppable, what varies goes into `fields`. */
export type Log = {
  readonly [level in LogLevel]: (message: string, fields?: LogFields) => void
}

const nothing = (): void => undefined

/** A log that says nothing. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
