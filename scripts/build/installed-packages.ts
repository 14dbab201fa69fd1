// Packages that stay outside of the bundles: the native one, and the optional ones that send
// telemetry, which an operator installs beside the server when he wants them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'

interface PackageFile {
  readonly peerDependencies: Readonly<Record<string, string>>
}

/** Leaves imports of these packages as they are. */
export function installedPackages(root: string): Plugin {
  const file = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageFile
  const optional = [...Object.keys(file.peerDependencies), '@grpc/grpc-js']
  const installed = new Set(['better-sqlite3', ...optional])
  return {
    name: 'installed-packages',
    setup(build) {
      build.onResolve({ filter: /^[@a-z]/ }, ({ path, importer }) => {
        // The metrics library needs the interface of tracing at all times, so it gets a copy.
        const isOwnCopy = /[\\/]node_modules[\\/]/.test(importer)
        return installed.has(path) && !isOwnCopy ? { path, external: true } : null
      })
    },
  }
}
