// What a cell needs of the place it runs in, and what it hands on of that to its actor.
import type { Clock } from '../../src/base/clock.ts'
import type { LogFields, LogLevel } from '../../src/base/telemetry.ts'
import type { ActorContext } from './define-actor.ts'
import type { FromActor } from './frames.ts'

export interface CellHost {
  readonly clock: Clock
  emit(frame: FromActor): void
  /** A bug showed: the cell must be ended. Called at most once. */
  crash(reason: string): void
}

/** The context of the actor `name`: its log and notices travel to the side that holds the ref. */
export function actorContext<Notice>(name: string, host: CellHost): ActorContext<Notice> {
  const say = (level: LogLevel) => (message: string, fields?: LogFields) =>
    host.emit({ type: 'log', level, message, fields: fields ?? {} })
  return {
    name,
    clock: host.clock,
    log: {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      // The level is known where the lines arrive.
      isEnabled: () => true,
    },
    notify: (notice) => host.emit({ type: 'notice', notice }),
  }
}
