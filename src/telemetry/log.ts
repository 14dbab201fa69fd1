// The structured log (spec 08 §3) on pino: one JSON object, or one readable line, per event on
// stdout, and by OTLP where that is asked for. No value of a field can end a line, begin a new one
// or control a terminal.
import { getCallSites } from 'node:util'
import pino from 'pino'
import { systemClock } from '../base/clock.ts'
import type { Log, LogFields, LogLevel } from '../base/telemetry.ts'
import type { LogRecord } from './otlp-logs.ts'

/** A log of one component. */
export interface ServiceLog extends Log {
  /** The same log for another component. */
  child(component: string): ServiceLog
  /** Writes what is still in memory; for the end of the process. */
  flush(): void
}

export interface LogOptions {
  readonly level: LogLevel
  readonly format: 'json' | 'text'
  /** Adds file and line of the code that says it: 4 µs more per line. */
  readonly addSource: boolean
  /** Where lines go, each with its newline; null = stdout. */
  readonly write: ((line: string) => void) | 'nowhere' | null
  /** Takes every line as a record; null = nobody. */
  readonly sink: ((record: LogRecord) => void) | null
}

/** Bytes that wait for a slow reader of stdout. Beyond them lines are dropped; nobody waits. */
const waitingBytesMax = 16 * 1024 * 1024

/** Makes the log of the component `server`. */
export function createLog({ level, format, addSource, write, sink }: LogOptions): ServiceLog {
  const stdout = write === null ? openStdout() : null
  const put = write ?? ((line: string) => void stdout?.write(line))
  const root = pinoWith(level, format === 'text' && put !== 'nowhere' ? textTo(put) : put)
  const of = (component: string): ServiceLog => {
    const writer =
      (name: LogLevel) =>
      (message: string, fields?: LogFields): void => {
        if (!root.isLevelEnabled(name)) return
        const line = lineFields(component, fields)
        if (addSource && line['component'] === component) line['source'] = callerOf()
        const text = cleanText(message)
        if (put !== 'nowhere') root[name](line, text)
        sink?.({ atMs: systemClock.nowMs(), level: name, message: text, fields: line })
      }
    return {
      debug: writer('debug'),
      info: writer('info'),
      warn: writer('warn'),
      error: writer('error'),
      isEnabled: (name) => root.isLevelEnabled(name),
      child: of,
      flush: () => stdout?.flushSync(),
    }
  }
  return of('server')
}

function openStdout() {
  const stdout = pino.destination({ dest: 1, sync: false, maxLength: waitingBytesMax })
  // A full disk or a closed pipe must not end the server, and there is nobody left to tell.
  stdout.on('error', () => undefined)
  return stdout
}

function textTo(put: (line: string) => void): (line: string) => void {
  return (line) => put(toText(line))
}

function pinoWith(level: LogLevel, put: ((line: string) => void) | 'nowhere') {
  return pino(
    {
      level,
      messageKey: 'msg',
      base: { service: 'authserver' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
    },
    { write: put === 'nowhere' ? () => undefined : put },
  )
}

/** `src/file.ts:12` of whoever called; the lines of workers come by frame and have no caller. */
function callerOf(): string | undefined {
  const caller = getCallSites(3)[2]
  if (caller === undefined) return undefined
  return `${caller.scriptName.replace(/^.*\/(?=(?:src|actors|dist)\/)/, '')}:${caller.lineNumber}`
}

/** Keys of every line. A field with such a name would appear twice, and readers take the last. */
const ownKeys: ReadonlySet<string> = new Set(['time', 'level', 'msg', 'service'])

type Line = Record<string, LogFields[string]>

function lineFields(component: string, fields: LogFields | undefined): Line {
  // A worker's lines arrive through its parent and name their component themselves.
  const line: Line = { component }
  if (fields === undefined) return line
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    line[ownKeys.has(name) ? `field_${name}` : name] =
      typeof value === 'string' ? cleanText(value) : value
  }
  return line
}

const textBytesMax = 2048

// DEL and the C1 controls steer terminals, U+2028 and U+2029 end lines, and direction marks reorder
// what is read; JSON leaves all of them as they are. C0 controls it escapes itself.
const unsafe = /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

function cleanText(text: string): string {
  const short = text.length * 3 <= textBytesMax ? text : cutText(text)
  return short.replace(unsafe, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** At most `textBytesMax` bytes of UTF-8 and an ellipsis; no character is cut in half. */
function cutText(text: string): string {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.byteLength <= textBytesMax) return text
  let end = textBytesMax
  while (((bytes[end] as number) & 0xc0) === 0x80) end -= 1
  return `${bytes.toString('utf8', 0, end)}…`
}

/** The readable form of a JSON line: time, level, component, message, then fields as key=value. */
function toText(json: string): string {
  const { time, level, component, msg, service: _, ...fields } = JSON.parse(json)
  const escaped = JSON.stringify(msg).slice(1, -1)
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${textValue(value)}`)
  return `${time} ${String(level).padEnd(5)} ${textValue(component)}: ${escaped}${pairs.join('')}\n`
}

/** Bare when it is a plain word or number, else quoted with everything escaped. */
function textValue(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value)
}
