// The storage actor in this thread, for whatever a benchmark puts into a database before its server
// starts: records come in through the actor's own units.
import { ConnectedRef } from '../../actors/runtime/actor-ref.ts'
import { inlineTransport } from '../../actors/runtime/inline-transport.ts'
import { createSupervisor } from '../../actors/runtime/supervisor.ts'
import type { StorageProtocol } from '../../actors/storage/protocol.ts'
import { storageActor } from '../../actors/storage/storage-actor.ts'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { silentLog } from '../../src/base/telemetry.ts'
import type { AuditEvent } from '../../src/records/audit-event.ts'

export type Storage = ConnectedRef<StorageProtocol>

const mailboxMax = 1024
const random = systemRandom()

/** Lets `work` use the database at `path`, which is made if there is none. */
export async function withStorage(
  path: string,
  work: (storage: Storage) => Promise<void>,
): Promise<void> {
  const storage: Storage = new ConnectedRef({
    name: 'storage',
    capacity: mailboxMax,
    clock: systemClock,
  })
  const supervisor = createSupervisor({ clock: systemClock, log: silentLog, giveUp: fail })
  await supervisor.start([
    {
      name: 'storage',
      instance: 0,
      ref: storage,
      open: inlineTransport(storageActor, {
        deps: { path, wal: true, commitRowsMax: 64, mayMigrate: true },
        clock: systemClock,
        carry: (frame) => frame,
      }),
      restart: 'never',
      intensity: { restartsMax: 0, periodMs: 1 },
      startMsMax: 10_000,
      stopMsMax: 10_000,
      hangMs: 60_000,
      onNotice: () => undefined,
      onRestarted: () => undefined,
    },
  ])
  await work(storage)
  await supervisor.stop()
}

/** Does `work` for all items, as many at once as the mailbox takes. @throws Error on a refusal. */
export async function inTurns<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<{ readonly ok: boolean }>,
): Promise<void> {
  for (let from = 0; from < items.length; from += mailboxMax) {
    const outcomes = await Promise.all(items.slice(from, from + mailboxMax).map(work))
    if (!outcomes.every((outcome) => outcome.ok)) throw new Error('a record was refused')
  }
}

/** The audit row of a record that a benchmark makes. */
export function seedingAudit(action: AuditEvent['action'], clientId: string): AuditEvent {
  const createdAtMs = systemClock.nowMs()
  const id = random.uuidV7(createdAtMs)
  const detail = 'benchmark'
  return { id, action, actorId: 'cli', clientId, ip: '', detail, traceId: '', createdAtMs }
}

/** Options of an ask that nobody waits for. */
export function patience() {
  return { deadlineMs: systemClock.monotonicMs() + 60_000, trace: null }
}

function fail(child: string): never {
  throw new Error(`${child} crashed while the database was made`)
}
