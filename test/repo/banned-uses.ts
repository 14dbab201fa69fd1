// Calls that belong to one place (ARCHITECTURE.md, floors): the table of what is banned, where it
// may be, and what to use instead; and the rule that finds them, as globals or as imports.
import { type FileRule, type Finding, isCode, isShipped } from './findings.ts'
import {
  callArguments,
  globalPath,
  isNode,
  literalText,
  type Node,
  nameOf,
  parseSource,
  type SyntaxTree,
} from './syntax-tree.ts'

interface Ban {
  readonly rule: string
  readonly globals: readonly string[]
  /** Names of Node modules; these modules are imported by name and statically. */
  readonly imports: Readonly<Record<string, readonly string[]>>
  readonly isHome: (path: string) => boolean
  readonly instead: string
}

/** Code that measures, drives or stands beside the server owns its own time and chance. */
function isOutside(path: string): boolean {
  return /^(?:bench|examples|scripts|test)\//.test(path) && !path.startsWith('test/sim/')
}

const timers = ['setTimeout', 'setInterval', 'setImmediate']
const chance = ['randomBytes', 'randomUUID', 'randomInt', 'randomFill', 'randomFillSync']

const bans: readonly Ban[] = [
  {
    rule: 'time',
    globals: ['Date.now', 'performance.now', 'performance.timeOrigin', 'process.hrtime'],
    imports: { 'node:perf_hooks': ['performance'], 'node:process': ['hrtime'] },
    isHome: (path) => path === 'src/base/clock.ts' || isOutside(path),
    instead: 'take a Clock (src/base/clock.ts)',
  },
  {
    rule: 'timer',
    globals: timers,
    imports: { 'node:timers': timers, 'node:timers/promises': [...timers, 'scheduler'] },
    isHome: (path) => path === 'src/base/clock.ts' || isOutside(path),
    instead: 'Clock.after or Clock.soon (src/base/clock.ts)',
  },
  {
    rule: 'chance',
    globals: ['Math.random', 'crypto.randomUUID', 'crypto.getRandomValues'],
    imports: { 'node:crypto': [...chance, 'getRandomValues', 'webcrypto'] },
    isHome: (path) => path === 'src/base/random.ts' || isOutside(path),
    instead: 'take a Random (src/base/random.ts)',
  },
  {
    rule: 'private-key',
    globals: ['crypto.subtle'],
    imports: {
      'node:crypto': [
        'createPrivateKey',
        'generateKeyPair',
        'generateKeyPairSync',
        'sign',
        'createSign',
        'subtle',
      ],
    },
    isHome: (path) => path.startsWith('actors/signer/') || isOutside(path),
    instead: 'ask the signer: private keys live in its thread alone',
  },
  {
    rule: 'environment',
    globals: ['process.env', 'process.loadEnvFile'],
    imports: { 'node:process': ['env', 'loadEnvFile'] },
    isHome: (path) => path === 'src/config/environment.ts' || isOutside(path),
    instead: 'configuration has one door (src/config/environment.ts)',
  },
  {
    rule: 'outgoing-request',
    globals: ['fetch', 'WebSocket', 'EventSource'],
    imports: {
      'node:http': ['request', 'get', 'Agent', 'globalAgent', 'ClientRequest'],
      'node:https': ['request', 'get', 'Agent', 'globalAgent'],
      'node:http2': ['connect'],
      'node:net': ['connect', 'createConnection', 'Socket'],
      'node:tls': ['connect', 'TLSSocket'],
    },
    // The signer's process wraps the descriptor that its parent handed down.
    isHome: (path) =>
      path.startsWith('src/outbound/') ||
      path === 'actors/runtime/process-host.ts' ||
      isOutside(path),
    instead: 'src/outbound is the one place for address rules, time-outs and size limits',
  },
  {
    rule: 'console',
    globals: ['console'],
    imports: { 'node:console': ['log', 'Console'] },
    // Programs that a test starts tell it by their output what they have done.
    isHome: (path) =>
      /^(?:src\/cli|scripts|bench|examples)\//.test(path) || /^test\/.*(?<!\.test)\.ts$/.test(path),
    instead: 'take a Log (src/base/telemetry.ts)',
  },
]

/** What a file uses: `path` of a global, or `module` with the name taken from it. */
interface Use {
  readonly node: Node
  readonly path: string | null
  readonly module: string | null
  readonly name: string
}

/** Functions that have one home are called nowhere else. */
export const bannedUses: FileRule = ({ path, text }) => {
  if (!isCode(path)) return []
  const tree = parseSource(text)
  const active = bans.filter((ban) => !ban.isHome(path))
  const uses = [...globalUses(tree), ...importUses(tree)]
  const calls = uses.flatMap((use) =>
    active
      .filter((ban) => breaks(ban, use))
      .map(({ rule, instead }): Finding => {
        const what = use.path ?? `${use.name} of ${use.module}`
        return { path, line: tree.firstLine(use.node), rule, message: `${what}: ${instead}` }
      }),
  )
  return [...calls, ...(active.some(({ rule }) => rule === 'time') ? dateUses(path, tree) : [])]
}

function breaks(ban: Ban, use: Use): boolean {
  if (use.path !== null) return ban.globals.includes(use.path)
  const names = use.module === null ? undefined : ban.imports[use.module]
  return names !== undefined && (use.name === '*' || names.includes(use.name))
}

function globalUses(tree: SyntaxTree): readonly Use[] {
  return tree.visits.flatMap(({ node, inType }) => {
    const path = inType ? null : globalPath(node)
    return path === null ? [] : [{ node, path, module: null, name: '' }]
  })
}

/** Names taken from modules; `*` stands for the whole module, however it is had. */
function importUses(tree: SyntaxTree): readonly Use[] {
  return tree.visits.flatMap(({ node }) => {
    if (node.type === 'CallExpression') return dynamicImport(node)
    const module = literalText(node['source'])
    if (module === null || node['typeOnly'] === true) return []
    const found = { node, path: null, module: withPrefix(module) }
    const specifiers = Array.isArray(node['specifiers']) ? node['specifiers'] : null
    if (specifiers === null) return [{ ...found, name: '*' }]
    return specifiers
      .filter((specifier) => specifier.isTypeOnly !== true)
      .map((specifier) => ({ ...found, name: importedName(specifier) }))
  })
}

function importedName(specifier: Node): string {
  if (specifier.type === 'ImportSpecifier') {
    return nameOf(specifier['imported']) ?? nameOf(specifier['local']) ?? '*'
  }
  return specifier.type === 'ExportSpecifier' ? (nameOf(specifier['orig']) ?? '*') : '*'
}

function dynamicImport(call: Node): readonly Use[] {
  const callee = call['callee']
  if (!isNode(callee) || callee.type !== 'Import') return []
  const module = literalText(callArguments(call)[0])
  return module === null ? [] : [{ node: call, path: null, module: withPrefix(module), name: '*' }]
}

function withPrefix(module: string): string {
  return /^(?:crypto|https?|http2|net|tls|timers(?:\/promises)?|process)$/.test(module)
    ? `node:${module}`
    : module
}

/** `new Date()` and `Date()` read the clock; a Date of a given time does not. */
function dateUses(path: string, tree: SyntaxTree): readonly Finding[] {
  return tree.visits
    .filter(({ node }) => {
      if (globalPath(node['callee']) !== 'Date') return false
      return node.type === 'CallExpression' || callArguments(node).length === 0
    })
    .map(({ node }) => {
      const message = 'Date of now: take a Clock (src/base/clock.ts)'
      return { path, line: tree.firstLine(node), rule: 'time', message }
    })
}

/** Imports that the check of the floors cannot see are not used in code that ships. */
export const hiddenImports: FileRule = ({ path, text }) => {
  if (!isShipped(path)) return []
  const tree = parseSource(text)
  return tree.visits
    .filter(({ node }) => isHiddenImport(node))
    .map(({ node }) => {
      const message = 'write an import declaration, which the floors are checked by'
      return { path, line: tree.firstLine(node), rule: 'hidden-import', message }
    })
}

function isHiddenImport(node: Node): boolean {
  if (node.type === 'TsImportType') return true
  const callee = node['callee']
  if (node.type !== 'CallExpression' || !isNode(callee)) return false
  if (callee.type === 'Import') return literalText(callArguments(node)[0]) === null
  if (nameOf(callee) === 'createRequire') return true
  return ['require', 'process.getBuiltinModule'].includes(globalPath(callee) ?? '')
}
