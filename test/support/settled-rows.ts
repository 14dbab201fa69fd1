// Waits until storage has written what was sent to it without waiting for the answer.
import { askOptions } from '../../src/flows/services.ts'
import type { InlineServices } from './inline-services.ts'

/**
 * Resolves when every message that was sent before is done: storage answers in order, and the ask
 * behind them joins the same group of commits.
 */
export async function rowsSettled({ services }: Pick<InlineServices, 'services'>): Promise<void> {
  const nowMs = services.clock.nowMs()
  const audit = {
    id: services.random.uuidV7(nowMs),
    action: 'key.rotated',
    actorId: 'test',
    clientId: '',
    ip: '',
    detail: '',
    traceId: '',
    createdAtMs: nowMs,
  } as const
  await services.storage.ask('recordAudit', { audit }, askOptions(services, null))
}
