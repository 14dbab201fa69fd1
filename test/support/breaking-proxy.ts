// A proxy that a server takes for its own address, and that can break one thing on the way: what it
// passes on, and what comes back. For tests of those who have to notice.
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request and its answer; a test changes the answer in place. */
export interface Passing {
  readonly method: string
  readonly path: string
  readonly sent: Readonly<Record<string, string | string[] | undefined>>
  /** Members of the form that was sent; none when it was something else. */
  readonly form: URLSearchParams
  status: number
  readonly headers: Record<string, string | string[] | undefined>
  body: string
}

export type Breaking = (passing: Passing) => void

export interface BreakingProxy {
  readonly url: string
  /** Where everything goes from now on. */
  passTo(port: number): void
  /** What is broken from now on; null = nothing. */
  breaks(breaking: Breaking | null): void
  stop(): Promise<void>
}

/** Opens a proxy that leads nowhere yet. */
export async function openBreakingProxy(): Promise<BreakingProxy> {
  let [port, breaking]: [number, Breaking | null] = [0, null]
  const server: Server = createServer((incoming, response) => {
    pass(incoming, port)
      .then((passing) => {
        breaking?.(passing)
        const { headers, status, body } = passing
        response.writeHead(status, Object.fromEntries(definedIn(headers)))
        response.end(body)
      })
      .catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passTo: (to) => {
      port = to
    },
    breaks: (next) => {
      breaking = next
    },
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function pass(incoming: IncomingMessage, port: number): Promise<Passing> {
  const { method = 'GET', url: path = '/', headers } = incoming
  const bytes = await read(incoming)
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  outgoing.end(bytes)
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  const { 'content-length': _, connection: __, ...kept } = answer.headers
  return {
    method,
    path,
    sent: headers,
    form: new URLSearchParams(bytes.toString('utf8')),
    status: answer.statusCode ?? 0,
    headers: kept,
    body: (await read(answer)).toString('utf8'),
  }
}

async function read(message: IncomingMessage): Promise<Buffer> {
  return Buffer.concat((await message.toArray()) as Buffer[])
}

function definedIn(headers: Passing['headers']): readonly [string, string | string[]][] {
  return Object.entries(headers).filter(
    (pair): pair is [string, string | string[]] => pair[1] !== undefined,
  )
}
