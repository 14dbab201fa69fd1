// A site of a client that publishes its metadata document: a real HTTPS server on the loopback
// network, with an authority of its own, that answers as the test says.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export interface DocumentSite {
  readonly port: number
  /** Certificate of the authority, as PEM. */
  readonly authority: string
  /** What it was asked for, in order. */
  readonly requests: readonly IncomingMessage[]
  /** Connections that were opened to it, also those that asked for nothing. */
  connections(): number
  /** URL of `path` at a name of the site. */
  url(path: string, host?: string): string
  /** How it answers from now on. */
  answers(answer: Answer): void
  stop(): Promise<void>
}

const names = ['client.test', 'other.test', 'localhost']

/** Opens a site that answers 404 until it is told otherwise. */
export async function openDocumentSite(): Promise<DocumentSite> {
  const { key, certificate } = makeCertificate()
  const requests: IncomingMessage[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let answer: Answer = (response) => response.writeHead(404).end()
  const server = createServer({ key, cert: certificate }, (request, response) => {
    requests.push(request)
    answer(response, request)
  })
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  // Clients that do not trust it are part of what is tested.
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    authority: certificate,
    requests,
    connections: () => connections,
    url: (path, host) => `https://${host ?? 'client.test'}:${port}${path}`,
    answers: (next) => {
      answer = next
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A certificate for the names of the site and for 127.0.0.1 that is its own authority. */
function makeCertificate(): { readonly key: string; readonly certificate: string } {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-site-'))
  try {
    const [keyPath, path] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
    const subjects = [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1'].join(',')
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const about = ['-subj', '/CN=client.test', '-addext', `subjectAltName=${subjects}`]
    const files = ['-keyout', keyPath, '-out', path]
    execFileSync('openssl', ['req', '-x509', ...kind, ...about, ...files], { stdio: 'ignore' })
    return { key: readFileSync(keyPath, 'utf8'), certificate: readFileSync(path, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Answers with `document` as JSON and these headers. */
export function sends(document: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(document))
  }
}

/** The document of an ordinary client at `url`, with `change` applied. */
export function clientDocument(
  url: string,
  change: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    client_id: url,
    client_name: 'Example client',
    redirect_uris: ['https://client.test/callback'],
    ...change,
  }
}
