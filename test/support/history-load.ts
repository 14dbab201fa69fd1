// Mixed load on a real server with a record of everything: tokens with and without resource, with
// right, wrong and replaced secrets, an administrator who suspends, reactivates, replaces secrets,
// revokes tokens and edits a policy, and readers. It goes on over restarts of the server.
import { Agent } from 'node:http'
import { decodeJwt, type JSONWebKeySet } from 'jose'
import type { Services } from '../../src/flows/services.ts'
import { type ChangeOperation, createHistory, type History, outcomeOf } from './history.ts'
import type { Chance } from './history-chance.ts'
import type { FetchedKeys } from './history-checker.ts'
import { type Answered, type Asked, send } from './history-client.ts'
import { secretOf, seedClient, seedResource } from './seed.ts'
import type { RunningServer } from './start-server.ts'

const clientIds = ['steady', 'suspended', 'rotated'] as const
type ClientId = (typeof clientIds)[number]

const resources = { r1: 'https://r1.test/mcp', r2: 'https://r2.test/mcp' } as const
const scope = 'tools/echo'
/** Edited in and out of a policy; one whose edit was not answered is not used again. */
const policyClientIds = Array.from({ length: 100 }, (_, index) => `named-${index}`)
const neverRight = 'a wrong secret'
const recentMax = 64

/** Stores what the load works with. */
export async function seedHistoryLoad(services: Services): Promise<void> {
  for (const id of [...clientIds, ...policyClientIds]) await seedClient(services, id, {})
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
    recent: [],
    unnamed: [...policyClientIds],
    named: null,
  }
  const nothing = { action: null, revives: null, states: null } as const
  history.add({ op: 'change', ...nothing, ends: neverRight, ...atOnce() })
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

function atOnce(): Pick<ChangeOperation, 'invokedMs' | 'returnedMs' | 'outcome'> {
  const nowMs = performance.now()
  return { invokedMs: nowMs, returnedMs: nowMs, outcome: 'ok' }
}

interface Secret {
  readonly text: string
  readonly version: number
}

/** What the load knows of the server, also after its restart. */
interface Known {
  readonly secrets: Map<ClientId, Secret>
  /** Tokens that nobody has revoked. */
  recent: string[]
  /** Clients that the policy does not name, and the one that it names last. */
  readonly unnamed: string[]
  named: string | null
}

interface Run {
  readonly server: RunningServer
  readonly agent: Agent
  readonly chance: Chance
  readonly history: History
  readonly known: Known
  isOver: boolean
}

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }

/** One request after the other, until no answer comes. */
async function sendTokens(run: Run): Promise<void> {
  const { chance, history, known } = run
  while (!run.isOver) {
    const clientId = chance.one(clientIds)
    const isWrong = chance.between(0, 1) < 0.05
    const secret = known.secrets.get(clientId) ?? { text: '', version: 0 }
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
    const outcome = outcomeOf(answer.status)
    const jwt = outcome === 'ok' ? String(answer.body['access_token']) : null
    const keys = [clientId, isWrong ? neverRight : secretKey(clientId, secret)]
    const { invokedMs, returnedMs } = answer
    history.add({
      op: 'token',
      clientId,
      keys,
      resource,
      scope,
      jwt,
      outcome,
      invokedMs,
      returnedMs,
    })
    if (jwt !== null && resource !== null) {
      known.recent = [...known.recent.slice(1 - recentMax), String(decodeJwt(jwt).jti)]
    }
    if (answer.status === null) return
  }
}

const secretKey = (clientId: string, { version }: Secret): string => `${clientId}#${version}`

/** One change after the other, each acknowledged before the next. */
async function sendChanges(run: Run): Promise<void> {
  // First of all the client works again that the death of a server may have left suspended.
  const steps = [
    reactivate,
    replaceSecret,
    suspend,
    read,
    reactivate,
    revoke,
    allow,
    revoke,
    forbid,
  ]
  for (let index = 0; !run.isOver; index += 1) {
    const isAlive = await steps[index % steps.length]?.(run)
    if (!isAlive) return
  }
}

type Facts = Pick<ChangeOperation, 'action' | 'ends' | 'revives' | 'states'>

const plain: Omit<Facts, 'action'> = { ends: null, revives: null, states: null }

/** Sends a change and records it; null when no answer came. */
async function changeBy(
  run: Run,
  asked: { readonly method: string; readonly path: string; readonly body?: object },
  facts: Facts,
): Promise<Answered | null> {
  const { method, path, body } = asked
  const answer = await send(run.agent, adminAsk(run, { method, path, body }))
  const outcome = outcomeOf(answer.status)
  const { invokedMs, returnedMs } = answer
  run.history.add({ op: 'change', ...facts, outcome, invokedMs, returnedMs })
  return answer.status === null ? null : answer
}

const suspended: ClientId = 'suspended'

async function suspend(run: Run): Promise<boolean> {
  const asked = { method: 'PATCH', path: `/admin/clients/${suspended}/suspend` }
  const states = `-active ${suspended}`
  const facts = { ...plain, action: 'client.suspended', states }
  return (await changeBy(run, asked, { ...facts, ends: suspended })) !== null
}

async function reactivate(run: Run): Promise<boolean> {
  const asked = { method: 'PATCH', path: `/admin/clients/${suspended}/reactivate` }
  const states = `+active ${suspended}`
  const facts = { ...plain, action: 'client.reactivated', states }
  return (await changeBy(run, asked, { ...facts, revives: suspended })) !== null
}

async function replaceSecret(run: Run): Promise<boolean> {
  const id: ClientId = 'rotated'
  const { secrets } = run.known
  const before = secrets.get(id) ?? { text: '', version: 0 }
  const asked = { method: 'POST', path: `/admin/clients/${id}/rotate-secret` }
  const facts = { ...plain, action: 'client.secret_rotated' }
  const answer = await changeBy(run, asked, { ...facts, ends: secretKey(id, before) })
  const text = answer?.body['client_secret']
  if (text !== undefined) secrets.set(id, { text: String(text), version: before.version + 1 })
  return answer !== null
}

async function revoke(run: Run): Promise<boolean> {
  const jti = run.known.recent.pop()
  if (jti === undefined) return read(run)
  const asked = { method: 'DELETE', path: `/admin/issuances/${jti}` }
  const facts = { ...plain, action: 'issuance.revoked_admin', states: `+revoked ${jti}` }
  return (await changeBy(run, asked, facts)) !== null
}

const allowedPath = '/admin/resources/r1/policy/exchange/allowed-clients'
const allowedAction = 'resource.policy.exchange.allowed_client'

async function allow(run: Run): Promise<boolean> {
  const id = run.known.unnamed.shift()
  if (id === undefined) return read(run)
  const asked = { method: 'POST', path: allowedPath, body: { client_id: id } }
  const facts = { ...plain, action: `${allowedAction}.added`, states: `+allowed ${id}` }
  const answer = await changeBy(run, asked, facts)
  run.known.named = answer?.status === 200 ? id : null
  return answer !== null
}

async function forbid(run: Run): Promise<boolean> {
  const id = run.known.named
  if (id === null) return read(run)
  const asked = { method: 'DELETE', path: `${allowedPath}/${id}` }
  const facts = { ...plain, action: `${allowedAction}.removed`, states: `-allowed ${id}` }
  const answer = await changeBy(run, asked, facts)
  run.known.named = null
  if (answer?.status === 200) run.known.unnamed.push(id)
  return answer !== null
}

async function read(run: Run): Promise<boolean> {
  const audit = await send(
    run.agent,
    adminAsk(run, { method: 'GET', path: '/admin/audit?limit=20' }),
  )
  const { port } = run.server
  const asked = { port, method: 'GET', path: '/.well-known/jwks.json', headers: {}, body: '' }
  const keys = await send(run.agent, asked)
  return audit.status !== null && keys.status !== null
}

function adminAsk(
  { server }: Run,
  asked: { readonly method: string; readonly path: string; readonly body?: object | undefined },
): Asked {
  const authorization = `Bearer ${server.adminKey()}`
  const { method, path, body } = asked
  return {
    port: Number(new URL(server.adminUrl).port),
    method,
    path,
    headers:
      body === undefined
        ? { authorization }
        : { authorization, 'content-type': 'application/json' },
    body: body === undefined ? '' : JSON.stringify(body),
  }
}
