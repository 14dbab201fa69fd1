// POST /oauth/register: a JSON body to a registration, the client to the socket (spec 01 §11).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import { type JsonFault, readStrictJson } from '../../base/strict-json.ts'
import type { BucketRate } from '../../base/token-bucket.ts'
import { registerClient } from '../../flows/registration/register-client.ts'
import type { Services } from '../../flows/services.ts'
import { isJsonObject, type JsonObject } from '../../oauth/json-document.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { registrationResponse } from '../../oauth/registration.ts'
import { endpointPaths } from '../../oauth/server-metadata.ts'
import { refuseEncodedBody } from '../body.ts'
import { addRateLimit } from '../hooks/rate-limit.ts'
import type { LoadShedder } from '../hooks/shed-load.ts'
import { traceOf } from '../hooks/trace.ts'
import { sendJson } from '../json.ts'
import { describedBy } from '../openapi/operation.ts'
import { registerClientOperation } from './register-operation.ts'

const registrationHeaders = { 'cache-control': 'no-store', pragma: 'no-cache' }

export interface RegisterRouteOptions {
  readonly basePath: string
  readonly addressOf: (request: FastifyRequest) => string
  readonly shedder: LoadShedder
  readonly clock: Clock
  /** Registrations of one address, on top of what limits all routes (D14); null = no limit. */
  readonly rate: BucketRate | null
}

/** Adds the registration endpoint, in a scope of its own: its body and its limit are no other's. */
export function addRegisterRoute(
  server: FastifyInstance,
  services: Services,
  options: RegisterRouteOptions,
): void {
  server.register((scope, _options, done) => {
    addJsonBody(scope)
    const { rate, clock, addressOf } = options
    if (rate !== null) {
      addRateLimit(scope, { ...rate, clock, addressOf, exemptPaths: new Set(), refuse: null })
    }
    addRoute(scope, services, options)
    done()
  })
}

function addRoute(
  server: FastifyInstance,
  services: Services,
  { basePath, addressOf, shedder }: RegisterRouteOptions,
): void {
  const url = basePath + endpointPaths.registration
  server.route({
    ...describedBy(registerClientOperation),
    method: 'POST',
    url,
    onRequest: shedder.guard('POST', url, 'page'),
    handler: async (request, reply) => {
      const registered = await registerClient(services, documentOf(request), {
        ip: addressOf(request),
        trace: traceOf(request),
        requestId: request.id,
      })
      reply.code(201).headers(registrationHeaders)
      return sendJson(reply, 'application/json', JSON.stringify(registrationResponse(registered)))
    },
  })
}

/** Makes JSON the one body that routes of `server` accept, and keeps its bytes (D8). */
function addJsonBody(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: limits.registrationBytesMax },
    (request, body, done) => {
      try {
        refuseEncodedBody(request)
        done(null, body)
      } catch (error) {
        done(error as Error)
      }
    },
  )
}

const faults: Readonly<Record<JsonFault, string>> = {
  invalid: 'the body is not valid JSON',
  'too-deep': 'the body is nested too deeply',
  'repeated-member': 'the body names a member twice',
}

function documentOf({ body }: FastifyRequest): JsonObject {
  if (!Buffer.isBuffer(body)) throw new OAuthError('invalid_request', 'there is no JSON body')
  if (hasTooMuch(body)) throw new OAuthError('invalid_request', 'the body has too many members')
  const reading = readStrictJson(body, limits.jsonDepthMax)
  if (!reading.ok) throw new OAuthError('invalid_request', faults[reading.fault])
  if (isJsonObject(reading.value)) return reading.value
  throw new OAuthError('invalid_request', 'the body must be a JSON object')
}

/** Asked before parsing: anybody may send such a body, and a wide one takes the parser long. */
function hasTooMuch(body: Buffer): boolean {
  let at = -1
  for (let commas = 0; commas <= limits.registrationCommasMax; commas += 1) {
    at = body.indexOf(',', at + 1)
    if (at === -1) return false
  }
  return true
}
