// Reading of members of a JSON object that came from outside: each has the expected type, is
// absent, or is a problem that is told to the sender. A member that is null counts as absent.
// Members are looked up as own properties, so that `__proto__` and `constructor` are names like any
// other.

export type JsonObject = Readonly<Record<string, unknown>>

export interface DocumentReader {
  text(name: string): string | null
  texts(name: string): readonly string[] | null
  flag(name: string): boolean | null
  integer(name: string): number | null
  object(name: string): JsonObject | null
  objects(name: string): readonly JsonObject[] | null
  /** Notes each member that is not among `names`. */
  refuseOthers(names: readonly string[]): void
  /** What was wrong so far, in whole clauses. */
  readonly problems: readonly string[]
}

/** Whether a parsed JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member of `object` that has this name, undefined when it has none: nothing is inherited. */
export function memberOf(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** A reader of `document`; `prefix` leads to it in the texts of problems (`policy.exchange.`). */
export function documentReader(document: JsonObject, prefix: string): DocumentReader {
  const problems: string[] = []
  const read = <Value>(
    name: string,
    isExpected: (value: unknown) => value is Value,
    expected: string,
  ): Value | null => {
    const value = memberOf(document, name) ?? null
    if (value === null) return null
    if (isExpected(value)) return value
    problems.push(`${prefix}${name} must be ${expected}`)
    return null
  }
  return {
    problems,
    text: (name) => read(name, isText, 'a string'),
    texts: (name) => read(name, listOf(isText), 'a list of strings'),
    flag: (name) => read(name, isFlag, 'true or false'),
    integer: (name) => read(name, isInteger, 'a whole number'),
    object: (name) => read(name, isJsonObject, 'an object'),
    objects: (name) => read(name, listOf(isJsonObject), 'a list of objects'),
    refuseOthers: (names) => {
      for (const name of Object.keys(document)) {
        if (!names.includes(name)) problems.push(`unknown field ${JSON.stringify(prefix + name)}`)
      }
    },
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function listOf<Value>(isOne: (value: unknown) => value is Value) {
  return (value: unknown): value is readonly Value[] => Array.isArray(value) && value.every(isOne)
}
