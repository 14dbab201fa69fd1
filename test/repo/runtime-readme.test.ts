// The example on the runtime's page runs and prints what the page says.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { it } from 'node:test'

const folder = new URL('../../actors/runtime/', import.meta.url)

it('the example of the actor runtime runs as printed', () => {
  const page = readFileSync(new URL('README.md', folder), 'utf8')
  const example = /```ts\n([\s\S]+?)```/.exec(page)?.[1]
  const promised = /It prints `(.+?)`/.exec(page)?.[1]
  assert.ok(example !== undefined && promised !== undefined)
  const file = new URL('../../test/support/readme-example.tmp.ts', import.meta.url)
  writeFileSync(file, example.replaceAll("from './", "from '../../actors/runtime/"))
  try {
    assert.equal(
      execFileSync(process.execPath, [file.pathname], { encoding: 'utf8' }).trim(),
      promised,
    )
  } finally {
    rmSync(file)
  }
})
