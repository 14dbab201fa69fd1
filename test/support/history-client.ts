// One request of a recorded load: it comes to an end whatever happens to the server, and says when
// it began and ended.
import { type Agent, type IncomingMessage, request } from 'node:http'

const answerMsMax = 10_000

export interface Asked {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answered {
  /** Null when no whole answer came. */
  readonly status: number | null
  readonly retryAfter: string | null
  readonly body: Readonly<Record<string, unknown>>
  readonly invokedMs: number
  readonly returnedMs: number
}

/** Sends one request; resolves whatever happens to it. */
export function send(agent: Agent, asked: Asked): Promise<Answered> {
  const invokedMs = performance.now()
  const { port, method, path, headers } = asked
  return new Promise((resolve) => {
    const settle = (response: IncomingMessage | null, text: string): void => {
      resolve({
        status: response?.statusCode ?? null,
        retryAfter: response?.headers['retry-after'] ?? null,
        body: text.startsWith('{') ? JSON.parse(text) : {},
        invokedMs,
        returnedMs: performance.now(),
      })
    }
    const options = { host: '127.0.0.1', port, method, path, headers, agent }
    const sent = request({ ...options, timeout: answerMsMax }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', () => settle(null, ''))
      response.on('end', () => settle(response, Buffer.concat(chunks).toString('utf8')))
    })
    sent.on('timeout', () => sent.destroy())
    sent.on('error', () => settle(null, ''))
    sent.end(asked.body)
  })
}
