// The machine tokens of a client before it is deleted (spec 05 §4.1). A client may have millions of
// them: they are looked at, and where they are that many also taken out of use, in steps
// beforehand, so that the deletion itself, one unit of work that everybody else waits for, stays
// short.
import type { ReplyOf } from '../../../actors/runtime/protocol.ts'
import type { MachineTokenCursor, StorageProtocol } from '../../../actors/storage/protocol.ts'
import type { Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'

type Places = StorageProtocol['deleteClient']['request']['deadBelow']

export interface TokenSurvey {
  /** The places below which the tokens are dead, and so for ever. */
  readonly deadBelow: Places
  /** The places above all tokens that were looked at. */
  readonly above: Places
  readonly hasLive: boolean
  /** Whether they are too many to be taken out of use within the deletion. */
  readonly isLong: boolean
}

interface Subject {
  readonly clientId: string
  readonly nowMs: number
}

/** With `every` it goes on behind the first live token; else it ends there. @throws ActorError */
export async function surveyTokens(
  services: Services,
  operator: Operator,
  { clientId, nowMs, every }: Subject & { readonly every: boolean },
): Promise<TokenSurvey> {
  const deadBelow = { issuances: 0, unbound: 0 }
  const above = { issuances: 0, unbound: 0 }
  const begun = new Set<MachineTokenCursor['table']>()
  let hasLive = false
  let isLong = false
  let cursor: MachineTokenCursor | null = null
  do {
    const outcome: { readonly reply: ReplyOf<StorageProtocol, 'surveyMachineTokens'> } =
      await services.storage.ask(
        'surveyMachineTokens',
        { clientId, nowMs, cursor },
        askOptions(services, operator.trace),
      )
    const { table, newest, oldestLive, next } = outcome.reply
    if (begun.has(table)) {
      isLong = true
    } else {
      begun.add(table)
      above[table] = newest + 1
      deadBelow[table] = newest + 1
    }
    if (oldestLive !== null) {
      deadBelow[table] = oldestLive
      hasLive = true
      if (!every) break
    }
    cursor = next
  } while (cursor !== null)
  return { deadBelow, above, hasLive, isLong }
}

/**
 * Takes all tokens of a survey out of use, step by step; tokens that come to life meanwhile are
 * left to the deletion. When it is interrupted, the client is still there, and its deletion can be
 * asked for again. @throws ActorError
 */
export async function retireTokens(
  services: Services,
  operator: Operator,
  { clientId, nowMs, survey }: Subject & { readonly survey: TokenSurvey },
): Promise<void> {
  const { deadBelow, above } = survey
  const retire = async (table: MachineTokenCursor['table'], start: number, below: number) => {
    for (let from: number | null = start; from !== null; ) {
      const outcome: { readonly reply: ReplyOf<StorageProtocol, 'retireMachineTokens'> } =
        await services.storage.ask(
          'retireMachineTokens',
          { clientId, table, from, below, nowMs },
          askOptions(services, operator.trace),
        )
      from = outcome.reply.next
    }
  }
  await retire('issuances', deadBelow.issuances, above.issuances)
  await retire('unbound', 0, above.unbound)
}
