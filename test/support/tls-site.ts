// A client of the site that a proxy serves over TLS, as it is called in the files that we ship. It
// knows the authority of the certificate and chooses its address in the loopback network.
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request } from 'node:https'

export interface SiteRequest {
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Address of the client, of the loopback network; 127.0.0.2 unless said. */
  readonly from?: string
}

export interface SiteAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Name of the site, as the shipped files have it. */
export const siteName = 'auth.example.com'

/** Sends a request to the site, which listens on `port` of 127.0.0.1. */
export async function sendToSite(
  { path, method, headers, body, from }: SiteRequest,
  { port, authority }: { readonly port: number; readonly authority: Buffer },
): Promise<SiteAnswer> {
  const sent = request({
    host: '127.0.0.1',
    port,
    servername: siteName,
    ca: authority,
    agent: false,
    localAddress: from ?? '127.0.0.2',
    path,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { host: siteName, ...headers },
  })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks = (await answer.toArray()) as Buffer[]
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}
