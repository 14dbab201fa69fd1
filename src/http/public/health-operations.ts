// How the health routes are described (spec 01 §4, 08 §2).
import { closedObject, instant, oneOf, ref } from '../openapi/json-schema.ts'
import { jsonAnswer, type Operation } from '../openapi/operation.ts'
import { refusals } from './refusals.ts'

const db = oneOf(['ok', 'error'])

export const healthSchemas = {
  Alive: closedObject({ status: { const: 'alive' }, time: instant }, {}),
  Readiness: closedObject({ status: oneOf(['ready', 'not_ready']), time: instant, db }, {}),
  Health: closedObject({ status: oneOf(['ok', 'degraded']), time: instant, db }, {}),
}

/** The three operations; `suffix` tells those below the issuer's path from those at the root. */
export function healthOperations(suffix: string): {
  readonly livez: Operation
  readonly ready: Operation
  readonly health: Operation
} {
  const tags = ['Health']
  return {
    livez: {
      operationId: `getLiveness${suffix}`,
      summary: 'Whether the process is alive; depends on nothing else',
      tags,
      response: { 200: jsonAnswer('It is.', ref('Alive')), ...refusals(400, 500) },
    },
    ready: {
      operationId: `getReadiness${suffix}`,
      summary: 'Whether to send requests here',
      tags,
      response: {
        200: jsonAnswer('Yes.', ref('Readiness')),
        503: jsonAnswer('No: it starts, drains, or something it needs is down.', ref('Readiness')),
        ...refusals(400, 500),
      },
    },
    health: {
      operationId: `getHealth${suffix}`,
      summary: 'Whether the database answers',
      tags,
      response: {
        200: jsonAnswer('It does.', ref('Health')),
        503: jsonAnswer('It does not.', ref('Health')),
        ...refusals(400, 500),
      },
    },
  }
}
