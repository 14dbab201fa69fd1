// Builds the release into dist/, or into the directory that is named (architecture §9): bundles of
// the process and of each worker thread, their source maps and their licences. `dist/` runs
// anywhere with better-sqlite3 beside it: `node --max-semi-space-size=32 dist/main.js serve`.
import { join, resolve } from 'node:path'
import { buildRelease, writeRelease } from './build/release.ts'

const root = join(import.meta.dirname, '..')
const directory = resolve(process.argv[2] ?? join(root, 'dist'))

const { files } = await buildRelease(root)
writeRelease(files, directory)

const kilobytes = (pattern: RegExp): string => {
  const bytes = files
    .filter(({ path }) => pattern.test(path))
    .map(({ contents }) => contents.length)
  return `${Math.round(bytes.reduce((sum, count) => sum + count, 0) / 1024)} KB`
}
process.stdout.write(
  `${directory}: code ${kilobytes(/\.js$/)}, source maps ${kilobytes(/\.map$/)}, ` +
    `licences ${kilobytes(/LICENSE/)}\n`,
)
