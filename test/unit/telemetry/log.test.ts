// Shape and safety of log lines (spec 08 §3).
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { LogLevel } from '../../../src/base/telemetry.ts'
import { createLog, type ServiceLog } from '../../../src/telemetry/log.ts'
import type { LogRecord } from '../../../src/telemetry/otlp-logs.ts'

function capture(
  format: 'json' | 'text',
  level: LogLevel,
): { readonly log: ServiceLog; readonly lines: string[] } {
  const lines: string[] = []
  const log = createLog({
    level,
    format,
    addSource: false,
    write: (line) => lines.push(line),
    sink: null,
  })
  return { log, lines }
}

function onlyLine(lines: readonly string[]): string {
  assert.equal(lines.length, 1)
  const [line = ''] = lines
  assert.equal(line.indexOf('\n'), line.length - 1, 'exactly one line, with its end')
  return line
}

const controls = String.fromCodePoint(0x1b, 0x9b, 0x7f, 0x85, 0x2028, 0x2029, 0x202e, 0x0a, 0x0d, 0)

test('a JSON line has time, level, service, component, msg and the fields', () => {
  const { log, lines } = capture('json', 'info')

  log.child('http').warn('http request', { status: 404, ok: false, none: null, gone: undefined })

  const { time, ...rest } = JSON.parse(onlyLine(lines))
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(rest, {
    level: 'WARN',
    service: 'authserver',
    component: 'http',
    status: 404,
    ok: false,
    none: null,
    msg: 'http request',
  })
})

test('levels are upper case words', () => {
  const { log, lines } = capture('json', 'debug')

  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('x')

  assert.deepEqual(
    lines.map((line) => JSON.parse(line).level),
    ['DEBUG', 'INFO', 'WARN', 'ERROR'],
  )
})

test('lines below the level are not written, and isEnabled says so', () => {
  const { log, lines } = capture('json', 'warn')

  log.info('x')
  log.child('a').debug('y')

  assert.deepEqual(lines, [])
  assert.deepEqual(
    [log.isEnabled('info'), log.isEnabled('warn'), log.child('a').isEnabled('error')],
    [false, true, true],
  )
})

for (const format of ['json', 'text'] as const) {
  test(`nobody can forge, split or colour a ${format} line through a field or message`, () => {
    const { log, lines } = capture(format, 'info')

    log.info(`event ${controls}`, { user_agent: `a${controls}{"level":"ERROR"} msg="x"` })

    const line = onlyLine(lines).slice(0, -1)
    assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029\u202e]/u)
  })

  test(`a ${format} line keeps at most 2 KB of a string and cuts between characters`, () => {
    const { log, lines } = capture(format, 'info')

    log.info('x', { long: `a${'ü'.repeat(100_000)}`, fits: 'b'.repeat(2048) })

    const line = onlyLine(lines)
    assert.ok(Buffer.byteLength(line) < 2 * 2048 + 300)
    assert.ok(line.includes(`a${'ü'.repeat(1023)}…`))
    assert.ok(line.includes('b'.repeat(2048)))
    assert.ok(!line.includes('\ufffd'))
  })
}

test('a field cannot take the place of a key of every line', () => {
  const { log, lines } = capture('json', 'info')

  log.info('real', { msg: 'forged', level: 'ERROR', time: 'never', service: 'other' })

  const line = onlyLine(lines)
  for (const key of ['msg', 'level', 'time', 'service'])
    assert.equal(line.split(`"${key}":`).length, 2, `one ${key}`)
  assert.equal(JSON.parse(line).msg, 'real')
  assert.equal(JSON.parse(line).field_msg, 'forged')
})

test('a line of a worker names its component itself', () => {
  const { log, lines } = capture('json', 'info')

  log.info('started', { component: 'storage' })

  const line = onlyLine(lines)
  assert.equal(line.split('"component":').length, 2)
  assert.equal(JSON.parse(line).component, 'storage')
})

test('a text line is readable: time, level, component, message, quoted where needed', () => {
  const { log, lines } = capture('text', 'info')

  log.child('signer').info('key rotated', { kid: 'a-1', note: 'two words', n: 3 })

  assert.match(onlyLine(lines), /^\S+Z INFO {2}signer: key rotated kid=a-1 note="two words" n=3\n$/)
})

test('a line names file and line of the code that said it, when that is asked for', () => {
  const lines: string[] = []
  const log = createLog({
    level: 'info',
    format: 'json',
    addSource: true,
    write: (line) => lines.push(line),
    sink: null,
  })

  log.info('here')
  log.info('from a worker', { component: 'storage' })

  const [own = '', worker = ''] = lines
  assert.match(JSON.parse(own).source, /test\/unit\/telemetry\/log\.test\.ts:\d+$/)
  assert.equal(JSON.parse(worker).source, undefined)
})

test('a sink gets every line as a record, cleaned like those that are written', () => {
  const records: LogRecord[] = []
  const log = createLog({
    level: 'info',
    format: 'json',
    addSource: false,
    write: 'nowhere',
    sink: (record) => records.push(record),
  })

  log.debug('too low')
  log.child('http').warn(`event ${controls}`, { n: 1, gone: undefined })

  const [record] = records
  assert.equal(records.length, 1)
  assert.equal(record?.level, 'warn')
  assert.doesNotMatch(record?.message ?? '', /[\u2028\u202e]/)
  assert.deepEqual(record?.fields, { component: 'http', n: 1 })
  assert.ok(Math.abs((record?.atMs ?? 0) - Date.now()) < 5000)
})

test('lines written just before the process ends reach stdout', () => {
  const script = `
    import { createLog } from './src/telemetry/log.ts'
    const log = createLog({
      level: 'info', format: 'json', addSource: false, write: null, sink: null,
    })
    for (let i = 0; i < 2000; i++) log.info('x', { i })
    process.exit(0)`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: new URL('../../../', import.meta.url),
    encoding: 'utf8',
  })

  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 2000)
  assert.equal(JSON.parse(lines.at(-1) ?? '').i, 1999)
})
