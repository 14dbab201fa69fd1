// The bundles: one for the process, split where a command or the server is loaded on demand, and
// one for each worker thread and the signer's process, which shares no file with any other.
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { embeddedModules } from './embedded-modules.ts'
import { installedPackages } from './installed-packages.ts'

export type Outputs = Metafile['outputs']

export interface BundledFile {
  /** Below the directory of the release. */
  readonly path: string
  readonly contents: Uint8Array
}

export interface Bundle {
  readonly files: readonly BundledFile[]
  /** Keys and imports are paths of `files`, inputs are paths below the repository. */
  readonly outputs: Outputs
  /** Notices of licences that stand in the code of packages. */
  readonly legalComments: readonly string[]
}

/** CommonJS packages ask for modules of Node by `require`, which ECMAScript modules lack. */
const requireOfNode =
  "import { createRequire as createRequireOfNode } from 'node:module'\n" +
  'const require = createRequireOfNode(import.meta.url)'

/** The process: `main.js` and what it loads. */
export function bundleProcess(root: string): Promise<Bundle> {
  return bundle(root, {
    entryPoints: [{ in: 'src/main.ts', out: 'main' }],
    splitting: true,
    chunkNames: '[name]-[hash]',
    banner: { js: requireOfNode },
  })
}

/** Threads and processes beside it: `workers/<name>.js` each. */
export function bundleWorkers(root: string): Promise<Bundle> {
  return bundle(root, {
    entryPoints: readdirSync(join(root, 'workers')).map((file) => `workers/${file}`),
    outbase: '.',
  })
}

async function bundle(root: string, options: BuildOptions): Promise<Bundle> {
  const built = await build({
    ...options,
    absWorkingDir: root,
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24.12',
    // White space is a third of the size and nothing of the start time; stack traces need it.
    minify: false,
    sourcemap: 'linked',
    legalComments: 'external',
    plugins: [installedPackages(root), embeddedModules(root)],
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  const files = built.outputFiles.map(({ path, contents }) => ({
    path: relative(join(root, 'dist'), path),
    contents,
  }))
  const isLegal = ({ path }: BundledFile): boolean => path.endsWith('.LEGAL.txt')
  return {
    files: files.filter((file) => !isLegal(file)),
    outputs: Object.fromEntries(
      Object.entries(built.metafile.outputs).map(([path, output]) => [
        relative('dist', path),
        {
          ...output,
          imports: output.imports.map((imported) => ({
            ...imported,
            path: imported.external === true ? imported.path : relative('dist', imported.path),
          })),
        },
      ]),
    ),
    legalComments: files.filter(isLegal).map(({ contents }) => Buffer.from(contents).toString()),
  }
}
