// What every client state machine of the simulation gets, and how it counts a change.
import type { OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import type { History, KnownClient, Operation } from '../history.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { SimulatedServer } from '../simulated-server.ts'

export interface Surroundings {
  readonly server: SimulatedServer
  readonly history: History
  readonly random: SeededRandom
}

/** Makes its next move; resolves when that has come to its end, whatever it is. */
export type Machine = (surroundings: Surroundings) => Promise<void>

export const administrator = { actorId: 'admin', trace: null } as const

/**
 * Does `work` as one operation; null = it was refused, or nobody knows. `refusals` are those that
 * it documents, besides those of an administrator.
 */
export async function attempt<Result>(
  { history }: Surroundings,
  work: (operation: Operation) => Promise<Result>,
  refusals: readonly OAuthErrorCode[],
): Promise<{ readonly operation: Operation; readonly result: Result | null }> {
  const operation = history.begin()
  const jumpsBefore = history.clockJumps
  try {
    const result = await work(operation)
    operation.outcome = 'ok'
    return { operation, result }
  } catch (error) {
    history.settle(operation, error, { refusals, jumpsBefore })
    return { operation, result: null }
  }
}

/** Changes a client that nobody else is changing; returns the operation's outcome. */
export async function change<Result>(
  surroundings: Surroundings,
  { client, action }: { readonly client: KnownClient; readonly action: string },
  work: () => Promise<Result>,
): Promise<{ readonly outcome: Operation['outcome']; readonly result: Result | null }> {
  client.epoch += 1
  client.isBeingChanged = true
  const { operation, result } = await attempt(surroundings, work, [])
  const count = surroundings.history.changeCount(client.id, action)
  if (operation.outcome === 'ok') count.acknowledged += 1
  if (operation.outcome === 'unknown') count.unknown += 1
  client.epoch += 1
  client.isBeingChanged = false
  return { outcome: operation.outcome, result }
}
