// The repository keeps its own rules (STYLE.md). Every rule is first given a text that breaks it:
// a rule that finds nothing there would find nothing in the repository either.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { describeFindings, type Finding, type SourceFile } from './findings.ts'
import { repositoryFiles, repositoryRoot } from './repository-files.ts'
import { syntaxRules } from './syntax-rules.ts'
import { textRules } from './text-rules.ts'
import { treeRules } from './tree-rules.ts'

/** A text at a path, and what the rules together must say of it: `line rule`, in this order. */
interface Control {
  readonly name: string
  readonly path: string
  readonly text: string
  readonly expected: readonly string[]
}

const header = '// What this file is for.\n'

function shippedCode(name: string, code: string, expected: readonly string[]): Control {
  return { name, path: 'src/flows/planted.ts', text: `${header}${code}\n`, expected }
}

function testCode(name: string, code: string, expected: readonly string[]): Control {
  return { name, path: 'test/unit/planted.test.ts', text: `${header}${code}\n`, expected }
}

const inText: readonly Control[] = [
  shippedCode('a line of 101 columns', `// ${'x'.repeat(98)}`, ['2 line-width']),
  shippedCode('a line of 100 columns', `// ${'é'.repeat(97)}`, []),
  shippedCode('a file of 301 lines', '\n'.repeat(299), ['301 file-length']),
  {
    name: 'a protocol of 300 lines and more',
    path: 'actors/signer/protocol.ts',
    text: header + '\n'.repeat(399),
    expected: [],
  },
  {
    name: 'a protocol of 401 lines',
    path: 'actors/signer/protocol.ts',
    text: header + '\n'.repeat(400),
    expected: ['401 file-length'],
  },
  { name: 'no header', path: 'src/base/a.ts', text: 'f()\n', expected: ['1 header-comment'] },
  shippedCode('a marker', '// FIXME later', ['2 leftover-marker']),
  shippedCode('a TODO without a number', '// TODO: later', ['2 leftover-marker']),
  shippedCode('a TODO with a number', '// TODO(#12): later', []),
  shippedCode('a control character', '// bell \u0007', ['2 hidden-character']),
  shippedCode('a bidirectional override', '\n// \u202E', ['3 hidden-character']),
  shippedCode('a tab', '// a\tb', ['2 hidden-character']),
  {
    name: 'tabs in a Caddyfile',
    path: 'deploy/Caddyfile',
    text: '{\n\tadmin off\n}\n',
    expected: [],
  },
  shippedCode('a zero-width space', '// a\u200Bb', ['2 hidden-character']),
  {
    name: 'a large file',
    path: 'docs/large.md',
    text: '#\n'.repeat(102_401),
    expected: ['1 file-size'],
  },
  {
    name: 'a changelog without Unreleased',
    path: 'CHANGELOG.md',
    text: '# Changelog\n\n## 0.1.0 (2026-01-31)\n\n### Added\n',
    expected: ['3 changelog-form'],
  },
  {
    name: 'a changelog with a wrong date and part',
    path: 'CHANGELOG.md',
    text: '# Changelog\n\n## Unreleased\n\n### New\n\n## 0.1.0 (31.1.2026)\n',
    expected: ['7 changelog-form', '5 changelog-form'],
  },
]

const long = (lines: number): string => `function f() {\n${'  g()\n'.repeat(lines - 2)}}`

const inSyntax: readonly Control[] = [
  shippedCode('a function of 61 lines', long(61), ['2 function-length']),
  shippedCode('a function of 60 lines', long(60), []),
  shippedCode('a method of 61 lines', `class A {\n  m${long(61).slice(10)}\n}`, [
    '3 function-length',
  ]),
  testCode('a test of 61 lines', long(61), []),
  shippedCode('a debugger', 'debugger', ['2 debugger']),
  testCode('a focused test', "test.only('does', () => {})", ['2 test-switch']),
  testCode('a skipped test', "describe.skip('does', () => {})", ['2 test-switch']),
  testCode('a test skipped by option', "it('does', { skip: true }, f)", ['2 test-switch']),
  testCode('a test skipped for ever', "it('does', { skip: 'why' }, f)", ['2 test-switch']),
  testCode('a test focused by option', "it('does', { only: isOn }, f)", ['2 test-switch']),
  testCode('a test skipped on a condition', "it('does', { skip: isOff && 'no disk' }, f)", []),
  testCode('a skip without a reason', "test('does', (t) => t.skip())", ['2 test-switch']),
  testCode('a skip with a reason', "test('does', (t) => t.skip('no disk'))", []),
  shippedCode('a type of import()', "type A = import('./a.ts').A", ['2 hidden-import']),
  shippedCode('an import of a computed name', 'await import(name)', ['2 hidden-import']),
  shippedCode('a require', "createRequire(url)('fastify')", ['2 hidden-import']),
  shippedCode('a built-in by function', "process.getBuiltinModule('fs')", ['2 hidden-import']),
]

const banned: readonly Control[] = [
  shippedCode('Date.now', 'f(Date.now())', ['2 time']),
  shippedCode('Date.now by string', "Date['now']()", ['2 time']),
  shippedCode('Date.now by globalThis', 'globalThis.Date.now()', ['2 time']),
  shippedCode('new Date()', 'f(\n  new Date(),\n)', ['3 time']),
  shippedCode('a Date of a given time', 'new Date(ms)', []),
  shippedCode('performance.now as a value', 'const now = performance.now', ['2 time']),
  shippedCode('process.hrtime', 'process.hrtime()', ['2 time']),
  shippedCode('setTimeout', 'setTimeout(f, 1)', ['2 timer']),
  shippedCode('setInterval, handed on', 'f(setInterval)', ['2 timer']),
  shippedCode('setImmediate', 'setImmediate?.(f)', ['2 timer']),
  shippedCode('timers', "import { setTimeout as wait } from 'node:timers/promises'", ['2 timer']),
  shippedCode('Math.random', 'Math.random()', ['2 chance']),
  shippedCode('randomBytes', "import { randomBytes } from 'node:crypto'", ['2 chance']),
  shippedCode('randomUUID', "import { randomUUID as id } from 'crypto'", ['2 chance']),
  shippedCode('crypto.randomUUID', 'crypto.randomUUID()', ['2 chance']),
  shippedCode('createPrivateKey', "import { createPrivateKey } from 'node:crypto'", [
    '2 private-key',
  ]),
  shippedCode('generateKeyPair', "import { generateKeyPair } from 'node:crypto'", [
    '2 private-key',
  ]),
  shippedCode('a key pair at once', "import { generateKeyPairSync } from 'node:crypto'", [
    '2 private-key',
  ]),
  shippedCode('sign, handed on', "export { sign } from 'node:crypto'", ['2 private-key']),
  shippedCode('all of node:crypto', "import * as c from 'node:crypto'", [
    '2 chance',
    '2 private-key',
  ]),
  shippedCode('node:crypto at run time', "await import('node:crypto')", [
    '2 chance',
    '2 private-key',
  ]),
  shippedCode('hash of node:crypto', "import { hash, type KeyObject } from 'node:crypto'", []),
  shippedCode('process.env', 'const { HOME } = process.env', ['2 environment']),
  shippedCode('env', "import { env } from 'node:process'", ['2 environment']),
  shippedCode('fetch', "await fetch('https://a.example')", ['2 outgoing-request']),
  shippedCode('fetch as a parameter', 'function f(fetch: Get) { return fetch(1) }', []),
  shippedCode('fetch as a type', 'type Fetch = typeof fetch', []),
  shippedCode('a client of node:http', "import { request } from 'node:http'", [
    '2 outgoing-request',
  ]),
  shippedCode('all of node:https', "import https from 'node:https'", ['2 outgoing-request']),
  shippedCode('a type of node:http', "import type { Agent } from 'node:http'", []),
  shippedCode('console', "console.log('here')", ['2 console']),
  testCode('console in a test', "console.log('here')", ['2 console']),
  testCode('time and chance in a test', 'setTimeout(f, Date.now() + Math.random())', []),
  {
    name: 'time in the simulation',
    path: 'test/sim/planted.ts',
    text: `${header}Date.now()\n`,
    expected: ['2 time'],
  },
  {
    name: 'sign in the signer',
    path: 'actors/signer/planted.ts',
    text: `${header}import { sign } from 'node:crypto'\n`,
    expected: [],
  },
  {
    name: 'the clock itself',
    path: 'src/base/clock.ts',
    text: `${header}setTimeout(f, Date.now())\n`,
    expected: [],
  },
]

describe('each rule finds what was planted and nothing else', () => {
  for (const { name, path, text, expected } of [...inText, ...inSyntax, ...banned]) {
    test(name, () => {
      const findings = [...textRules, ...syntaxRules].flatMap((rule) => rule({ path, text }))

      assert.deepEqual(
        findings.map(({ line, rule }) => `${line} ${rule}`),
        expected,
        describeFindings(findings).join('\n'),
      )
    })
  }
})

function emptyFiles(...paths: readonly string[]): readonly SourceFile[] {
  return paths.map((path) => ({ path, text: '' }))
}

function findIn(files: readonly SourceFile[]): readonly string[] {
  return treeRules.flatMap((rule) => rule(files)).map(({ path, rule }) => `${path} ${rule}`)
}

describe('the rules over all files', () => {
  const rule: SourceFile = { path: 'src/oauth/pkce.ts', text: 'export const a = 1\n' }

  test('report a rule without a test', () => {
    assert.deepEqual(findIn([rule]), ['src/oauth/pkce.ts tested'])
  })

  test('accept a test at the mirrored path', () => {
    assert.deepEqual(findIn([rule, ...emptyFiles('test/unit/oauth/pkce.test.ts')]), [])
  })

  test('accept a test that imports the file', () => {
    const text = "import { a } from '../../../src/oauth/pkce.ts'\n"

    assert.deepEqual(findIn([rule, { path: 'test/unit/oauth/all.test.ts', text }]), [])
  })

  test('ask no test of a file of types', () => {
    const text = "import type { B } from './b.ts'\nexport type A = B\n"

    assert.deepEqual(findIn([{ path: 'src/oauth/a.ts', text }]), [])
  })

  test('report a gap between migrations', () => {
    const files = emptyFiles('migrations/sqlite/001_a.up.sql', 'migrations/sqlite/003_b.up.sql')

    assert.deepEqual(findIn(files), ['migrations/sqlite/003_b.up.sql migration-number'])
  })

  test('report a number that two migrations share', () => {
    const files = emptyFiles('migrations/sqlite/001_a.up.sql', 'migrations/sqlite/001_b.up.sql')

    assert.deepEqual(findIn(files), ['migrations/sqlite/001_b.up.sql migration-number'])
  })

  test('report a migration without a number and one that undoes nothing', () => {
    const files = emptyFiles('migrations/sqlite/base.sql', 'migrations/sqlite/001_a.down.sql')

    assert.deepEqual(findIn(files), [
      'migrations/sqlite/base.sql migration-number',
      'migrations/sqlite/001_a.down.sql migration-number',
    ])
  })
})

/** Shows what was found as lines, without the noise of a comparison of lists. */
function assertNone(findings: readonly Finding[]): void {
  assert.ok(findings.length === 0, `\n${describeFindings(findings).join('\n')}`)
}

describe('the repository', () => {
  const files = repositoryFiles().map((path) => {
    return { path, text: readFileSync(join(repositoryRoot, path), 'utf8') }
  })

  test('is read from its root', () => {
    const paths = new Set(files.map(({ path }) => path))

    assert.ok(paths.has('package.json') && paths.has('src/base/clock.ts'))
    assert.ok(!paths.has('node_modules/typescript/package.json'))
  })

  for (const rule of [...textRules, ...syntaxRules]) {
    test(`keeps the rule ${rule.name}`, () => {
      assertNone(files.flatMap((file) => rule(file)))
    })
  }

  for (const rule of treeRules) {
    test(`keeps the rule ${rule.name}`, () => {
      assertNone(rule(files))
    })
  }
})
