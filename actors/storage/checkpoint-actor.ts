// The actor around the checkpointer: one message, and work of its own in between.
import { type ActorContext, defineActor, replied } from '../runtime/define-actor.ts'
import type { CheckpointProtocol, CheckpointSlice } from './checkpoint-protocol.ts'
import { Checkpointer } from './checkpointer.ts'
import { asOutage } from './sqlite-errors.ts'
import { openSqlite } from './sqlite-open.ts'

export const checkpointActor = defineActor<CheckpointProtocol>()({
  name: 'checkpointer',
  mailbox: { messagesMax: 1 },
  batch: { messagesMax: 1 },
  asyncMax: 1,
  start: ({ path, wal }: CheckpointSlice, { clock, log }: ActorContext): Checkpointer => {
    const checkpointer = new Checkpointer({
      open: () => openSqlite({ path, wal }),
      path,
      clock,
      log,
    })
    if (wal && path !== ':memory:') checkpointer.start()
    return checkpointer
  },
  handlers: {
    checkpoint: {
      each: (checkpointer) => {
        try {
          const { pages, copied } = checkpointer.copy()
          return replied({ pages, copied })
        } catch (error) {
          throw asOutage(error, 'checkpoint')
        }
      },
    },
  },
  stop: (checkpointer) => checkpointer.stop(),
})
