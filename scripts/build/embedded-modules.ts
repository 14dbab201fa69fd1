// Modules that a bundle replaces: the migrations, which are files in the source tree and texts in a
// bundle, and package.json, of which the program needs a few lines.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { migrationDirectory } from '../../actors/storage/migrate.ts'

/** Replaces modules below `root`. A build that meets one of them under another path fails. */
export function embeddedModules(root: string): Plugin {
  const replacements: ReadonlyMap<string, () => string> = new Map([
    [join(root, 'actors/storage/sqlite-migrations.ts'), () => migrationsModule(root)],
    [join(root, 'package.json'), () => packageModule(root)],
  ])
  return {
    name: 'embedded-modules',
    setup(build) {
      build.onLoad({ filter: /[\\/](?:sqlite-migrations\.ts|package\.json)$/ }, ({ path }) => {
        const contents = replacements.get(path)
        if (contents !== undefined) return { contents: contents(), loader: 'js' }
        if (/[\\/]node_modules[\\/]/.test(path)) return null
        return { errors: [{ text: `${path} is not where the build expects it` }] }
      })
    },
  }
}

function migrationsModule(root: string): string {
  const migrations = migrationDirectory(join(root, 'migrations/sqlite'))
    .list()
    .toSorted((left, right) => left.version - right.version)
  return [
    `const migrations = ${JSON.stringify(migrations, null, 2)}`,
    'export const sqliteMigrations = { list: () => migrations }',
  ].join('\n')
}

function packageModule(root: string): string {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return `export default ${JSON.stringify({ name, version, description, license })}`
}
