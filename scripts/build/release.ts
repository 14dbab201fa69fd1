// All files of a release: what esbuild makes of the entries, and the texts that go with it. The
// same sources and packages give the same bytes on every run.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type BundledFile, bundleProcess, bundleWorkers, type Outputs } from './bundles.ts'
import { thirdPartyLicenses } from './licenses.ts'

export interface Release {
  readonly files: readonly BundledFile[]
  /** What each file was made of. */
  readonly outputs: Outputs
}

/** Builds the sources below `root` in memory. @throws Error when they do not bundle. */
export async function buildRelease(root: string): Promise<Release> {
  const main = await bundleProcess(root)
  const workers = await bundleWorkers(root)
  const outputs = { ...main.outputs, ...workers.outputs }
  const licenses = thirdPartyLicenses(root, {
    outputs,
    comments: [...main.legalComments, ...workers.legalComments],
  })
  const files = [
    ...main.files,
    ...workers.files,
    { path: 'LICENSE', contents: readFileSync(join(root, 'LICENSE')) },
    { path: 'LICENSES.txt', contents: Buffer.from(licenses) },
    { path: 'package.json', contents: Buffer.from(packageText(root)) },
  ]
  return { files, outputs }
}

/**
 * Puts the files into `directory`, in place of the release that was there. @throws Error when
 * something else is there.
 */
export function writeRelease(files: readonly BundledFile[], directory: string): void {
  const found = existsSync(directory) ? readdirSync(directory) : []
  if (found.length > 0 && !found.includes('LICENSES.txt')) {
    throw new Error(`${directory} holds no release: name a new or an empty directory`)
  }
  rmSync(directory, { recursive: true, force: true })
  for (const { path, contents } of files) {
    const target = join(directory, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, contents)
  }
  chmodSync(join(directory, 'main.js'), 0o755)
}

interface PackageFile {
  readonly [key: string]: unknown
  readonly dependencies: Readonly<Record<string, string>>
}

/**
 * What of package.json holds for a bundle: one package is left to install, the native one. Optional
 * peers are not named: npm would refuse to install what it takes for a choice already made.
 */
function packageText(root: string): string {
  const source = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageFile
  const kept = {
    name: source['name'],
    version: source['version'],
    private: source['private'],
    description: source['description'],
    license: source['license'],
    type: source['type'],
    engines: source['engines'],
    bin: { authserver: 'main.js' },
    dependencies: { 'better-sqlite3': source.dependencies['better-sqlite3'] },
  }
  return `${JSON.stringify(kept, null, 2)}\n`
}
