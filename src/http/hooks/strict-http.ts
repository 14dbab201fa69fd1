// Requests that Node's parser lets through although peers could read them differently (spec 09 HT):
// two Host headers, a target in absolute form or with a fragment, another version of HTTP, an
// encoded spelling of a path. Refused before a route or a body reader sees them.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { pathOf } from '../path.ts'

/** Headers that must not come twice: Node keeps the first silently, another parser might not. */
const singletons: ReadonlySet<string> = new Set(['host', 'authorization', 'content-type'])

/** Adds the refusals to `server`. */
export function addStrictHttp(server: FastifyInstance): void {
  // After every onRequest hook, so that what is refused here counts against the sender's rate.
  server.addHook('preParsing', (request, reply, payload, done) => {
    const fault = faultOf(request)
    if (fault !== null) return done(new OAuthError('invalid_request', fault))
    const { url } = request.routeOptions
    if (url !== undefined && !request.is404 && isRespelled(request.url, url)) {
      return reply.callNotFound()
    }
    done(null, payload)
  })
}

function faultOf({ raw }: FastifyRequest): string | null {
  if (raw.httpVersionMajor !== 1) return 'the request names no version of HTTP/1'
  const isPath = raw.url?.charCodeAt(0) === 47 /* slash */ && !raw.url.includes('#')
  if (!isPath) return 'the request target is not a path'
  return hasRepeatedSingleton(raw.rawHeaders) ? 'a header is repeated' : null
}

function hasRepeatedSingleton(rawHeaders: readonly string[]): boolean {
  let seen = ''
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase()
    if (!singletons.has(name)) continue
    if (seen.includes(`${name};`)) return true
    seen += `${name};`
  }
  return false
}

const encodedControl = /%(?:[01][0-9a-f]|7f)/i

/**
 * Whether `url` reached the route `pattern` by encoding what needs no encoding: routes are matched
 * in decoded form, but the fixed segments of a path have one spelling, and no path holds controls.
 */
function isRespelled(url: string, pattern: string): boolean {
  if (!url.includes('%')) return false
  const path = pathOf(url)
  if (encodedControl.test(path)) return true
  const segments = path.split('/')
  for (const [index, segment] of pattern.split('/').entries()) {
    if (segment === '*') return false
    if (!segment.startsWith(':') && segment !== segments[index]) return true
  }
  return false
}
