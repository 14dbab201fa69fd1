// Reading of TypeScript for the rules that must tell code from text: @swc/core parses, and resolves
// names so far that a global can be told from a parameter of the same name.
import assert from 'node:assert/strict'
import { parseSync } from '@swc/core'

/** A node of the syntax tree; members depend on the type. */
export interface Node {
  readonly type: string
  readonly span?: { readonly start: number; readonly end: number }
  readonly [member: string]: unknown
}

interface Visit {
  readonly node: Node
  /** Whether the node lies in a type, which is gone at run time. */
  readonly inType: boolean
}

export interface SyntaxTree {
  /** The statements of the file. */
  readonly body: readonly Node[]
  /** All nodes, parents before children. */
  readonly visits: readonly Visit[]
  /** Number of the line, from 1, on which the node begins. */
  firstLine(node: Node): number
  /** Number of the line, from 1, on which the node ends. */
  lastLine(node: Node): number
}

/** The context that the parser gives to names which no scope of the file declares. */
const globalContext = 1

/** Nodes of TypeScript's own that hold an expression, which exists at run time. */
const typedExpressions = new Set([
  'TsAsExpression',
  'TsConstAssertion',
  'TsInstantiation',
  'TsNonNullExpression',
  'TsSatisfiesExpression',
  'TsTypeAssertion',
])

/** Rules of this folder share the tree of one file; the texts are few and small. */
const parsed = new Map<string, SyntaxTree>()

/** @throws the parser's error when `text` is not TypeScript. */
export function parseSource(text: string): SyntaxTree {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const tree = parse(text)
  parsed.set(text, tree)
  return tree
}

function parse(text: string): SyntaxTree {
  const bytes = Buffer.from(text)
  const root: unknown = parseSync(text, { syntax: 'typescript', target: 'es2022' })
  assert.ok(isNode(root))
  // Offsets of the parser are in bytes and begin with 1.
  const lineOf = (offset: number): number =>
    bytes
      .subarray(0, offset - 1)
      .toString('latin1')
      .split('\n').length
  return {
    body: nodesIn(root['body']),
    visits: collect(root),
    firstLine: ({ span }) => lineOf(span?.start ?? 1),
    lastLine: ({ span }) => lineOf(span?.end ?? 1),
  }
}

function collect(root: Node): readonly Visit[] {
  const visits: Visit[] = []
  const waiting: Visit[] = [{ node: root, inType: false }]
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop()) {
    visits.push(visit)
    const { type } = visit.node
    const inType = visit.inType || (type.startsWith('Ts') && !typedExpressions.has(type))
    const children = Object.values(visit.node).flatMap(nodesIn).toReversed()
    waiting.push(...children.map((node) => ({ node, inType })))
  }
  return visits
}

/** Nodes in a member: itself, its elements, or those in a plain wrapper such as an argument. */
function nodesIn(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn)
  if (isNode(value)) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(nodesIn)
}

/** Whether a value of a member is a node of the tree. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

/** `Date.now` of an expression, also behind `globalThis`; null if it begins with no global. */
export function globalPath(node: unknown): string | null {
  return memberPath(node)?.replace(/^(?:globalThis|global)\./, '') ?? null
}

function memberPath(node: unknown): string | null {
  if (!isNode(node)) return null
  if (node.type === 'Identifier') {
    return node['ctxt'] === globalContext ? String(node['value']) : null
  }
  if (node.type === 'OptionalChainingExpression') return memberPath(node['base'])
  if (node.type !== 'MemberExpression') return null
  const object = memberPath(node['object'])
  const property = propertyName(node)
  return object === null || property === null ? null : `${object}.${property}`
}

/** The constant name of the property that a member expression reads, or null. */
export function propertyName(member: Node): string | null {
  const property = member['property']
  if (!isNode(property)) return null
  if (property.type === 'Identifier') return String(property['value'])
  return property.type === 'Computed' ? literalText(property['expression']) : null
}

/** The text of a string literal, or null. */
export function literalText(node: unknown): string | null {
  return isNode(node) && node.type === 'StringLiteral' ? String(node['value']) : null
}

/** The text of an identifier or string literal: a key, an imported name. */
export function nameOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' ? String(node['value']) : literalText(node)
}

/** The arguments of a call. */
export function callArguments(call: Node): readonly Node[] {
  return nodesIn(call['arguments'])
}
