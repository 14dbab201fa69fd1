// Checks real answers of a listener against the OpenAPI document that the listener serves: the
// operation must list the status and the media type, and the body must be of the listed shape.
import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'
import { headerOf, type RawResponse } from './raw-http.ts'

/** One request and its answer, as they went over the wire. */
export interface ApiExchange {
  readonly method: string
  /** Request target; a query is not looked at. */
  readonly path: string
  /** The body that was sent; null = do not look. Only what was accepted (2xx) is compared. */
  readonly requestBody: string | null
  readonly status: number
  /** Value of the header, null when there is none. */
  readonly contentType: string | null
  readonly body: string
}

export interface ApiCheck {
  /** Ids of all operations in the document. */
  readonly operationIds: readonly string[]
  /** Id of the operation that answers `method` on `path`, or null. */
  operationOf(method: string, path: string): string | null
  /** Fails unless the document describes the exchange; there must be an operation for it. */
  assertDescribed(exchange: ApiExchange): void
  /**
   * The same for the text of a request and its answer; says nothing about requests that are for no
   * operation, and returns whether this one was.
   */
  assertRawDescribed(request: string, response: RawResponse): boolean
}

interface MediaType {
  readonly schema: object
}

type Content = Readonly<Record<string, MediaType>>

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security?: readonly object[]
  readonly parameters?: readonly {
    readonly name: string
    readonly schema: { readonly 'x-spans-segments'?: boolean }
  }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

export interface ApiDocument {
  readonly tags: readonly { readonly name: string }[]
  readonly components: { readonly schemas: object }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Located {
  readonly method: string
  readonly pattern: RegExp
  readonly operation: Operation
}

const namedSchemasId = 'https://openapi.test/schemas'

/** The document of a server that is ready; making it takes no request. */
export function apiDocumentOf(server: FastifyInstance): ApiDocument {
  // As it is served: a member that is undefined is no member.
  return JSON.parse(JSON.stringify(server.swagger()))
}

/** A check against the document of a listener. */
export function createApiCheck(document: ApiDocument): ApiCheck {
  const operations = locateOperations(document)
  const validatorOf = createValidators(document)
  const find = (method: string, path: string): Located | null => {
    const [target = ''] = path.split('?', 1)
    const matches = operations.filter(
      (located) => located.method === method.toLowerCase() && located.pattern.test(target),
    )
    // A path without parameters is more specific than one with them; the list has it first.
    return matches[0] ?? null
  }
  const assertDescribed = (exchange: ApiExchange): void => {
    const located = find(exchange.method, exchange.path)
    assert.ok(located !== null, `no operation for ${exchange.method} ${exchange.path}`)
    assertResponse(located, exchange, validatorOf)
    assertRequest(located, exchange, validatorOf)
  }
  return {
    operationIds: operations.map(({ operation }) => operation.operationId),
    operationOf: (method, path) => find(method, path)?.operation.operationId ?? null,
    assertDescribed,
    assertRawDescribed: (request, response) => {
      const exchange = exchangeOf(request, response)
      const isKnown = find(exchange.method, exchange.path) !== null
      if (isKnown) assertDescribed(exchange)
      return isKnown
    },
  }
}

/** Fails when any schema of the document says something that cannot be meant. */
export function assertSchemasCompile(document: ApiDocument): void {
  const validatorOf = createValidators(document)
  for (const { operation } of locateOperations(document)) {
    const bodies = [operation.requestBody, ...Object.values(operation.responses)]
    for (const { content = {} } of bodies.filter((body) => body !== undefined)) {
      for (const { schema } of Object.values(content)) validatorOf(schema)
    }
    for (const { schema } of operation.parameters ?? []) validatorOf(schema)
  }
}

function exchangeOf(request: string, response: RawResponse): ApiExchange {
  const [head = '', ...rest] = request.split('\r\n\r\n')
  const [method = '', path = ''] = head.split(' ', 2)
  return {
    method,
    path,
    requestBody: /^transfer-encoding:/im.test(head) ? null : rest.join('\r\n\r\n'),
    status: response.status,
    contentType: headerOf(response, 'content-type'),
    body: response.body,
  }
}

function locateOperations(document: ApiDocument): readonly Located[] {
  const paths = Object.entries(document.paths).toSorted(
    ([one], [other]) => one.split('{').length - other.split('{').length,
  )
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method,
      pattern: patternOf(path, operation),
      operation,
    })),
  )
}

function patternOf(path: string, operation: Operation): RegExp {
  const source = path.split(/(\{[^}]+\})/).map((part) => {
    if (!part.startsWith('{')) return RegExp.escape(part)
    const parameter = operation.parameters?.find(({ name }) => `{${name}}` === part)
    assert.ok(parameter !== undefined, `${path} has no parameter ${part}`)
    return parameter.schema['x-spans-segments'] === true ? '.+' : '[^/]*'
  })
  return new RegExp(`^${source.join('')}$`)
}

type ValidatorOf = (schema: object) => ValidateFunction

/** Each schema is compiled once; the named schemas of the document stand beside it. */
function createValidators(document: ApiDocument): ValidatorOf {
  const ajv = new Ajv2020({ strict: true, strictRequired: true, allErrors: true })
  addFormats.default(ajv)
  ajv.addVocabulary(['x-spans-segments'])
  ajv.addSchema({ $id: namedSchemasId, $defs: withReferences(document.components.schemas) })
  const compiled = new Map<object, ValidateFunction>()
  return (schema) => {
    const known = compiled.get(schema)
    if (known !== undefined) return known
    const made = ajv.compile(withReferences(schema))
    compiled.set(schema, made)
    return made
  }
}

/** `schema` with references to where the named schemas lie for the validator. */
function withReferences(schema: object): object {
  const references = JSON.stringify(schema).replaceAll(
    '"#/components/schemas/',
    `"${namedSchemasId}#/$defs/`,
  )
  return JSON.parse(references)
}

function assertResponse(located: Located, exchange: ApiExchange, validatorOf: ValidatorOf): void {
  const { operationId, responses } = located.operation
  const what = `${operationId} ${exchange.status}`
  const response = responses[exchange.status]
  assert.ok(response !== undefined, `${what} is not in the API document`)
  if (response.content === undefined) {
    assert.equal(exchange.body, '', `${what} has no body according to the API document`)
    return
  }
  const listed = listedFor(response.content, exchange.contentType)
  assert.ok(listed !== null, `${what}: ${exchange.contentType} is not in the API document`)
  const [mediaType, { schema }] = listed
  assertShape(validatorOf(schema), bodyValue(mediaType, exchange.body), what)
}

function assertRequest(located: Located, exchange: ApiExchange, validatorOf: ValidatorOf): void {
  const { requestBody, operationId } = located.operation
  const isAccepted = exchange.status >= 200 && exchange.status < 300
  if (!isAccepted || exchange.requestBody === null) return
  if (requestBody === undefined) return
  const [listed] = Object.entries(requestBody.content)
  assert.ok(listed !== undefined, `${operationId} names the media type of its body`)
  const [mediaType, { schema }] = listed
  const value = bodyValue(mediaType, exchange.requestBody)
  assertShape(validatorOf(schema), value, `request of ${operationId}`)
}

function assertShape(validate: ValidateFunction, value: unknown, what: string): void {
  const isValid = validate(value)
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  )
  assert.ok(isValid, `${what} is not of the shape in the API document: ${faults.join('; ')}`)
}

/** What the document lists for an answer of `contentType`, or null. */
function listedFor(content: Content, contentType: string | null): [string, MediaType] | null {
  const essence = essenceOf(contentType ?? '')
  return Object.entries(content).find(([listed]) => essenceOf(listed) === essence) ?? null
}

function essenceOf(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

function bodyValue(mediaType: string, body: string): unknown {
  if (/[/+]json$/.test(mediaType)) return JSON.parse(body)
  if (mediaType !== 'application/x-www-form-urlencoded') return body
  return Object.fromEntries(new URLSearchParams(body))
}
