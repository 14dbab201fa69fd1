// What the parts of a recorded load share: its clients, their secrets, and the run on one server.
import type { Agent } from 'node:http'
import { type History, outcomeOf, type Timed } from './history.ts'
import type { Chance } from './history-chance.ts'
import type { Answered } from './history-client.ts'
import type { RunningServer } from './start-server.ts'

export const clientIds = ['steady', 'suspended', 'rotated'] as const
export type ClientId = (typeof clientIds)[number]

export const scope = 'tools/echo'

export interface Secret {
  readonly text: string
  readonly version: number
}

/** A client that is soon deleted, and that goes on asking for tokens. */
export interface PassingClient {
  readonly id: string
  readonly secret: Secret
  readonly isDeleted: boolean
}

/** What the load knows of the server, also after its restart. */
export interface Known {
  readonly secrets: Map<ClientId, Secret>
  passing: PassingClient
  /** Tokens that nobody has revoked. */
  recent: string[]
  /** Clients that the policy does not name, and the one that it names last. */
  readonly unnamed: string[]
  named: string | null
}

export interface Run {
  readonly server: RunningServer
  readonly agent: Agent
  readonly chance: Chance
  readonly history: History
  readonly known: Known
  isOver: boolean
}

/** What a secret is called in the history. */
export const secretKey = (clientId: string, { version }: Secret): string => `${clientId}#${version}`

/** What the history says of every answer. */
export function timed(answer: Answered): Timed {
  const { status, retryAfter, invokedMs, returnedMs } = answer
  return { outcome: outcomeOf(status), status, retryAfter, invokedMs, returnedMs }
}
