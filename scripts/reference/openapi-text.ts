// An OpenAPI document as Markdown: operations under their tags with parameters, body and answers,
// then the named schemas as tables of members.
import { anchor, code, table } from './markdown.ts'
import { membersOf, type Schema, typeOf } from './schema-text.ts'

interface Media {
  readonly schema: Schema
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: Schema
  readonly description?: string
}

interface Response {
  readonly description: string
  readonly content?: Readonly<Record<string, Media>>
}

interface Operation {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly object[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly description?: string
    readonly content: Readonly<Record<string, Media>>
  }
  readonly responses: Readonly<Record<string, Response>>
}

export interface ApiDocument {
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

interface Located {
  readonly title: string
  readonly operation: Operation
}

/** One row per operation, linked to its section. */
export function contentsOf(document: ApiDocument): string {
  const rows = locate(document).map(({ title, operation }) => [
    `[${code(title)}](#${anchor(title)})`,
    operation.summary,
  ])
  return table(['Route', 'Does'], rows)
}

/** All operations, one section per tag. */
export function operationsOf(document: ApiDocument): string {
  const operations = locate(document)
  return document.tags
    .flatMap(({ name, description }) => [
      `## ${name}\n\n${description}`,
      ...operations.filter(({ operation }) => operation.tags.includes(name)).map(sectionOf),
    ])
    .join('\n\n')
}

/** All named schemas with their members. */
export function schemasOf({ components }: ApiDocument): string {
  return Object.entries(components.schemas)
    .map(([name, schema]) => `### ${name}\n\n${shapeOf(schema)}`)
    .join('\n\n')
}

function locate({ paths }: ApiDocument): readonly Located[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      title: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  )
}

function sectionOf({ title, operation }: Located): string {
  const { summary, description, parameters, requestBody, responses } = operation
  const parts = [`### ${title}`, `${summary}.`]
  if (description !== undefined) parts.push(description)
  if (parameters !== undefined) parts.push(parameterTable(parameters))
  if (requestBody !== undefined) parts.push(...bodyParts(requestBody))
  parts.push(...answerParts(responses))
  return parts.join('\n\n')
}

function parameterTable(parameters: readonly Parameter[]): string {
  const isInPath = (parameter: Parameter): boolean => parameter.in === 'path'
  const inOrder = [...parameters.filter(isInPath), ...parameters.filter((one) => !isInPath(one))]
  const rows = inOrder.map((parameter) => {
    const { name, schema } = parameter
    const words = parameter.description ?? schema.description ?? ''
    return [code(name), parameter.in, typeOf(schema), words]
  })
  return table(['Parameter', 'In', 'Type', 'Means'], rows)
}

function bodyParts({
  description,
  content,
}: NonNullable<Operation['requestBody']>): readonly string[] {
  const words = description === undefined ? '' : ` ${description}`
  return Object.entries(content).map(
    ([mediaType, { schema }]) => `Body, ${code(mediaType)}: ${typeOf(schema)}.${words}`,
  )
}

/** What succeeds as a table; refusals are told once, on the page of errors. */
function answerParts(responses: Operation['responses']): readonly string[] {
  const all = Object.entries(responses)
  const isTold = ([status, { content }]: readonly [string, Response]): boolean =>
    Number(status) < 400 || !isRefusal(content)
  const rows = all
    .filter(isTold)
    .map(([status, { description, content }]) => [status, contentOf(content), description])
  const refusals = all.filter((entry) => !isTold(entry)).map(([status]) => status)
  const more = refusals.length === 0 ? [] : [`Refusals: ${refusals.join(', ')}.`]
  return [table(['Answer', 'Body', 'Means'], rows), ...more]
}

const refusalNames = ['Problem', 'Unauthorized', 'SlowDown']

function isRefusal(content: Response['content']): boolean {
  const media = Object.values(content ?? {})
  return media.some(({ schema }) => refusalNames.includes(schema.$ref?.split('/').at(-1) ?? ''))
}

function contentOf(content: Response['content']): string {
  if (content === undefined) return 'none'
  return Object.entries(content)
    .map(([mediaType, { schema }]) =>
      mediaType === 'application/json' ? typeOf(schema) : `${typeOf(schema)} (${code(mediaType)})`,
    )
    .join(', or ')
}

function shapeOf(schema: Schema): string {
  const members = membersOf(schema)
  if (members.length === 0) return `${typeOf(schema)}.`
  const rows = members.map(({ name, schema: member, isRequired }) => [
    code(name),
    typeOf(member),
    isRequired ? 'yes' : '',
    member.description ?? '',
  ])
  return table(['Member', 'Type', 'Always', 'Means'], rows)
}
