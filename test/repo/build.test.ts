// What a release is made of (architecture §9): the same bytes on every run, nothing of the machine
// that built it, no package that nobody installs, and no actor's code in another thread.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import packageFile from '../../package.json' with { type: 'json' }
import { bundledPackages } from '../../scripts/build/licenses.ts'
import { buildRelease, type Release, writeRelease } from '../../scripts/build/release.ts'
import { repositoryRoot } from './repository-files.ts'

let release: Release

before(async () => {
  release = await buildRelease(repositoryRoot)
})

function textOf(path: string): string {
  const file = release.files.find((found) => found.path === path)
  assert.ok(file !== undefined, path)
  return Buffer.from(file.contents).toString('utf8')
}

/** The file that begins with a module of ours. */
function outputOf(entryPoint: string): string {
  const found = Object.entries(release.outputs).find(([, out]) => out.entryPoint === entryPoint)
  assert.ok(found !== undefined, entryPoint)
  return found[0]
}

/** `path` and every file that is loaded with it. */
function loadedWith(path: string): readonly string[] {
  const loaded = new Set([path])
  for (const file of loaded) {
    for (const { path: next, kind, external } of release.outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) loaded.add(next)
    }
  }
  return [...loaded]
}

/** Modules with code in any of `files`. */
function modulesOf(files: readonly string[]): readonly string[] {
  return files.flatMap((file) =>
    Object.entries(release.outputs[file]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  )
}

/** Packages that `files` expect to be installed. */
function packagesOf(files: readonly string[]): readonly string[] {
  const outside = files
    .flatMap((file) => release.outputs[file]?.imports ?? [])
    .filter(({ path, external }) => external === true && !isBuiltin(path))
  return [...new Set(outside.map(({ path }) => path))].toSorted()
}

const within = (modules: readonly string[], folder: string): readonly string[] =>
  modules.filter((path) => path.startsWith(folder))

test('two builds are the same, byte for byte', async () => {
  const again = await buildRelease(repositoryRoot)

  assert.deepEqual(
    again.files.map(({ path }) => path),
    release.files.map(({ path }) => path),
  )
  for (const [index, { path, contents }] of release.files.entries()) {
    assert.ok(Buffer.from(contents).equals(again.files[index]?.contents ?? Buffer.of()), path)
  }
})

test('no file names a directory of this machine', () => {
  const naming = release.files.filter(({ contents }) =>
    Buffer.from(contents).includes(repositoryRoot),
  )

  assert.deepEqual(
    naming.map(({ path }) => path),
    [],
  )
})

describe('the thread that serves', () => {
  let modules: readonly string[]

  before(() => {
    modules = modulesOf([
      ...loadedWith(outputOf('src/main.ts')),
      ...loadedWith(outputOf('src/boot/serve.ts')),
    ])
  })

  test('control: has the listeners', () => {
    assert.ok(modules.includes('src/http/public-server.ts'))
  })

  test('has no code of the signer', () => {
    assert.deepEqual(within(modules, 'actors/signer/'), [])
  })

  test('has no statement of storage', () => {
    assert.deepEqual(within(modules, 'actors/storage/operations/'), [])
  })
})

test('commands have the code of the actors, and nothing of HTTP', () => {
  const modules = modulesOf(loadedWith(outputOf('src/boot/with-services.ts')))

  assert.ok(modules.includes('actors/signer/signer-actor.ts'))
  assert.ok(modules.includes('actors/storage/storage-actor.ts'))
  assert.deepEqual(within(modules, 'src/http/'), [])
})

for (const [worker, actor, packages] of [
  ['storage', 'storage', ['better-sqlite3']],
  ['checkpointer', 'storage', ['better-sqlite3']],
  ['signer', 'signer', []],
  ['signer-process', 'signer', []],
] as const) {
  test(`workers/${worker} is one file with one actor`, () => {
    const path = `workers/${worker}.js`
    const actors = within(modulesOf([path]), 'actors/').map((module) => module.split('/')[1])

    assert.deepEqual(loadedWith(path), [path])
    assert.deepEqual([...new Set(actors)].toSorted(), ['runtime', actor].toSorted())
    assert.deepEqual(packagesOf([path]), packages)
  })
}

test('only the native package has to be installed, only the optional ones can be', () => {
  const { dependencies } = JSON.parse(textOf('package.json'))
  const optional = Object.keys(packageFile.peerDependencies)
  const installed = new Set([...Object.keys(dependencies), ...optional])

  assert.deepEqual(dependencies, { 'better-sqlite3': packageFile.dependencies['better-sqlite3'] })
  assert.deepEqual(
    packagesOf(Object.keys(release.outputs)).filter((name) => !installed.has(name)),
    [],
  )
})

test('every package whose code is bundled is named with its licence', () => {
  const sections = textOf('LICENSES.txt').split(/^-{80}$/m)
  const sectionsOf = (name: string): readonly string[] =>
    sections.filter((section) => section.trimStart().startsWith(`${name} `))
  const names = bundledPackages(release.outputs).map((path) =>
    path.replace(/^.*node_modules\//, ''),
  )
  const withoutText = names.filter((name) =>
    sectionsOf(name).every((section) => section.trim().split('\n').length < 8),
  )

  assert.ok(names.includes('fastify'))
  assert.deepEqual(
    names.filter((name) => sectionsOf(name).length === 0),
    [],
  )
  // It names the licence and adds no text of it.
  assert.deepEqual(withoutText, ['abstract-logging'])
})

test('a directory that holds something else is not replaced', () => {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-other-'))
  writeFileSync(join(directory, 'thesis.txt'), '')

  assert.throws(() => writeRelease(release.files, directory), /holds no release/)
  assert.deepEqual(readdirSync(directory), ['thesis.txt'])
  rmSync(directory, { recursive: true })
})
