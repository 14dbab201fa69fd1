// Pages of docs/ as somebody follows them: the blocks of `sh`, run in one shell in their order.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { captureLog, endedChild } from '../support/server-child.ts'

const root = join(import.meta.dirname, '../..')
const walkMsMax = 60_000
const mark = '## next'

/** The text of a page, by its path in the repository. */
export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The blocks of a language, in order. */
export function blocksOf(page: string, language: string): readonly string[] {
  const pattern = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms')
  return [...page.matchAll(pattern)].map(([, text = '']) => text)
}

/** Runs the `sh` blocks of a page and returns what each has printed; the first fault ends it. */
export async function runBlocks(
  page: string,
  environment: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  const script = blocksOf(page, 'sh').join(`echo '${mark}'\n`)
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: root,
    env: { ...environment, npm_config_update_notifier: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: walkMsMax,
  })
  const { log } = captureLog(child)
  assert.equal(await endedChild(child), 0, log())
  return log().split(`${mark}\n`)
}
