// What the OpenAPI document of the public listener says besides its routes (B45).
import type { ApiDescription } from '../openapi/api-document.ts'
import { discoverySchemas } from './discovery-operations.ts'
import { healthSchemas } from './health-operations.ts'
import { introspectionSchemas } from './introspect-operation.ts'
import { problemSchema } from './refusals.ts'
import { registrationSchemas } from './register-operation.ts'
import { tokenSchemas } from './token-operation.ts'

/** The description of the listener of `issuer`. */
export function publicApi(issuer: string, version: string): ApiDescription {
  return {
    title: 'Authorization server',
    description:
      'What OAuth clients and resource servers call: OAuth 2.1 for the Model Context Protocol.',
    version,
    // Without the issuer's path: the paths of the document hold it, where it belongs to them.
    serverUrl: new URL(issuer).origin,
    tags: [
      { name: 'Tokens', description: 'Getting access tokens, asking about them, ending them.' },
      { name: 'Clients', description: 'Clients that register themselves.' },
      { name: 'Browsers', description: 'What people see: pages and the forms on them.' },
      { name: 'Discovery', description: 'What clients and resource servers read first.' },
      { name: 'Health', description: 'What probes and routers ask.' },
      { name: 'Documentation', description: 'About this interface.' },
    ],
    securitySchemes: {
      client_secret_basic: {
        type: 'http',
        scheme: 'basic',
        description:
          'Client id and secret, each form-encoded first (RFC 6749 §2.3.1). The other way, ' +
          'client_secret_post, is to send them as client_id and client_secret in the form.',
      },
    },
    security: [],
    schemas: {
      Problem: problemSchema,
      ...tokenSchemas,
      ...introspectionSchemas,
      ...registrationSchemas,
      ...discoverySchemas,
      ...healthSchemas,
    },
  }
}
