// A server whose signing key is known to the test, with a probe inside: what the tests of key
// isolation need to look into its threads (reliability C.2).
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Services } from '../../src/flows/services.ts'
import { formsOf, generateKnownKey, type KeyForm, writeCurrentKey } from './key-forms.ts'
import { type RunningServer, startServer } from './start-server.ts'

/** What the probe does at a signal. */
export type ProbeCommand =
  /** Writes a heap snapshot of the HTTP thread, and of all others too if asked. */
  | { readonly do: 'snapshot'; readonly isOfAll: boolean }
  /** Ends a thread as a crash of native code would. */
  | { readonly do: 'end'; readonly worker: string }
  /** Keeps texts in the memory of the HTTP thread. */
  | { readonly do: 'plant'; readonly texts: readonly string[] }
  /** Sends texts, the same as bytes, and a key object to a thread, in a message it ignores. */
  | { readonly do: 'send'; readonly worker: string; readonly texts: readonly string[] }

export interface IsolatedServer {
  readonly server: RunningServer
  readonly keyDirectory: string
  /** Forms of the key that the server started with. */
  readonly forms: readonly KeyForm[]
  /** Resolves when the probe has done it. */
  command(command: ProbeCommand): Promise<void>
  /** All texts of the last snapshot of a thread, one per line; `front` is the HTTP thread. */
  snapshotTexts(thread: string): string
  /** All texts, bytes as latin1, and `<names>` of odd types in the messages of one direction. */
  messages(direction: 'to-workers' | 'from-workers'): string
  stop(): Promise<void>
}

/** Starts it with `environment` on top of a known key and the probe. */
export async function startIsolatedServer(options: {
  readonly environment: Readonly<Record<string, string>>
  readonly seed: (services: Services) => Promise<void>
}): Promise<IsolatedServer> {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-isolation-'))
  const probe = join(directory, 'probe')
  const keyDirectory = join(directory, 'signing')
  mkdirSync(probe)
  const key = generateKnownKey()
  writeCurrentKey(keyDirectory, key)
  const server = await startServer({
    seed: options.seed,
    directory,
    environment: {
      ...options.environment,
      AUTHPLANE_SIGNING_KEY_PATH: keyDirectory,
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'isolation-probe.ts'))}`,
      TEST_PROBE_DIRECTORY: probe,
    },
  })
  let commands = 0
  return {
    server,
    keyDirectory,
    forms: formsOf(key),
    command: async (command) => {
      commands += 1
      writeFileSync(join(probe, 'command'), JSON.stringify({ ...command, id: commands }))
      server.signal('SIGUSR2')
      await server.logContains(`probe has done ${commands}\n`)
    },
    snapshotTexts: (thread) => textsOf(join(probe, `${thread}.heapsnapshot`)),
    messages: (direction) => readFileSync(join(probe, direction), 'utf8'),
    stop: async () => {
      await server.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The texts of a snapshot are the last member of its JSON. */
function textsOf(path: string): string {
  const snapshot = readFileSync(path, 'utf8')
  const start = snapshot.lastIndexOf('"strings":[') + '"strings":'.length
  const texts = JSON.parse(snapshot.slice(start, snapshot.lastIndexOf('}'))) as readonly string[]
  return texts.join('\n')
}
