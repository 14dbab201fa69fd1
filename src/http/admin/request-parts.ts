// Parts of requests that many admin routes describe alike (spec 05 §3).
import { limits } from '../../base/limits.ts'
import type { JsonSchema, Operation } from '../openapi/operation.ts'

/** A parameter of the path. */
export function pathText(description: string): JsonSchema {
  return { type: 'string', minLength: 1, maxLength: limits.pathParameterBytesMax, description }
}

/** A flag of the query: nothing but the text `true` sets it. */
export function queryFlag(description: string): JsonSchema {
  return { type: 'boolean', description }
}

/** A JSON body of a named schema; `description` says how unknown members are taken. */
export function jsonBody(schema: JsonSchema, description: string): NonNullable<Operation['body']> {
  return { description, content: { 'application/json': { schema } } }
}

export const ignoresUnknown = 'Members that are not listed are ignored.'
export const refusesUnknown = 'Members that are not listed are refused.'

/** A page of a list that forgives: what is odd becomes the default. */
export const lenientPage: Readonly<Record<string, JsonSchema>> = {
  limit: {
    type: 'integer',
    description: `Rows, ${limits.pageRowsMax} at most; 50 when absent or not above 0.`,
  },
  offset: { type: 'integer', description: 'Rows to leave out first.' },
}

/** A page of a list that refuses what is out of bounds. */
export const strictPage: Readonly<Record<string, JsonSchema>> = {
  limit: { type: 'integer', minimum: 1, maximum: limits.pageRowsMax, default: 100 },
  offset: { type: 'integer', minimum: 0, maximum: limits.pageOffsetMax, default: 0 },
}
