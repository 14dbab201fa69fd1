// Lets a handler of the web's Request and Response answer for Node's HTTP server, as the package
// @modelcontextprotocol/node does. Behind a proxy the path counts, not the Host header.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

type Handler = (request: Request) => Promise<Response>

/** A server for requests to `origin`; a failure of `handle` is logged and answered with 500. */
export function serverFor(origin: string, handle: Handler): Server {
  return createServer((incoming, outgoing) => {
    answer(origin, handle, { incoming, outgoing }).catch((error: unknown) => {
      console.error(error)
      if (outgoing.headersSent) outgoing.destroy()
      else outgoing.writeHead(500).end()
    })
  })
}

async function answer(
  origin: string,
  handle: Handler,
  { incoming, outgoing }: { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse },
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const response = await handle(requestOf(origin, incoming, gone.signal))
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body === null) outgoing.end()
  // Clients may leave a stream when they like.
  else await pipeline(Readable.fromWeb(response.body), outgoing).catch(() => outgoing.destroy())
}

function requestOf(origin: string, incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headersDistinct } = incoming
  const headers = new Headers()
  for (const [name, values] of Object.entries(headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? { body: Readable.toWeb(incoming), duplex: 'half' as const } : {}
  return new Request(new URL(url, origin), { method, headers, signal, ...body })
}
