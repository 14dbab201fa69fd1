// Reads `.http` fixtures: pairs of a request and what must be in its answer, in plain text, so that
// a new case needs no code. The format is described in test/http/fixtures/README.md.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { headerOf, type RawResponse } from './raw-http.ts'

export interface HttpFixture {
  readonly name: string
  /** Bytes to send. */
  readonly request: string
  readonly expected: ExpectedAnswer
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

/** Reads a file; `fill` replaces `{name:argument}` in requests. */
export function readFixtures(
  path: string,
  fill: (name: string, argument: string) => string,
): FixtureFile {
  const [preamble = '', ...parts] = readFileSync(path, 'utf8').split(/^=== /m)
  const settings = new Map<string, string>()
  for (const [, name = '', value = ''] of preamble.matchAll(/^@([a-z-]+) (.*)$/gm)) {
    settings.set(name, value)
  }
  return { settings, fixtures: parts.map((part) => parseFixture(part, fill)) }
}

function parseFixture(part: string, fill: (name: string, argument: string) => string): HttpFixture {
  const [name = '', ...lines] = part.split('\n')
  const divider = lines.indexOf('---')
  assert.notEqual(divider, -1, `the fixture "${name}" has no line of three dashes`)
  const request = lines
    .slice(0, divider)
    .join('\n')
    .replace(/\{([a-z]+):([^}]*)\}/g, (_, key: string, argument: string) => fill(key, argument))
  return {
    name,
    request: completeRequest(request),
    expected: parseExpected(lines.slice(divider + 1)),
  }
}

/** Adds what every request needs and no case wants to repeat: version, Host, Connection, length. */
function completeRequest(text: string): string {
  const [head = '', ...bodyParts] = text.split('\n\n')
  const body = bodyParts.join('\n\n').replace(/\n$/, '')
  const [start = '', ...headers] = head.trimEnd().split('\n')
  const has = (name: string): boolean =>
    headers.some((header) => header.toLowerCase().startsWith(`${name}:`))
  const lines = [start.includes(' HTTP/') ? start : `${start} HTTP/1.1`, ...headers]
  if (!has('host')) lines.push('Host: auth.test')
  if (!has('connection')) lines.push('Connection: close')
  const length = Buffer.byteLength(body)
  if (length > 0 && !has('content-length') && !has('transfer-encoding')) {
    lines.push(`Content-Length: ${length}`)
  }
  if (length > 0 && !has('content-type')) {
    lines.push('Content-Type: application/x-www-form-urlencoded')
  }
  return `${lines.join('\r\n')}\r\n\r\n${body}`
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
  if (expected.body.startsWith('{')) {
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

/** Objects may have more members than expected (null: must be absent); all else is equal. */
function assertSubset(actual: unknown, expected: unknown, path: string): void {
  if (typeof expected === 'string' && typeof actual === 'string') {
    assertText(actual, expected, path)
    return
  }
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected)) {
    return assert.deepEqual(actual, expected, path)
  }
  assert.ok(typeof actual === 'object' && actual !== null, `${path} is no object`)
  const members = new Map(Object.entries(actual))
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) assert.equal(members.has(name), false, `${path}.${name} must be absent`)
    else assertSubset(members.get(name), value, `${path}.${name}`)
  }
}
