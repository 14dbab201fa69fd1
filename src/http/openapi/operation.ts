// How routes describe themselves to those who call them (OpenAPI 3.1, B45): one description per
// route, in its `config`, where the collector of api-document.ts finds it. It is no `schema` of the
// framework: what a request may hold is decided by our own readers alone, and nothing of this runs
// while a request is answered.
import 'fastify'

/** A schema as of JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Bodies by media type. */
export type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

export type Answer =
  | {
      readonly description: string
      readonly headers: Readonly<Record<string, JsonSchema>>
      readonly content: Content
    }
  /** An answer without a body. */
  | { readonly description: string; readonly type: 'null' }

export type Answers = Readonly<Record<number, Answer>>

/** Members of a group of parameters, each described by its schema. */
export interface Parameters {
  readonly type: 'object'
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required: readonly string[]
}

export interface Operation {
  /** Unique in its document; what generated clients call their function. */
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  /** Absent = as the whole document says; each entry is one way to be let in. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly params?: Parameters
  readonly querystring?: Parameters
  /** Headers that callers may send, apart from those of every request. */
  readonly headers?: Parameters
  readonly body?: { readonly description: string; readonly content: Content }
  readonly response: Answers
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation
  }
}

/** The `config` of a route that `operation` describes. */
export function describedBy(operation: Operation): {
  readonly config: { readonly operation: Operation }
} {
  return { config: { operation } }
}

/** An answer with one kind of body. */
export function answer(description: string, mediaType: string, schema: JsonSchema): Answer {
  return { description, headers: {}, content: { [mediaType]: { schema } } }
}

/** An answer with a JSON body. */
export function jsonAnswer(description: string, schema: JsonSchema): Answer {
  return answer(description, 'application/json', schema)
}

/** An answer that says nothing but its status. */
export function emptyAnswer(description: string): Answer {
  return { description, type: 'null' }
}
