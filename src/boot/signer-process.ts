// How the signer runs when it has a process of its own: with which rights Node lets it run, and
// what it learns (architecture §4.5; reliability C.4; docs/adr/0019).
import { resolve } from 'node:path'
import type { OpenTransport } from '../../actors/runtime/frames.ts'
import { processTransport } from '../../actors/runtime/process-transport.ts'
import type { SignerSlice } from '../../actors/signer/protocol.ts'
import { workerEnvironment } from '../config/environment.ts'
import { workerEntry } from './worker-entry.ts'

/** What a process that needs no code but its own can do without. */
export const hardenedFlags: readonly string[] = [
  '--disallow-code-generation-from-strings',
  // Nothing can change what the language's own objects do.
  '--frozen-intrinsics',
  '--disable-proto=throw',
  '--no-addons',
  // No debugger opens by a signal.
  '--disable-sigusr1',
  // Said about frozen intrinsics at each start, on a stream that is kept for last words.
  '--disable-warning=ExperimentalWarning',
]

/** A process for the signer of `slice`, for each opening. */
export function signerProcess(slice: SignerSlice): OpenTransport {
  return processTransport({
    entry: workerEntry('signer-process'),
    // The process works in the root directory.
    deps: { ...slice, keyPath: resolve(slice.keyPath) },
    environment: workerEnvironment(),
    nodeFlags: [
      ...hardenedFlags,
      '--max-old-space-size=96',
      '--max-semi-space-size=8',
      '--title=authserver-signer',
    ],
  })
}
