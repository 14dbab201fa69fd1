// Mixed load on a real server with a record of everything: tokens with and without resource, with
// right, wrong, replaced and orphaned secrets, an administrator (history-changes.ts), and readers.
// It goes on over restarts of the server.
import { Agent } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeJwt, type JSONWebKeySet } from 'jose'
import type { Services } from '../../src/flows/services.ts'
import { type ChangeOperation, createHistory, type History } from './history.ts'
import type { Chance } from './history-chance.ts'
import { sendChanges } from './history-changes.ts'
import type { FetchedKeys } from './history-checker.ts'
import { send } from './history-client.ts'
import {
  type ClientId,
  clientIds,
  type Known,
  type Run,
  type Secret,
  scope,
  secretKey,
  timed,
} from './history-known.ts'
import { secretOf, seedClient, seedResource } from './seed.ts'
import type { RunningServer } from './start-server.ts'

const resources = { r1: 'https://r1.test/mcp', r2: 'https://r2.test/mcp' } as const
/** Edited in and out of a policy; one whose edit was not answered is not used again. */
const policyClientIds = Array.from({ length: 100 }, (_, index) => `named-${index}`)
/** The first client that is deleted; later ones are made by the administrator. */
const firstPassingId = 'passing'
const seededClientIds = [...clientIds, firstPassingId, ...policyClientIds]
const neverRight = 'a wrong secret'
const recentMax = 64
/** Whoever is told to come again waits: asking at once would take the processors of the server. */
const againMs = 20

/** Stores what the load works with. */
export async function seedHistoryLoad(services: Services): Promise<void> {
  for (const id of seededClientIds) await seedClient(services, id, {})
  for (const [slug, uri] of Object.entries(resources)) await seedResource(services, slug, { uri })
}

export interface HistoryLoad {
  readonly history: History
  readonly fetchedKeys: readonly FetchedKeys[]
  /** Works on a server until it is stopped, or its connections end. */
  startOn(server: RunningServer, senders: number): RunningLoad
  /** Fetches the key set that tokens so far must verify with. */
  fetchKeys(server: RunningServer): Promise<void>
}

export interface RunningLoad {
  /** Lets what is in flight finish. */
  stop(): Promise<void>
}

/** A load whose choices follow from `chance`. */
export function createHistoryLoad(chance: Chance): HistoryLoad {
  const history = createHistory()
  const fetchedKeys: FetchedKeys[] = []
  const known: Known = {
    secrets: new Map(clientIds.map((id) => [id, { text: secretOf(id), version: 0 }])),
    passing: {
      id: firstPassingId,
      secret: { text: secretOf(firstPassingId), version: 0 },
      isDeleted: false,
    },
    recent: [],
    unnamed: [...policyClientIds],
    named: null,
  }
  for (const fact of factsOfTheBeginning()) history.add(fact)
  return {
    history,
    fetchedKeys,
    startOn: (server, senders) => {
      const agent = new Agent({ keepAlive: true, maxSockets: senders + 2 })
      const run: Run = { server, agent, chance, history, known, isOver: false }
      const work = [sendChanges(run), ...Array.from({ length: senders }, () => sendTokens(run))]
      return {
        stop: async () => {
          run.isOver = true
          await Promise.all(work)
          agent.destroy()
        },
      }
    },
    fetchKeys: async ({ baseUrl }) => {
      const fetchedMs = performance.now()
      const response = await fetch(`${baseUrl}/.well-known/jwks.json`)
      fetchedKeys.push({ fetchedMs, keys: (await response.json()) as JSONWebKeySet })
    },
  }
}

/** What is so from the beginning: the clients that were stored, and a secret that nobody has. */
function factsOfTheBeginning(): readonly ChangeOperation[] {
  const nowMs = performance.now()
  const fact: ChangeOperation = {
    op: 'change',
    action: null,
    ends: null,
    revives: null,
    states: null,
    outcome: 'ok',
    status: null,
    retryAfter: null,
    invokedMs: nowMs,
    returnedMs: nowMs,
  }
  const action = 'client.created_admin'
  const created = seededClientIds.map((id) => ({
    ...fact,
    action,
    states: `+client ${id}`,
  }))
  return [...created, { ...fact, ends: neverRight }]
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }

/** One request after the other, until no answer comes. */
async function sendTokens(run: Run): Promise<void> {
  const { chance, history, known } = run
  while (!run.isOver) {
    const { id: clientId, secret, isPassing } = drawClient(run)
    const isWrong = chance.between(0, 1) < 0.05
    const resource = chance.one([null, resources.r1, resources.r2])
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: isWrong ? neverRight : secret.text,
      ...(resource === null ? null : { resource }),
    }).toString()
    const { port } = run.server
    const asked = { port, method: 'POST', path: '/oauth/token', headers: formHeaders, body: form }
    const answer = await send(run.agent, asked)
    const facts = timed(answer)
    const jwt = facts.outcome === 'ok' ? String(answer.body['access_token']) : null
    const keys = [clientId, isWrong ? neverRight : secretKey(clientId, secret)]
    history.add({ op: 'token', clientId, keys, resource, scope, jwt, ...facts })
    // The deletion of a client revokes its tokens, which an administrator then cannot.
    if (jwt !== null && resource !== null && !isPassing) {
      known.recent = [...known.recent.slice(1 - recentMax), String(decodeJwt(jwt).jti)]
    }
    if (answer.status === null) return
    if (answer.status === 503) await wait(againMs)
  }
}

interface DrawnClient {
  readonly id: string
  readonly secret: Secret
  readonly isPassing: boolean
}

function drawClient({ chance, known }: Run): DrawnClient {
  const { passing, secrets } = known
  if (chance.between(0, 1) < 0.25) {
    return { id: passing.id, secret: passing.secret, isPassing: true }
  }
  const id: ClientId = chance.one(clientIds)
  return { id, secret: secrets.get(id) ?? { text: '', version: 0 }, isPassing: false }
}
