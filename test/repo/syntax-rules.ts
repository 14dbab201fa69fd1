// Rules that need the syntax of a file (STYLE.md): length of functions, forgotten debuggers, and
// tests that do not run.
import { bannedUses, hiddenImports } from './banned-uses.ts'
import { type FileRule, isCode, isShipped } from './findings.ts'
import {
  callArguments,
  isNode,
  type Node,
  nameOf,
  parseSource,
  propertyName,
} from './syntax-tree.ts'

const functionLinesMax = 60

const functionTypes = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'MethodProperty',
  'GetterProperty',
  'SetterProperty',
  'ClassMethod',
  'PrivateMethod',
  'Constructor',
])

/** Functions that ship have at most 60 lines, with what they enclose. */
const functionLength: FileRule = ({ path, text }) => {
  if (!isCode(path) || (!isShipped(path) && !path.startsWith('scripts/'))) return []
  const tree = parseSource(text)
  return tree.visits.flatMap(({ node }) => {
    if (!functionTypes.has(node.type)) return []
    const line = tree.firstLine(node)
    const lines = tree.lastLine(node) - line + 1
    if (lines <= functionLinesMax) return []
    const name = nameOf(node['identifier'] ?? node['key']) ?? 'function'
    const message = `${name} has ${lines} lines, at most ${functionLinesMax}`
    return [{ path, line, rule: 'function-length', message }]
  })
}

/** No debugger statement stays in the code. */
const noDebugger: FileRule = ({ path, text }) => {
  if (!isCode(path)) return []
  const tree = parseSource(text)
  return tree.visits
    .filter(({ node }) => node.type === 'DebuggerStatement')
    .map(({ node }) => {
      return { path, line: tree.firstLine(node), rule: 'debugger', message: 'left in the code' }
    })
}

const testFunctions = ['test', 'it', 'describe', 'suite']
const testSwitches = ['only', 'skip', 'todo']

/** No test is focused or switched off; one that lacks something says what, under a condition. */
const everyTestRuns: FileRule = ({ path, text }) => {
  if (!isCode(path)) return []
  const tree = parseSource(text)
  return tree.visits
    .filter(({ node }) => node.type === 'CallExpression')
    .flatMap(({ node }) => switchesOf(node).map((used) => ({ node, used })))
    .map(({ node, used }) => {
      const message = `${used}: let it run, or skip under a condition and say what is missing`
      return { path, line: tree.firstLine(node), rule: 'test-switch', message }
    })
}

function switchesOf(call: Node): readonly string[] {
  const callee = call['callee']
  if (!isNode(callee)) return []
  if (callee.type === 'MemberExpression') {
    const name = propertyName(callee) ?? ''
    const isTest = testFunctions.includes(nameOf(callee['object']) ?? '')
    if (isTest && testSwitches.includes(name)) return [name]
    // `t.skip('what is missing')` inside a test is decided at run time; without a reason it is not.
    if (name === 'skip' && nameOf(callee['object']) === 't') {
      return callArguments(call).length === 0 ? ['skip without a reason'] : []
    }
  }
  return testFunctions.includes(nameOf(callee) ?? '') ? callArguments(call).flatMap(optionsOf) : []
}

/** Switches in the options of a test whose value is no condition. */
function optionsOf(argument: Node): readonly string[] {
  const properties = argument.type === 'ObjectExpression' ? argument['properties'] : []
  if (!Array.isArray(properties)) return []
  return properties.flatMap((property: Node) => {
    const name = nameOf(property['key']) ?? ''
    const value = property['value']
    const isConstant = isNode(value) && /^(?:Boolean|String)Literal$/.test(value.type)
    return testSwitches.includes(name) && (isConstant || name !== 'skip') ? [name] : []
  })
}

export const syntaxRules: readonly FileRule[] = [
  functionLength,
  noDebugger,
  everyTestRuns,
  bannedUses,
  hiddenImports,
]
