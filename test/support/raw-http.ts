// HTTP at the level of bytes: sends exactly what a test wrote, whether it is HTTP or not, and reads
// what comes back until the other side closes.
import { connect } from 'node:net'

export interface RawResponse {
  readonly status: number
  /** By lower-case name; of a repeated header the values in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly body: string
}

export interface RawAnswer {
  /** Everything that came back, as Latin-1. */
  readonly text: string
  readonly responses: readonly RawResponse[]
  /** Whether the server closed the connection; false when the time ran out. */
  readonly isClosed: boolean
  /** From the first byte sent to the end. */
  readonly elapsedMs: number
}

export interface RawOptions {
  readonly host?: string
  /** How long to wait for the server to close; it is the test's failure to wait longer. */
  readonly withinMs?: number
  /** Resolves as soon as this many responses are complete, without waiting for the close. */
  readonly responses?: number
}

/** Sends `bytes` on a new connection. */
export function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  options: RawOptions,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const startedMs = performance.now()
    const chunks: Buffer[] = []
    const socket = connect({ port, host: options.host ?? '127.0.0.1' })
    const finish = (isClosed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      const text = Buffer.concat(chunks).toString('latin1')
      const elapsedMs = performance.now() - startedMs
      resolve({ text, responses: parseResponses(text), isClosed, elapsedMs })
    }
    const timer = setTimeout(() => finish(false), options.withinMs ?? 3000)
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (options.responses === undefined) return
      const text = Buffer.concat(chunks).toString('latin1')
      if (parseResponses(text).length >= options.responses) finish(false)
    })
    socket.on('close', () => finish(true))
    socket.on('error', () => undefined) // a reset after the answer is a way to close
  })
}

/** The complete responses in `text`. One to HEAD is told apart by its empty rest. */
export function parseResponses(text: string): readonly RawResponse[] {
  const responses: RawResponse[] = []
  let rest = text
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(rest)?.[1]
    if (end === -1 || status === undefined) return responses
    const headers = parseHeaders(rest.slice(0, end))
    const afterHead = rest.slice(end + 4)
    const read = readBody(afterHead, headers)
    if (read === null) return responses
    responses.push({ status: Number(status), headers, body: read.body })
    rest = afterHead.slice(read.size)
  }
}

function parseHeaders(head: string): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>()
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return headers
}

interface ReadBody {
  readonly body: string
  /** Of what it took on the wire. */
  readonly size: number
}

function readBody(rest: string, headers: RawResponse['headers']): ReadBody | null {
  if (headers.get('transfer-encoding')?.[0] === 'chunked') return readChunks(rest)
  const length = Number(headers.get('content-length')?.[0] ?? '0')
  const bytes = rest.startsWith('HTTP/1.') ? '' : rest.slice(0, length)
  return { body: Buffer.from(bytes, 'latin1').toString('utf8'), size: bytes.length }
}

/** RFC 9112 §7.1, without extensions and trailers; null when the last chunk is not there. */
function readChunks(rest: string): ReadBody | null {
  let bytes = ''
  let at = 0
  for (;;) {
    const [line = '', digits = ''] = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at, at + 12)) ?? []
    if (line === '') return null
    const start = at + line.length
    const length = Number.parseInt(digits, 16)
    bytes += rest.slice(start, start + length)
    at = start + length + 2
    if (length === 0) return { body: Buffer.from(bytes, 'latin1').toString('utf8'), size: at }
  }
}

/** The one value of a header, or null; a repeated header is an error of the server. */
export function headerOf(response: RawResponse, name: string): string | null {
  const values = response.headers.get(name) ?? []
  if (values.length > 1) throw new Error(`${name} is repeated: ${values.join(' | ')}`)
  return values[0] ?? null
}
