// The floors of ARCHITECTURE.md hold for every file that ships. dependency-cruiser reads TypeScript
// only through a parser of its own choice and stays green when it reads nothing, so that the number
// of modules is checked, and every rule has to find a violation that was planted for it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { repositoryFiles, repositoryRoot } from './repository-files.ts'

const rulesPath = join(repositoryRoot, '.dependency-cruiser.mjs')
const cruiserPath = join(
  repositoryRoot,
  'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
)

interface Violation {
  readonly from: string
  readonly to: string
  readonly rule: { readonly name: string }
}

interface Cruise {
  readonly sources: readonly string[]
  readonly violations: readonly Violation[]
}

async function cruise(directory: string): Promise<Cruise> {
  const folders = ['src', 'actors', 'workers']
  const options = ['--config', rulesPath, '--output-type', 'json']
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cruiserPath, ...options, ...folders],
    { cwd: directory, maxBuffer: 64 * 1024 * 1024 },
  )
  const { modules, summary } = JSON.parse(stdout)
  return {
    sources: modules.map(({ source }: { source: string }) => source),
    violations: summary.violations,
  }
}

/** One file per rule that breaks it: path, text, and the files it needs. */
const planted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'floor-src-base': { 'src/base/a.ts': "import '../records/target.ts'" },
  'floor-src-records': { 'src/records/a.ts': "import type { T } from '../oauth/target.ts'" },
  'floor-src-oauth': { 'src/oauth/a.ts': "import '../flows/target.ts'" },
  'floor-src-telemetry': { 'src/telemetry/a.ts': "import '../config/target.ts'" },
  'floor-src-config': { 'src/config/a.ts': "import '../oauth/target.ts'" },
  'floor-src-outbound': { 'src/outbound/a.ts': "import '../flows/target.ts'" },
  'floor-actors-runtime': { 'actors/runtime/a.ts': "import '../../src/oauth/target.ts'" },
  'floor-actors-any': {
    'actors/signer/a.ts': "import type { T } from '../storage/protocol.ts'",
  },
  'floor-workers': { 'workers/signer.ts': "import '../src/config/target.ts'" },
  'floor-src-flows': { 'src/flows/a.ts': "export { T } from '../http/target.ts'" },
  'floor-src-http': { 'src/http/a.ts': "import '../../actors/storage/protocol.ts'" },
  'floor-src-cli': { 'src/cli/a.ts': "const load = () => import('../http/target.ts')" },
  'folder-has-a-floor': { 'src/helpers/a.ts': "import '../base/target.ts'" },
  'imported-folder-has-a-floor': { 'src/boot/b.ts': "import '../helpers/a.ts'" },
  'no-cycle': {
    'src/base/left.ts': "import type { T } from './right.ts'",
    'src/base/right.ts': "import type { T } from './left.ts'",
  },
  'no-unresolved-import': { 'src/base/lost.ts': "import './missing.ts'" },
  'no-unlisted-package': { 'src/http/b.ts': "import 'unlisted'" },
  'no-test-code-in-product': { 'src/boot/c.ts': "import '../../test/target.ts'" },
  'main-only-composes': { 'src/main.ts': "import './flows/target.ts'" },
  'nobody-imports-entries': { 'src/boot/d.ts': "import '../main.ts'" },
  'behaviour-stays-in-its-actor': {
    'src/flows/b.ts': "import '../../actors/signer/target.ts'",
  },
  'worker-starts-its-own-actor': {
    'workers/storage.ts': "import '../actors/signer/target.ts'",
    'workers/storage-process.ts': "import '../actors/signer/target.ts'",
  },
  'checkpointer-belongs-to-storage': {
    'workers/checkpointer.ts': "import '../actors/signer/target.ts'",
  },
  'protocol-is-types': { 'actors/storage/protocol.ts': "import '../../src/records/target.ts'" },
  'protocol-without-behaviour': {
    'actors/signer/protocol.ts': "import type { T } from './target.ts'",
  },
  'slices-are-types': {
    'src/config/slices.ts': "import '../../actors/signer/protocol.ts'",
  },
  'only-slices-know-actors': {
    'src/config/b.ts': "import type { T } from '../../actors/signer/protocol.ts'",
  },
  'rules-do-no-io': { 'src/oauth/b.ts': "import { readFileSync } from 'node:fs'" },
  'home-of-fastify-swagger': { 'src/flows/p.ts': "import '@fastify/swagger'" },
  'home-of-opentelemetry-api': { 'src/http/p.ts': "import '@opentelemetry/api'" },
  'home-of-opentelemetry-exporter-logs-otlp-grpc': {
    'src/http/q.ts': "import '@opentelemetry/exporter-logs-otlp-grpc'",
  },
  'home-of-opentelemetry-exporter-metrics-otlp-grpc': {
    'src/http/r.ts': "import '@opentelemetry/exporter-metrics-otlp-grpc'",
  },
  'home-of-opentelemetry-exporter-trace-otlp-grpc': {
    'src/http/s.ts': "import '@opentelemetry/exporter-trace-otlp-grpc'",
  },
  'home-of-opentelemetry-resources': { 'src/http/t.ts': "import '@opentelemetry/resources'" },
  'home-of-opentelemetry-sdk-logs': { 'src/http/u.ts': "import '@opentelemetry/sdk-logs'" },
  'home-of-opentelemetry-sdk-metrics': { 'src/http/v.ts': "import '@opentelemetry/sdk-metrics'" },
  'home-of-opentelemetry-sdk-trace': { 'src/http/w.ts': "import '@opentelemetry/sdk-trace'" },
  'home-of-bcryptjs': { 'src/flows/h.ts': "import 'bcryptjs'" },
  'home-of-better-sqlite3': { 'src/flows/c.ts': "import 'better-sqlite3'" },
  'home-of-commander': { 'src/http/c.ts': "import 'commander'" },
  'home-of-fastify': { 'src/flows/d.ts': "import type { T } from 'fastify'" },
  'home-of-ipaddr-js': { 'src/flows/e.ts': "import 'ipaddr.js'" },
  'home-of-jose': { 'src/oauth/c.ts': "import 'jose'" },
  'home-of-lru-cache': { 'src/flows/f.ts': "import 'lru-cache'" },
  'home-of-msgpackr': { 'src/http/d.ts': "import 'msgpackr'" },
  'home-of-pino': { 'src/http/e.ts': "import 'pino'" },
  'home-of-prom-client': { 'src/http/f.ts': "import 'prom-client'" },
  'home-of-yaml': { 'src/cli/b.ts': "import 'yaml'" },
  'home-of-zod': { 'src/flows/g.ts': "import 'zod'" },
}

const targets = [
  'src/base',
  'src/records',
  'src/oauth',
  'src/config',
  'src/flows',
  'src/http',
  'actors/signer',
  'test',
].map((folder) => `${folder}/target.ts`)

function writeUnder(directory: string, path: string, text: string): void {
  const target = join(directory, path)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, `${text}\n`)
}

/** A tree in which every rule is broken, with empty packages in place of the real ones. */
function plantViolations(directory: string): void {
  for (const path of targets) writeUnder(directory, path, 'export type T = string')
  const files = Object.values(planted).flatMap((broken) => Object.entries(broken))
  const packages = new Set(['unlisted'])
  for (const [path, text] of files) {
    writeUnder(directory, path, text)
    const imported = /'((?:@[a-z]+\/)?[a-z][a-z0-9.-]+)'/.exec(text)?.[1]
    if (imported !== undefined) packages.add(imported)
  }
  for (const name of packages) writeUnder(directory, `node_modules/${name}/index.js`, '')
  const dependencies = Object.fromEntries([...packages].map((name) => [name, '1.0.0']))
  writeUnder(directory, 'package.json', JSON.stringify({ type: 'module', dependencies }))
}

function describeViolations(violations: readonly Violation[]): string[] {
  return violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)
}

describe('the repository', () => {
  let result: Cruise

  before(async () => {
    result = await cruise(repositoryRoot)
  })

  test('is read whole: as many modules as source files', () => {
    const shipped = /^(?:src|actors|workers)\/.*\.ts$/

    const read = result.sources.filter((source) => shipped.test(source)).toSorted()

    const expected = repositoryFiles()
      .filter((path) => shipped.test(path))
      .toSorted()
    assert.ok(expected.length > 20, 'the list of source files is not the empty one')
    assert.deepEqual(read, expected)
  })

  test('keeps every floor', () => {
    assert.deepEqual(describeViolations(result.violations), [])
  })
})

describe('a tree with planted violations', () => {
  let directory = ''
  let result: Cruise

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'floors-'))
    plantViolations(directory)
    result = await cruise(directory)
  })

  after(() => rmSync(directory, { recursive: true, force: true }))

  test('has a violation planted for each rule', async () => {
    const { default: rules } = await import(rulesPath)

    const names = rules.forbidden.map(({ name }: { name: string }) => name)

    assert.deepEqual(Object.keys(planted).toSorted(), names.toSorted())
  })

  for (const [name, files] of Object.entries(planted)) {
    test(`breaks ${name}`, () => {
      const found = result.violations.filter(({ rule }) => rule.name === name)

      assert.ok(
        found.some(({ from }) => Object.hasOwn(files, from)),
        `not found; found were:\n${describeViolations(result.violations).join('\n')}`,
      )
    })
  }
})
