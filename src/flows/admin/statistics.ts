// Numbers of the overview (spec 05 §4.8).
import type { ReplyOf } from '../../../actors/runtime/protocol.ts'
import type { MachineTokenCursor, StorageProtocol } from '../../../actors/storage/protocol.ts'
import type { Statistics } from '../../records/statistics.ts'
import type { Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'

const dayMs = 24 * 3_600_000

/** The numbers as they are now; those of tokens begin with the day in UTC. @throws ActorError */
export async function readStatistics(services: Services, operator: Operator): Promise<Statistics> {
  const nowMs = services.clock.nowMs()
  const period = { sinceMs: nowMs - (nowMs % dayMs), nowMs }
  const options = askOptions(services, operator.trace)
  const { reply } = await services.storage.ask('readStatistics', period, options)
  const machineTokens = await countMachineTokens(services, operator, period)
  return {
    clients: reply.clients,
    users: reply.users,
    activeTokens: reply.activeFamilies + machineTokens.live,
    revokedTokens: reply.revokedFamilies + machineTokens.revoked,
    connections: reply.connections,
  }
}

/** Counted in steps, so that a busy day does not hold up the tokens of the moment. */
async function countMachineTokens(
  services: Services,
  operator: Operator,
  period: { readonly sinceMs: number; readonly nowMs: number },
): Promise<{ readonly live: number; readonly revoked: number }> {
  let live = 0
  let revoked = 0
  let cursor: MachineTokenCursor | null = null
  do {
    const outcome: { readonly reply: ReplyOf<StorageProtocol, 'countMachineTokens'> } =
      await services.storage.ask(
        'countMachineTokens',
        { ...period, cursor },
        askOptions(services, operator.trace),
      )
    live += outcome.reply.live
    revoked += outcome.reply.revoked
    cursor = outcome.reply.next
  } while (cursor !== null)
  return { live, revoked }
}
