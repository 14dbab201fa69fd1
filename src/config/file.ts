// Reads the YAML file and sorts its keys into settings, deprecated keys, blocks of entries, unknown
// and removed ones (spec 06 §1 step 2, §3).
import { readFileSync, statSync } from 'node:fs'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { messageOf } from '../base/errors.ts'
import { ConfigError, type Finding } from './findings.ts'
import { type Key, settings } from './schema.ts'
import {
  type BlockKey,
  blockKeys,
  type DeprecatedKey,
  deprecatedKeys,
  removedKeys,
} from './special-names.ts'

export interface FileValue {
  readonly value: unknown
  /** From 1. */
  readonly line: number
}

export interface ConfigFile {
  readonly path: string
  /** Plain data of the whole document. */
  readonly tree: unknown
  readonly settings: ReadonlyMap<Key, FileValue>
  readonly deprecated: ReadonlyMap<DeprecatedKey, FileValue>
  readonly blocks: ReadonlyMap<BlockKey, FileValue>
  /** Line of a value, or of the whole file when there is none at this path. */
  readonly lineOf: LineOf
  readonly unknownKeys: readonly string[]
  /** Removed keys, and values where a group of keys belongs. */
  readonly findings: readonly Finding[]
  readonly isReadableByOthers: boolean
}

export type LineOf = (path: readonly (string | number)[]) => number

const fileBytesMax = 1024 * 1024

/** The content of the file. @throws ConfigError when it is missing, unreadable or not YAML. */
export function readConfigFile(path: string): ConfigFile {
  const { text, mode } = readText(path)
  const lines = new LineCounter()
  // Pretty errors quote the line, which may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const errors = document.errors.map(({ code, pos: [at] }) => {
    const { line, col } = lines.linePos(at)
    const problem = `line ${line}, column ${col}: YAML ${code.toLowerCase().replaceAll('_', ' ')}`
    return fileFinding(path, problem, 'correct the file')
  })
  if (errors.length > 0) throw new ConfigError(errors)
  if (document.contents !== null && !isMap(document.contents) && !isEmptyScalar(document.contents))
    throw new ConfigError([fileFinding(path, 'is not a map of keys', 'begin it with `server:`')])

  let tree: unknown
  try {
    tree = document.toJS()
  } catch {
    throw new ConfigError([fileFinding(path, 'has too many YAML aliases', 'write values out')])
  }
  const lineOf: LineOf = (keys) => {
    const node = document.getIn(keys, true) as { readonly range?: readonly number[] } | undefined
    return lines.linePos(node?.range?.[0] ?? 0).line
  }
  return { path, tree, lineOf, ...sortKeys(tree, lineOf), isReadableByOthers: (mode & 0o077) !== 0 }
}

function readText(path: string): { readonly text: string; readonly mode: number } {
  try {
    const { size, mode } = statSync(path)
    if (size > fileBytesMax) throw new Error(`it is larger than ${fileBytesMax} bytes`)
    return { text: readFileSync(path, 'utf8'), mode }
  } catch (error) {
    const remedy = 'give --config the path of a readable YAML file, or leave it out'
    throw new ConfigError([fileFinding(path, `cannot be read: ${messageOf(error)}`, remedy)])
  }
}

function fileFinding(path: string, problem: string, remedy: string): Finding {
  return { key: path, variable: null, problem, remedy }
}

/** A file of comments, or of nothing, has a null document. */
function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null
}

type Sorted = Pick<ConfigFile, 'settings' | 'deprecated' | 'blocks' | 'unknownKeys' | 'findings'>

/** Names that hold other keys. */
export const keyGroups: ReadonlySet<string> = new Set(
  [...Object.keys(settings), ...Object.keys(deprecatedKeys), ...blockKeys].flatMap((key) => {
    const names = key.split('.')
    return names.slice(1).map((_, index) => names.slice(0, index + 1).join('.'))
  }),
)

function sortKeys(tree: unknown, lineOf: LineOf): Sorted {
  const found = new Map<string, FileValue>()
  const unknownKeys: string[] = []
  const findings: Finding[] = []
  const waiting: (readonly [readonly string[], unknown])[] = isGroup(tree)
    ? entriesOf([], tree)
    : []

  for (const [names, value] of waiting) {
    const key = names.map((name) => (name.includes('.') ? JSON.stringify(name) : name)).join('.')
    const removed = Object.hasOwn(removedKeys, key) ? removedKeys[key] : undefined
    if (removed !== undefined) findings.push(removedFinding(key, removed))
    else if (isKnown(key)) {
      // A key without a value leaves its default alone.
      if (value !== null) found.set(key, { value, line: lineOf(names) })
    } else if (!keyGroups.has(key)) unknownKeys.push(key)
    else if (isGroup(value)) waiting.push(...entriesOf(names, value))
    else if (value !== null) findings.push(notAGroup(key, lineOf(names)))
  }
  return {
    settings: pick(found, Object.keys(settings) as Key[]),
    deprecated: pick(found, Object.keys(deprecatedKeys) as DeprecatedKey[]),
    blocks: pick(found, blockKeys),
    unknownKeys,
    findings,
  }
}

function isKnown(key: string): boolean {
  const isBlock = (blockKeys as readonly string[]).includes(key)
  return isBlock || Object.hasOwn(settings, key) || Object.hasOwn(deprecatedKeys, key)
}

function pick<K extends string>(
  found: ReadonlyMap<string, FileValue>,
  keys: readonly K[],
): ReadonlyMap<K, FileValue> {
  return new Map(
    keys.flatMap((key) => {
      const value = found.get(key)
      return value === undefined ? [] : [[key, value] as const]
    }),
  )
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function entriesOf(
  names: readonly string[],
  group: Readonly<Record<string, unknown>>,
): (readonly [readonly string[], unknown])[] {
  return Object.entries(group).map(([name, value]) => [[...names, name], value] as const)
}

function removedFinding(key: string, successor: string): Finding {
  return { key, variable: null, problem: 'this key was removed', remedy: successor }
}

function notAGroup(key: string, line: number): Finding {
  const problem = `line ${line}: holds a value, but is a group of keys`
  return { key, variable: null, problem, remedy: 'write its keys below it, indented' }
}
