// What the threads without a private key are able to do with one (reliability C.2 d, h): nothing
// that the serving thread, storage or the checkpointer loads can parse, make or use a private key,
// and no thread can be looked into or reached beside the channel that is searched for keys.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { buildRelease, type Release } from '../../scripts/build/release.ts'
import { isShipped } from '../repo/findings.ts'
import { repositoryFiles, repositoryRoot } from '../repo/repository-files.ts'

/** Functions of node:crypto that take or make private keys, however they are reached. */
const privateKeyUse = new RegExp(
  '\\b(?:createPrivateKey|generateKeyPair(?:Sync)?|createSign|createECDH|diffieHellman|' +
    'importPKCS8|PrivateKeyObject)\\b|crypto\\.subtle|\\.sign\\(',
)
/** `sign` and whole modules, as import declarations write them. */
const signImport =
  /import (?:\{[^}]*\b(?:sign|webcrypto)\b[^}]*\}|\* as \w+|\w+(?:, .*)?) from "(?:node:)?crypto"/

let release: Release

before(async () => {
  release = await buildRelease(repositoryRoot)
})

/** A file of the release and all that it loads, without the commands that `main.js` can load. */
function loadedWith(path: string): readonly string[] {
  const loaded = new Set([path])
  for (const file of loaded) {
    for (const { path: next, kind, external } of release.outputs[file]?.imports ?? []) {
      const isCommand = file === 'main.js' && kind === 'dynamic-import'
      if (external !== true && !isCommand) loaded.add(next.replace(/^dist\//, ''))
    }
  }
  return [...loaded]
}

function outputOf(entryPoint: string): string {
  const found = Object.entries(release.outputs).find(([, out]) => out.entryPoint === entryPoint)
  assert.ok(found !== undefined, entryPoint)
  return found[0]
}

function textOf(path: string): string {
  const file = release.files.find((candidate) => candidate.path === path)
  assert.ok(file !== undefined, path)
  return Buffer.from(file.contents).toString('utf8')
}

/** What a thread's code has to do with private keys. */
function usesIn(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) =>
    [privateKeyUse, signImport].flatMap((pattern) => textOf(path).match(pattern)?.[0] ?? []),
  )
}

describe('functions for private keys', () => {
  test('are in nothing that the serving thread loads', () => {
    const paths = [outputOf('src/main.ts'), outputOf('src/boot/serve.ts')].flatMap(loadedWith)

    assert.ok(paths.length >= 3)
    assert.deepEqual(usesIn(paths), [])
  })

  for (const worker of ['storage', 'checkpointer']) {
    test(`are in nothing that the thread of ${worker} loads`, () => {
      assert.deepEqual(usesIn(loadedWith(`workers/${worker}.js`)), [])
    })
  }

  test('control: are found in the signer and in the commands', () => {
    for (const entry of ['workers/signer.ts', 'src/boot/with-services.ts']) {
      assert.equal(usesIn(loadedWith(outputOf(entry))).length, 2, entry)
    }
  })
})

/** Ways between threads besides the port of a worker, and ways to look into one. */
const otherWays = new RegExp(
  'node:inspector|BroadcastChannel|MessageChannel|postMessageToThread|' +
    'moveMessagePortToContext|setEnvironmentData|getHeapSnapshot',
)

test('threads have one channel, and no code of ours opens another or a debugger', () => {
  const shipped = repositoryFiles().filter((path) => isShipped(path) && path.endsWith('.ts'))
  const posting = shipped.filter((path) => textOfSource(path).includes('postMessage('))
  // Commands have no thread of their own to talk to.
  const serving = shipped.filter((path) => !path.startsWith('src/cli/'))
  const others = serving.filter((path) => otherWays.test(textOfSource(path)))

  assert.deepEqual(posting, ['actors/runtime/worker-host.ts', 'actors/runtime/worker-transport.ts'])
  assert.deepEqual(others, [])
})

function textOfSource(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8')
}

test('the system service writes no core dump, which would hold the key', () => {
  assert.match(textOfSource('deploy/authserver.service'), /^LimitCORE=0$/m)
})
