// Finding a client's live machine tokens before it is deleted (spec 05 §4.1). A client may have
// millions of dead ones: they are passed over in steps beforehand, so that the deletion itself, one
// unit of work that everybody else waits for, looks only at what is left.
import type { ReplyOf } from '../../../actors/runtime/protocol.ts'
import type { MachineTokenCursor, StorageProtocol } from '../../../actors/storage/protocol.ts'
import type { Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'

export type DeadBelow = StorageProtocol['deleteClient']['request']['deadBelow']

/**
 * The places below which the client's machine tokens are dead at `nowMs`, and so for ever. With
 * `every`, also below the live ones; else the search ends at the first of them. @throws ActorError
 */
export async function findDeadTokens(
  services: Services,
  operator: Operator,
  given: { readonly clientId: string; readonly nowMs: number; readonly every: boolean },
): Promise<DeadBelow> {
  const { clientId, nowMs, every } = given
  const deadBelow = { issuances: 0, unbound: 0 }
  const begun = new Set<MachineTokenCursor['table']>()
  let cursor: MachineTokenCursor | null = null
  do {
    const outcome: { readonly reply: ReplyOf<StorageProtocol, 'surveyMachineTokens'> } =
      await services.storage.ask(
        'surveyMachineTokens',
        { clientId, nowMs, cursor },
        askOptions(services, operator.trace),
      )
    const { table, newest, oldestLive, next } = outcome.reply
    if (!begun.has(table)) deadBelow[table] = newest + 1
    begun.add(table)
    if (oldestLive !== null) {
      deadBelow[table] = oldestLive
      if (!every) return deadBelow
    }
    cursor = next
  } while (cursor !== null)
  return deadBelow
}
