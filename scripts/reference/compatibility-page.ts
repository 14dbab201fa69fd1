// docs/compatibility.md: which client was tested with which flow, read from the titles of the tests
// in test/clients and from the requests of installed clients that tests rebuild.
import { readFileSync } from 'node:fs'
import { code, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

const root = new URL('../../', import.meta.url)

export const compatibilityPage: Page = {
  path: 'docs/compatibility.md',
  render: () => fillPage('compatibility', { programs: programTable(), requests: requestTable() }),
}

/** A way in which a client meets the server, and what titles of tests of it say. */
interface Flow {
  readonly name: string
  readonly said: RegExp
}

export const flows: readonly Flow[] = [
  { name: 'Registers itself', said: /\bregisters\b/ },
  { name: 'Known by a document', said: /\bknown by the document\b/ },
  { name: 'Known to the administrator', said: /\bknown to the operator\b/ },
  { name: 'More scopes on demand', said: /\basks for more\b|\bcalls the tool that needs more\b/ },
  { name: 'Refresh', said: /\brefreshes\b(?!.*\bgives up\b)/ },
  { name: 'DPoP with a nonce', said: /\bnonce\b/ },
  { name: 'Client credentials', said: /\bclient credentials\b/ },
  { name: 'Introspection and revocation', said: /\bintrospects\b/ },
]

interface Program {
  readonly name: string
  /** Package in package.json, for the version that is tested. */
  readonly package: string
  /** Files below test/clients, and what begins a title of this program; null = every title. */
  readonly tests: readonly (readonly [file: string, prefix: string | null])[]
  /** Flows that it does not have. */
  readonly lacks: readonly string[]
  /** By flow, what has to be so for it. */
  readonly limits: Readonly<Record<string, string>>
}

/** Titles of tests that run with several libraries begin with these. */
const each = `\${library.name}: `

const programs: readonly Program[] = [
  {
    name: 'MCP TypeScript client',
    package: '@modelcontextprotocol/client',
    tests: [
      ['mcp-client.test.ts', each],
      ['mcp-client.test.ts', 'gets a bound token'],
    ],
    lacks: ['Introspection and revocation'],
    limits: {},
  },
  {
    name: 'MCP TypeScript SDK',
    package: '@modelcontextprotocol/sdk',
    tests: [['mcp-client.test.ts', each]],
    lacks: ['DPoP with a nonce', 'Introspection and revocation'],
    limits: { 'More scopes on demand': 'without a refresh token' },
  },
  {
    name: 'MCP Inspector',
    package: '@modelcontextprotocol/inspector',
    tests: [['binaries.test.ts', 'MCP Inspector: ']],
    lacks: ['DPoP with a nonce', 'Introspection and revocation', 'Client credentials'],
    limits: {},
  },
  {
    name: 'mcp-remote',
    package: 'mcp-remote',
    tests: [['binaries.test.ts', 'mcp-remote: ']],
    lacks: ['DPoP with a nonce', 'Introspection and revocation', 'Client credentials'],
    limits: {},
  },
  {
    name: 'oauth4webapi',
    package: 'oauth4webapi',
    tests: [['oauth4webapi.test.ts', null]],
    lacks: ['More scopes on demand'],
    limits: {},
  },
]

/** Titles of the tests in a source. */
export function titlesIn(source: string): readonly string[] {
  return [...source.matchAll(/\btest\(\s*(['"`])(.*?)\1/g)].map(([, , title = '']) => title)
}

function titlesOf({ tests }: Program): readonly string[] {
  return tests.flatMap(([file, prefix]) => {
    const source = readFileSync(new URL(`test/clients/${file}`, root), 'utf8')
    const titles = titlesIn(source).filter((title) => title.startsWith(prefix ?? ''))
    if (titles.length > 0) return titles
    throw new Error(`no test of test/clients/${file} begins with ${prefix}`)
  })
}

/** `tested`, `pending`, or a dash when the program has no such thing. */
export function standing(
  flow: Flow,
  titles: readonly string[],
  { lacks, limits }: Pick<Program, 'lacks' | 'limits'>,
): string {
  const limit = limits[flow.name]
  if (titles.some((title) => flow.said.test(title))) {
    return limit === undefined ? 'tested' : `tested, ${limit}`
  }
  return lacks.includes(flow.name) ? '–' : 'pending'
}

function programTable(): string {
  const rows = programs.map((program) => {
    const titles = titlesOf(program)
    const cells = flows.map((flow) => standing(flow, titles, program))
    return [`${program.name} ${versionOf(program.package)}`, ...cells]
  })
  return table(['Client', ...flows.map(({ name }) => name)], rows)
}

function versionOf(name: string): string {
  const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
  const version: unknown = devDependencies[name]
  if (typeof version !== 'string') throw new Error(`${name} is not a dependency`)
  return version
}

/** Names and what is special, from lists whose entries begin with `client:`. */
function requestsIn(path: string): readonly (readonly [client: string, what: string])[] {
  const source = readFileSync(new URL(path, root), 'utf8')
  const entries = source.matchAll(/^ {4}client: '([^']+)',\n(?: {4}quirk: (['"])(.*?)\2,)?/gm)
  return [...entries].map(([, client = '', , quirk]) => {
    const [name = '', what = ''] = client.split(': ', 2)
    return [name, quirk ?? what] as const
  })
}

const registrations = 'test/support/captured-registrations.ts'
const authorizations = 'test/http/public/mcp-clients.test.ts'

function requestTable(): string {
  const kinds = [
    ['registration', registrations],
    ['authorization', authorizations],
  ] as const
  const rows = kinds.flatMap(([kind, path]) =>
    requestsIn(path).map(([client, what]) => [client, kind, what, `tested, ${code(path)}`]),
  )
  if (rows.length < kinds.length) throw new Error('there are no rebuilt requests')
  return table(['Client', 'Request', 'What is special about it', 'State'], rows)
}
