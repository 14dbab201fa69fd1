// config.example.yaml is what the schema says, complete, and a configuration equal to the defaults.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { renderExample } from '../../src/config/example.ts'
import { loadConfig } from '../../src/config/load.ts'
import { settingEntries } from '../../src/config/schema.ts'

const path = fileURLToPath(new URL('../../config.example.yaml', import.meta.url))
const text = readFileSync(path, 'utf8')

test('the example file is the one that scripts/generate-config-example.ts writes', () => {
  assert.equal(text, renderExample())
})

test('the example file names every key under its groups, with its variable and its line', () => {
  for (const [key, { variable, doc }] of settingEntries) {
    const margin = '  '.repeat(key.split('.').length - 1)
    const name = key.split('.').at(-1)
    assert.ok(text.includes(`\n${margin}# ${doc}\n${margin}# ${variable}\n${margin}${name}: `), key)
  }
})

test('the example file loads to exactly the defaults', () => {
  const example = loadConfig({ path, environment: {} })
  const defaults = loadConfig({ path: null, environment: {} })

  assert.deepEqual(example.config, defaults.config)
  assert.deepEqual(example.warnings, defaults.warnings)
})
