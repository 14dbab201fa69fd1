// JSON schemas in words: the type of a value, and the members of an object, nested ones by paths.
import { code } from './markdown.ts'

/** As far as our documents use JSON Schema. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly const?: unknown
  readonly enum?: readonly string[]
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly items?: Schema
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

interface Member {
  /** Path from the object: `policy.runtime.client_ids`, `scopes[].name`. */
  readonly name: string
  readonly schema: Schema
  readonly isRequired: boolean
}

/** The members of an object, those of objects within it after their own. */
export function membersOf(schema: Schema): readonly Member[] {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const inner = member.type === 'array' ? (member.items ?? {}) : member
    const prefix = member.type === 'array' ? `${name}[].` : `${name}.`
    const nested = membersOf(inner).map((below) => ({ ...below, name: prefix + below.name }))
    return [{ name, schema: member, isRequired: required.has(name) }, ...nested]
  })
}

/** The type of a value in a few words, with its bounds. */
export function typeOf(schema: Schema): string {
  const { $ref, items } = schema
  if ($ref !== undefined) return linkTo($ref)
  if (schema.oneOf !== undefined) return schema.oneOf.map(typeOf).join(' or ')
  if (schema.const !== undefined) return code(String(schema.const))
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ')
  const words = [plainTypeOf(schema)]
  if (items !== undefined) words.push(`of ${typeOf(items)}`)
  const bounds = boundsOf(schema)
  if (schema.default !== undefined) bounds.push(`default ${code(String(schema.default))}`)
  return bounds.length === 0 ? words.join(' ') : `${words.join(' ')}, ${bounds.join(', ')}`
}

function linkTo(reference: string): string {
  const name = reference.split('/').at(-1) ?? reference
  return `[${name}](#${name.toLowerCase()})`
}

function plainTypeOf({ type, format, properties }: Schema): string {
  if (format === 'date-time') return 'time'
  if (format === 'uri') return 'URI'
  switch (type) {
    case 'string':
      return 'text'
    case 'boolean':
      return 'true or false'
    case 'integer':
      return 'whole number'
    case 'array':
      return 'list'
    case 'object':
      return properties === undefined ? 'object' : `object with ${namesOf(properties)}`
    default:
      return type ?? 'any'
  }
}

function namesOf(properties: NonNullable<Schema['properties']>): string {
  return Object.entries(properties)
    .map(([name, member]) => `${code(name)} (${typeOf(member)})`)
    .join(', ')
}

function boundsOf({ minimum, maximum, maxLength, maxItems }: Schema): string[] {
  const bounds: string[] = []
  if (minimum !== undefined && maximum !== undefined) bounds.push(`${minimum} to ${maximum}`)
  else if (minimum !== undefined) bounds.push(`at least ${minimum}`)
  else if (maximum !== undefined) bounds.push(`at most ${maximum}`)
  if (maxLength !== undefined) bounds.push(`at most ${maxLength} characters`)
  if (maxItems !== undefined) bounds.push(`at most ${maxItems} items`)
  return bounds
}
