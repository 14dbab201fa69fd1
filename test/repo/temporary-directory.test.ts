// Tests leave no directories behind, however they end.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'

const helper = join(import.meta.dirname, '../support/temporary-directory.ts')

describe('the directories of tests', () => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'authserver-left-'))
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  /** Makes a directory in a process that ends by `ending`; returns its id. */
  function makeAndEnd(ending: string): number {
    const source = `
      const { placeFor } = await import(${JSON.stringify(helper)})
      placeFor(undefined, 'authserver-inline')
      ${ending}`
    const args = ['--input-type=module', '--eval', source]
    return spawnSync(process.execPath, args, { env: { TMPDIR: directory } }).pid
  }

  /** Makes a directory as one that a process has left two hours ago. */
  function leave(pid: number): string {
    const name = `authserver-process-${pid}-aBcDeF`
    mkdirSync(join(directory, name))
    const leftAt = new Date(Date.now() - 7_200_000)
    utimesSync(join(directory, name), leftAt, leftAt)
    return name
  }

  it('are gone when their process has ended by an error', () => {
    makeAndEnd("throw new Error('a test fails')")

    assert.deepEqual(readdirSync(directory), [])
  })

  it('stay while their process is at work, and those of others too', () => {
    const names = [leave(process.pid), 'somebody-elses-data']
    mkdirSync(join(directory, 'somebody-elses-data'))

    makeAndEnd('')

    assert.deepEqual(readdirSync(directory).toSorted(), names.toSorted())
  })

  it('are removed by another process when theirs was killed', () => {
    const pid = makeAndEnd("process.kill(process.pid, 'SIGKILL')")
    assert.equal(readdirSync(directory).length, 1)
    leave(pid)

    makeAndEnd('')

    // The younger one may be that of a process that cannot be seen from here.
    assert.equal(readdirSync(directory).length, 1)
  })
})
