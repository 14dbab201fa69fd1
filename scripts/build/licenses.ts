// The notices that the licences of bundled packages ask for, in one file.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outputs } from './bundles.ts'

/** Package directories below the repository, outermost first: `node_modules/a/node_modules/b`. */
const packageOf = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/
const licenseFile = /^(?:licen[cs]e|copying|notice)(?:\.|$)/i

interface Sources {
  readonly outputs: Outputs
  /** Notices found in the code itself. */
  readonly comments: readonly string[]
}

/** Names, versions and licence texts of every package that has code in `outputs`. */
export function thirdPartyLicenses(root: string, { outputs, comments }: Sources): string {
  const sections = bundledPackages(outputs).map((directory) => section(root, directory))
  const intro = 'Code of these packages is part of the bundles beside this file.\n'
  return [intro, ...sections, ...new Set(comments)].join(`\n${'-'.repeat(80)}\n\n`)
}

/** Directories of the packages that have code in `outputs`, sorted. */
export function bundledPackages(outputs: Outputs): readonly string[] {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  )
  return [...new Set(inputs.flatMap((path) => packageOf.exec(path) ?? []))].toSorted()
}

function section(root: string, directory: string): string {
  const path = join(root, directory)
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  const texts = readdirSync(path)
    .filter((file) => licenseFile.test(file))
    .toSorted()
    .map((file) => readFileSync(join(path, file), 'utf8').trim())
  const body = texts.length > 0 ? texts.join('\n\n') : 'The package carries no licence text.'
  return `${name} ${version} (${license})\n\n${body}\n`
}
