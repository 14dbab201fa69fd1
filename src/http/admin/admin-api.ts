// What the OpenAPI document of the admin listener says besides its routes (B45).
import type { ApiDescription } from '../openapi/api-document.ts'
import { auditSchemas } from './audit-operations.ts'
import { clientSchemas } from './client-operations.ts'
import { grantSchemas } from './grant-operations.ts'
import { issuanceSchemas } from './issuance-operations.ts'
import { keySchemas } from './key-operations.ts'
import { refusalSchemas } from './refusals.ts'
import { resourceSchemas } from './resource-operations.ts'
import { systemSchemas } from './system-operations.ts'
import { tokenSchemas } from './token-operations.ts'
import { userSchemas } from './user-operations.ts'

/** The description of the listener. */
export function adminApi(version: string): ApiDescription {
  return {
    title: 'Authorization server: administration',
    description: 'What operators and their scripts call, with the admin API key.',
    version,
    // The listener has no public name: paths are relative to wherever the document came from.
    serverUrl: '/',
    tags: [
      { name: 'Clients', description: 'OAuth clients.' },
      { name: 'Resources', description: 'What tokens are for.' },
      { name: 'Resource policy', description: 'Which clients may do what with a resource.' },
      { name: 'Issuances', description: 'Tokens that were issued.' },
      { name: 'Users', description: 'People who sign in.' },
      { name: 'Tokens', description: 'Tokens of users and machines, and their end.' },
      { name: 'Grants', description: 'What users have allowed.' },
      { name: 'Keys', description: 'Keys that sign tokens.' },
      { name: 'Audit', description: 'Who did what.' },
      { name: 'System', description: 'State of the server.' },
      { name: 'Settings', description: 'What may be changed at run time.' },
      { name: 'Open', description: 'What needs no key.' },
    ],
    securitySchemes: {
      admin_key: {
        type: 'http',
        scheme: 'bearer',
        description: 'admin.api_key, after the word Bearer in this very spelling and one space.',
      },
    },
    security: [{ admin_key: [] }],
    schemas: {
      ...refusalSchemas,
      ...clientSchemas,
      ...resourceSchemas,
      ...issuanceSchemas,
      ...userSchemas,
      ...tokenSchemas,
      ...grantSchemas,
      ...keySchemas,
      ...auditSchemas,
      ...systemSchemas,
    },
  }
}
