// The OpenAPI 3.1 document of a listener (B45), collected from the descriptions of its routes and
// served at `openapi.json`. It holds nothing secret and is open to whoever reaches the listener.
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { sendJson } from '../json.ts'
import { type Answers, describedBy, type JsonSchema, jsonAnswer } from './operation.ts'

export interface ApiDescription {
  readonly title: string
  readonly description: string
  readonly version: string
  /** What the paths of the document are relative to. */
  readonly serverUrl: string
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>
  /** Ways to be let in where a route does not say otherwise. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  /** Schemas that routes refer to by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

export interface SecurityScheme {
  readonly type: 'http'
  readonly scheme: 'basic' | 'bearer'
  readonly description: string
}

/**
 * Collects the routes that are added to `server` from inside plugins registered after this call.
 * Once the server is ready, `server.swagger()` is the document.
 */
export function collectApi(server: FastifyInstance, api: ApiDescription): void {
  server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: api.title, description: api.description, version: api.version },
      servers: [{ url: api.serverUrl }],
      tags: [...api.tags],
      components: { securitySchemes: api.securitySchemes, schemas: api.schemas },
      security: api.security.map((way) => listsOf(way)),
    },
    // Paths are told as they are; the well-known ones do not lie below an issuer's path.
    stripBasePath: false,
    convertConstToEnum: false,
    transform: ({ route, url }) => {
      const operation = route.config?.operation
      const rest = Object.keys(operation?.params?.properties ?? {}).at(-1)
      return {
        schema: operation ?? {},
        url: rest === undefined ? url : url.replace('*', `{${rest}}`),
      }
    },
  })
}

function listsOf(way: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(way).map(([name, scopes]) => [name, [...scopes]]))
}

export interface ApiRoute {
  readonly path: string
  readonly tag: string
  /** What every route of the listener can answer besides its own. */
  readonly refusals: Answers
}

/** Serves the document of `server` at `path`. */
export function addApiDocumentRoute(
  server: FastifyInstance,
  { path, tag, refusals }: ApiRoute,
): void {
  let document: string | null = null
  const operation = {
    operationId: 'getApiDocument',
    summary: 'This document',
    tags: [tag],
    security: [],
    response: {
      200: jsonAnswer('An OpenAPI 3.1 document.', { type: 'object' }),
      ...refusals,
    },
  }
  server.get(path, describedBy(operation), (_request, reply) => {
    document ??= JSON.stringify(server.swagger())
    reply.header('cache-control', 'no-store')
    sendJson(reply, 'application/json', document)
  })
}
