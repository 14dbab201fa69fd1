// config.example.yaml is what the schema says, complete, and a configuration equal to the defaults.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { evaluateConfig } from '../../src/config/evaluate.ts'
import { renderExample } from '../../src/config/example.ts'
import { loadConfig } from '../../src/config/load.ts'
import { settingEntries } from '../../src/config/schema.ts'
import { blockKeys } from '../../src/config/special-names.ts'

const path = fileURLToPath(new URL('../../config.example.yaml', import.meta.url))
const text = readFileSync(path, 'utf8')

test('the example file is the one that `npm run docs` writes', () => {
  assert.equal(text, renderExample())
})

test('the example file names every key under its groups, with its variable and its line', () => {
  for (const [key, { variable, doc }] of settingEntries) {
    const margin = '  '.repeat(key.split('.').length - 1)
    const name = key.split('.').at(-1)
    const lines = [`# ${doc}`, `# ${variable ?? 'no variable'}`, `${name}: `]
    assert.ok(text.includes(lines.map((line) => `\n${margin}${line}`).join('')), key)
  }
})

test('the example file loads to exactly the defaults', () => {
  const example = loadConfig({ path, environment: {} })
  const defaults = loadConfig({ path: null, environment: {} })

  assert.deepEqual(example.config, defaults.config)
  assert.deepEqual(example.warnings, defaults.warnings)
})

/** The commented samples, as an operator would take the comment signs away. */
function uncommented(): string {
  const lines = text
    .split('\n')
    .filter((line) => /^# (?:resources:|broker_providers:| {2})/.test(line))
  return lines.map((line) => line.slice(2)).join('\n')
}

test('the samples of blocks are entries that are understood as a whole', () => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-example-'))
  try {
    const sample = join(directory, 'config.yaml')
    writeFileSync(sample, uncommented(), { mode: 0o600 })

    const read = evaluateConfig({ path: sample, environment: {} })

    assert.deepEqual(
      read.findings.map(({ key, problem }) => [key, problem]),
      [['broker_providers', 'provider example is not supported by this version']],
    )
    assert.deepEqual(read.unknown, [])
    assert.deepEqual(
      [...read.resourceSeeds, ...read.providerSeeds].map(({ slug }) => slug),
      ['notes', 'example'],
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('the example file speaks of every block', () => {
  for (const block of blockKeys) assert.ok(text.includes(block.split('.').at(-1) ?? ''), block)
})
