// Messages of the checkpointer, which works by itself and is asked only by tests and operators.
import type { Ask } from '../runtime/protocol.ts'

export type CheckpointProtocol = {
  /** Copies what is in the log now; then: pages in the log, and how many of them are copied. */
  readonly checkpoint: Ask<
    Record<string, never>,
    { readonly pages: number; readonly copied: number }
  >
}

/** Everything the checkpointer's worker knows of the configuration. */
export interface CheckpointSlice {
  readonly path: string
  /** False: there is no log to copy, and the checkpointer idles. */
  readonly wal: boolean
}
