// The files of the repository as they lie on disk, without what .gitignore names: the checks of
// this folder also run in a source archive, where there is no git.
import { readdirSync, readFileSync } from 'node:fs'
import { join, matchesGlob } from 'node:path'

/** Absolute path of the repository. */
export const repositoryRoot = join(import.meta.dirname, '../..')

/** Paths of all files, relative to the repository, with forward slashes, sorted. */
export function repositoryFiles(root: string = repositoryRoot): readonly string[] {
  const ignored = readIgnored(root)
  const found: string[] = []
  const waiting = ['']
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (ignored(path)) continue
      if (entry.isDirectory()) waiting.push(path)
      else if (entry.isFile()) found.push(path)
    }
  }
  return found.toSorted()
}

/** Understands what our .gitignore uses: `name/` and `*.suffix` anywhere, `/name/` at the root. */
function readIgnored(root: string): (path: string) => boolean {
  const lines = readFileSync(join(root, '.gitignore'), 'utf8').split('\n')
  const patterns = ['.git', ...lines.filter((line) => line !== '' && !line.startsWith('#'))]
  const globs = patterns.map((pattern) => {
    const name = pattern.replace(/\/$/, '')
    return name.startsWith('/') ? name.slice(1) : `{${name},**/${name}}`
  })
  return (path) => globs.some((glob) => matchesGlob(path, glob))
}
