// Reads `.http` fixtures: pairs of a request and what must be in its answer, in plain text, so that
// a new case needs no code. The format is described in test/http/fixtures/README.md.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { headerOf, type RawResponse } from './raw-http.ts'

export interface HttpFixture {
  readonly name: string
  /** Text to send; each `{captured:name}` gives way to what an earlier answer held. */
  readonly request: (captured: Captured) => string
  readonly expected: ExpectedAnswer
  /** What the answer leaves for the cases after it. */
  readonly captures: readonly Capture[]
}

/** Texts of earlier answers of the file, by name. */
export type Captured = ReadonlyMap<string, string>

interface Capture {
  readonly name: string
  /** Members and indexes that lead to it in the body. */
  readonly path: readonly string[]
}

export interface FixtureFormat {
  /** Replaces `{name:argument}` in requests. */
  readonly fill: (name: string, argument: string) => string
  /** Header lines of a request that has none of that name; of the second list, with a body. */
  readonly headers: readonly string[]
  readonly bodyHeaders: readonly string[]
}

export interface FixtureFile {
  /** Lines `@name value` before the first case. */
  readonly settings: ReadonlyMap<string, string>
  readonly fixtures: readonly HttpFixture[]
}

interface ExpectedAnswer {
  readonly status: number
  readonly headers: readonly ExpectedHeader[]
  readonly body: string
}

interface ExpectedHeader {
  readonly name: string
  /** Null = the header must be absent. */
  readonly value: string | null
}

/** Reads a file. */
export function readFixtures(path: string, format: FixtureFormat): FixtureFile {
  const [preamble = '', ...parts] = readFileSync(path, 'utf8').split(/^=== /m)
  const settings = new Map<string, string>()
  for (const [, name = '', value = ''] of preamble.matchAll(/^@([a-z-]+) (.*)$/gm)) {
    settings.set(name, value)
  }
  return { settings, fixtures: parts.map((part) => parseFixture(part, format)) }
}

function parseFixture(part: string, format: FixtureFormat): HttpFixture {
  const [name = '', ...lines] = part.split('\n')
  const divider = lines.indexOf('---')
  assert.notEqual(divider, -1, `the fixture "${name}" has no line of three dashes`)
  const request = lines.slice(0, divider).join('\n')
  const answer = lines.slice(divider + 1)
  const isCapture = (line: string): boolean => line.startsWith('@capture ')
  return {
    name,
    request: (captured) => completeRequest(fillIn(request, format, captured), format),
    expected: parseExpected(answer.filter((line) => !isCapture(line))),
    captures: answer.filter(isCapture).map(parseCapture),
  }
}

function fillIn(text: string, { fill }: FixtureFormat, captured: Captured): string {
  return text.replace(/\{([a-z]+):([^{}]*)\}/g, (_, key: string, argument: string) => {
    if (key !== 'captured') return fill(key, argument)
    const value = captured.get(argument)
    assert.ok(value !== undefined, `no answer before this one left ${argument}`)
    return value
  })
}

/** `@capture name .member[0].other`. */
function parseCapture(line: string): Capture {
  const [, name, path] = /^@capture ([a-z-]+) ((?:\.\w+|\[\d+\])+)$/.exec(line) ?? []
  assert.ok(name !== undefined && path !== undefined, `not a capture: ${line}`)
  return { name, path: path.match(/\w+/g) ?? [] }
}

/** What the captures of a fixture find in the body of its answer. */
export function captureFrom({ body }: RawResponse, { captures }: HttpFixture): Captured {
  const found = captures.map(({ name, path }): [string, string] => {
    const value = path.reduce(memberOf, JSON.parse(body) as unknown)
    assert.equal(typeof value, 'string', `nothing to capture as ${name}`)
    return [name, String(value)]
  })
  return new Map(found)
}

function memberOf(value: unknown, name: string): unknown {
  return (value as Readonly<Record<string, unknown>> | undefined)?.[name]
}

/** Adds what every request needs and no case wants to repeat: version, Host, Connection, length. */
function completeRequest(text: string, format: FixtureFormat): string {
  const [head = '', ...bodyParts] = text.split('\n\n')
  const body = bodyParts.join('\n\n').replace(/\n$/, '')
  const [start = '', ...given] = head.trimEnd().split('\n')
  const has = (line: string): boolean =>
    given.some(
      (header) => nameOf(header) === nameOf(line) || header.toLowerCase() === `!${nameOf(line)}`,
    )
  const length = Buffer.byteLength(body)
  const defaults = ['Host: auth.test', 'Connection: close', ...format.headers]
  if (length > 0) {
    const hasLength = has('transfer-encoding:')
    defaults.push(...(hasLength ? [] : [`Content-Length: ${length}`]), ...format.bodyHeaders)
  }
  const lines = [
    start.includes(' HTTP/') ? start : `${start} HTTP/1.1`,
    ...given.filter((header) => !header.startsWith('!')),
    ...defaults.filter((line) => !has(line)),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

function nameOf(header: string): string {
  return header.slice(0, header.indexOf(':')).toLowerCase()
}

function parseExpected(lines: readonly string[]): ExpectedAnswer {
  const [status = '', ...rest] = lines
  const blank = rest.indexOf('')
  const headerLines = blank === -1 ? rest : rest.slice(0, blank)
  const headers = headerLines.map((line): ExpectedHeader => {
    if (line.startsWith('!')) return { name: line.slice(1), value: null }
    const colon = line.indexOf(': ')
    return { name: line.slice(0, colon), value: line.slice(colon + 2) }
  })
  const body = blank === -1 ? '' : rest.slice(blank + 1).join('\n')
  return { status: Number(status), headers, body: body.trim() }
}

/** Fails unless `response` is what the fixture expects. */
export function assertAnswer(response: RawResponse, { expected }: HttpFixture): void {
  assert.equal(response.status, expected.status, response.body)
  for (const { name, value } of expected.headers) {
    const actual = headerOf(response, name)
    if (value === null) assert.equal(actual, null, `${name} must be absent`)
    else assertText(actual ?? '(absent)', value, name)
  }
  if (expected.body === '') return
  if (/^[{[]/.test(expected.body)) {
    assertSubset(JSON.parse(response.body), JSON.parse(expected.body), 'body')
  } else {
    assertText(response.body.trim(), expected.body === '(empty)' ? '' : expected.body, 'body')
  }
}

/** `~pattern` is a regular expression, everything else the text itself. */
function assertText(actual: string, expected: string, what: string): void {
  if (expected.startsWith('~')) assert.match(actual, new RegExp(expected.slice(1)), what)
  else assert.equal(actual, expected, what)
}

/**
 * Objects may have more members than expected (null: must be absent), lists have as many items; all
 * else is equal.
 */
function assertSubset(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected === 'string' && typeof actual === 'string') {
    assertText(actual, expected, path)
    return
  }
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path} is no list`)
    assert.equal(actual.length, expected.length, `length of ${path}`)
    for (const [index, item] of expected.entries()) {
      assertSubset(actual[index], item, `${path}[${index}]`)
    }
    return
  }
  if (typeof expected !== 'object' || expected === null) {
    return assert.deepEqual(actual, expected, path)
  }
  assert.ok(typeof actual === 'object' && actual !== null, `${path} is no object`)
  const members = new Map(Object.entries(actual))
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) assert.equal(members.has(name), false, `${path}.${name} must be absent`)
    else assertSubset(members.get(name), value, `${path}.${name}`)
  }
}
