// The admin listener as the attack catalogue sees it (spec 09, group AD): requests in bytes, with
// the key or with another one.
import { onlyResponse } from './attack.ts'
import { type RawAnswer, type RawResponse, sendRaw } from './raw-http.ts'

export interface AdminPort {
  readonly port: number
  /** What a request has by default. */
  readonly key: string
}

export interface AdminRequest {
  readonly method: string
  /** Request target, as it goes over the wire. */
  readonly path: string
  /** An object becomes JSON, text goes as it is. */
  readonly body?: unknown
  /** Null = no key at all. */
  readonly key?: string | null
}

/** Bytes of a request whose connection closes after the answer. */
export function adminRequest({ key: ownKey }: AdminPort, request: AdminRequest): string {
  const { method, path, body } = request
  const key = request.key === undefined ? ownKey : request.key
  const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: admin.test',
    'Connection: close',
    ...(key === null ? [] : [`Authorization: Bearer ${key}`]),
    ...(text === '' ? [] : [`Content-Length: ${Buffer.byteLength(text)}`]),
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

/** Sends a request over a socket of its own. */
export function askAdmin(admin: AdminPort, request: AdminRequest): Promise<RawAnswer> {
  return sendRaw(admin.port, adminRequest(admin, request), { withinMs: 10_000 })
}

/** The one response to a request. */
export async function askAdminOnce(admin: AdminPort, request: AdminRequest): Promise<RawResponse> {
  return onlyResponse(await askAdmin(admin, request))
}
