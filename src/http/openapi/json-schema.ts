// Words in which routes describe the JSON that they take and give.
import type { JsonSchema, Parameters } from './operation.ts'

export const text: JsonSchema = { type: 'string' }
export const flag: JsonSchema = { type: 'boolean' }
export const count: JsonSchema = { type: 'integer', minimum: 0 }
/** A time as in RFC 3339. */
export const instant: JsonSchema = { type: 'string', format: 'date-time' }

/** `schema` with a sentence about what it means. */
export function told(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description }
}

/** One of a closed set of texts. */
export function oneOf(choices: readonly string[]): JsonSchema {
  return { type: 'string', enum: choices }
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

export const texts: JsonSchema = listOf(text)

/** A named schema of the document. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}

type Members = Readonly<Record<string, JsonSchema>>

/** An object with all of `required`, any of `optional` and nothing else. */
export function closedObject(required: Members, optional: Members): JsonSchema {
  return { ...openObject(required, optional), additionalProperties: false }
}

/** An object with all of `required`, any of `optional`, and whatever else its sender puts in. */
export function openObject(required: Members, optional: Members): JsonSchema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    ...(Object.keys(required).length === 0 ? null : { required: Object.keys(required) }),
  }
}

/** Parameters of the path, which are all there. */
export function pathParameters(members: Members): Parameters {
  return { type: 'object', properties: members, required: Object.keys(members) }
}

/** Parameters of the query, none of which need be there. */
export function queryParameters(members: Members): Parameters {
  return { type: 'object', properties: members, required: [] }
}
