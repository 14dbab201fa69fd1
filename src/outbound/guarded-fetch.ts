// GET of a URL that somebody else chose (spec 01 §12, threat T19): one request on a connection of
// its own to an address that was checked, no redirect, no inflation, bounded in time and size. The
// environment says nothing here: no proxy, no relaxed certificate check.
import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'
import { isReservedAddress } from './addresses.ts'
import type { Resolve } from './resolve.ts'

export interface GuardedRequest {
  readonly url: URL
  readonly accept: string
  /** For everything, from the question for the address to the last byte. */
  readonly timeoutMs: number
  readonly bodyBytesMax: number
  readonly allowsPrivateAddresses: boolean
}

export interface GuardedAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Empty unless the status is 200. */
  readonly body: Uint8Array
}

export type GuardedFetch = (request: GuardedRequest) => Promise<GuardedAnswer>

/** There is no answer, or none that may be read; the message says why, for the log. */
export class FetchFault extends Error {
  override readonly name = 'FetchFault'
}

export interface GuardedFetchParts {
  readonly clock: Clock
  readonly resolve: Resolve
  /** Certificates, as PEM, that end a chain; null = those that the process trusts. */
  readonly authorities: string | null
}

/** Makes the function that fetches. It throws FetchFault, and nothing else. */
export function createGuardedFetch(parts: GuardedFetchParts): GuardedFetch {
  return async (request) => {
    const controller = new AbortController()
    const { signal } = controller
    const expire = (): void => controller.abort(new FetchFault('it took too long'))
    const cancel = parts.clock.after(request.timeoutMs, expire)
    try {
      const host = request.url.hostname.replace(/^\[|\]$/g, '')
      const addresses = await withinTime(addressesOf(host, parts.resolve, signal), signal)
      refuseReserved(addresses, request.allowsPrivateAddresses)
      return await exchangeWithFirst(addresses, request, { host, signal, ...parts })
    } catch (error) {
      throw asFault(signal.aborted ? signal.reason : error)
    } finally {
      cancel()
      // Whatever is still open belongs to an attempt that is over.
      controller.abort()
    }
  }
}

async function addressesOf(
  host: string,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return isIP(host) === 0 ? resolve(host, signal) : [host]
}

/** What `work` comes to, unless `signal` is first: not everything can be called off. */
function withinTime<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    work.then(resolve, reject)
  })
}

/**
 * One reserved address among them condemns all: who controls the name would choose when it is used.
 */
function refuseReserved(addresses: readonly string[], allowsPrivate: boolean): void {
  if (allowsPrivate || !addresses.some(isReservedAddress)) return
  throw new FetchFault('an address of the host is reserved or private')
}

interface Peer {
  readonly host: string
  readonly signal: AbortSignal
  readonly authorities: string | null
}

/** No way leads there, as on machines that lack a network of that family. */
const withoutWay: ReadonlySet<unknown> = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'])

/** Asks the first address, or the first of the other family where no way leads to that one. */
async function exchangeWithFirst(
  addresses: readonly string[],
  request: GuardedRequest,
  peer: Peer,
): Promise<GuardedAnswer> {
  const [first] = addresses
  if (first === undefined) throw new FetchFault('the host has no address')
  const other = addresses.find((address) => isIP(address) !== isIP(first))
  try {
    return await exchange(request, first, peer)
  } catch (error) {
    const { code } = error as { readonly code?: unknown }
    if (other === undefined || !withoutWay.has(code)) throw error
    return exchange(request, other, peer)
  }
}

function exchange(request: GuardedRequest, address: string, peer: Peer): Promise<GuardedAnswer> {
  const { url, accept, bodyBytesMax } = request
  const isTls = url.protocol === 'https:'
  const options = {
    method: 'GET',
    // The address and not the name: nothing is looked up a second time.
    host: address,
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    path: url.pathname + url.search,
    headers: {
      host: url.host,
      accept,
      'accept-encoding': 'identity',
      'user-agent': 'authserver',
      connection: 'close',
    },
    agent: false,
    signal: peer.signal,
    maxHeaderSize: limits.outboundHeadBytesMax,
    insecureHTTPParser: false,
  }
  return new Promise((resolve, reject) => {
    const endUnanswered = (): void => {
      reject(new FetchFault('the connection ended without an answer'))
    }
    const sent = isTls
      ? requestHttps({
          ...options,
          rejectUnauthorized: true,
          // An address is no server name (RFC 6066 §3); it is then found in the certificate itself.
          servername: isIP(peer.host) === 0 ? peer.host : '',
          ...(peer.authorities === null ? null : { ca: peer.authorities }),
        })
      : requestHttp(options)
    sent.on('response', (response) => {
      sent.off('close', endUnanswered)
      readAnswer(response, bodyBytesMax).then(resolve, reject)
    })
    sent.on('error', reject)
    sent.on('close', endUnanswered)
    sent.end()
  })
}

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<GuardedAnswer> {
  const { statusCode: status = 0, headers } = response
  if (status !== 200) return { status, headers, body: new Uint8Array() }
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') throw new FetchFault('the body is encoded')
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response) {
    const bytes = chunk as Buffer // no encoding is set, and the type of a stream cannot say so
    size += bytes.byteLength
    if (size > bytesMax) throw tooLarge(bytesMax)
    chunks.push(bytes)
  }
  if (!response.complete) throw new FetchFault('the body is shorter than announced')
  return { status, headers, body: Buffer.concat(chunks) }
}

function tooLarge(bytesMax: number): FetchFault {
  return new FetchFault(`the body is larger than ${bytesMax} bytes`)
}

function asFault(error: unknown): FetchFault {
  if (error instanceof FetchFault) return error
  const { code } = error as { readonly code?: unknown }
  const why = typeof code === 'string' ? code : error instanceof Error ? error.message : 'unknown'
  return new FetchFault(`no answer: ${why}`)
}
