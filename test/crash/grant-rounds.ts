// Kills a server again and again while apps redeem codes and refresh: each app goes on where it was
// and repeats what was not answered, some send a thing twice, and at the end everything that is
// spent is presented once more (reliability B1, I3, I4, I7).
import { Agent } from 'node:http'
import { decodeJwt } from 'jose'
import { sha256Base64url } from '../../src/base/hash.ts'
import { unlimited } from '../e2e/token-load.ts'
import {
  findGrantViolations,
  type GrantOperation,
  readStoredGrants,
} from '../support/grant-history.ts'
import { type Chance, chanceOf } from '../support/history-chance.ts'
import { send } from '../support/history-client.ts'
import { timed } from '../support/history-known.ts'
import {
  codeForm,
  refreshForm,
  type SeededCode,
  seedCode,
  seedParty,
} from '../support/seed-grant.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'
import type { KillRounds } from './kill-rounds.ts'

const apps = 24
const codesPerRound = 100
/** Then an app begins with another code. */
const refreshesMax = 8

export interface GrantKillReport {
  readonly violations: readonly string[]
  readonly accepted: number
  readonly refused: number
  readonly unknown: number
  /** Spent credentials that were presented again at the end, and how many were then refused. */
  readonly replayed: number
  readonly refusedReplays: number
}

interface Credential {
  readonly kind: GrantOperation['kind']
  readonly text: string
  readonly form: Readonly<Record<string, string>>
}

/** What an app does next, also after a restart. */
interface App {
  next: Credential | null
  refreshes: number
}

interface Run {
  readonly server: RunningServer
  readonly agent: Agent
  readonly chance: Chance
  readonly codes: SeededCode[]
  readonly operations: GrantOperation[]
  /** Everything that was ever held, by hash. */
  readonly held: Map<string, Credential>
}

/** Runs the rounds and a last one in which nothing is killed. */
export async function killAmongGrants({ seed, strikes }: KillRounds): Promise<GrantKillReport> {
  const chance = chanceOf(seed)
  const codes: SeededCode[] = []
  let server = await startServer({
    environment: { ...unlimited, AUTHPLANE_OAUTH_REFRESH_GRACE: '0s' },
    seed: async (services) => {
      await seedParty(services)
      const count = codesPerRound * (strikes.length + 1)
      const all = Array.from({ length: count }, () => seedCode(services, {}))
      codes.push(...(await Promise.all(all)))
    },
  })
  try {
    const operations: GrantOperation[] = []
    const held = new Map<string, Credential>()
    const all: App[] = Array.from({ length: apps }, () => ({ next: null, refreshes: 0 }))
    const workOn = async (until: () => Promise<void>): Promise<void> => {
      const agent = new Agent({ keepAlive: true, maxSockets: 2 * apps })
      const run: Run = { server, agent, chance, codes, operations, held }
      let isOver = false
      const work = all.map((app) => useGrants(run, app, () => isOver))
      await until()
      isOver = true
      await Promise.all(work)
      agent.destroy()
    }
    for (const strike of strikes) {
      await workOn(() => strike(server, chance))
      server = await server.restart()
    }
    await workOn(async () => undefined)
    const replays = await replaySpent({ server, chance, codes, operations, held })
    const stored = readStoredGrants(server)
    const count = (outcome: string) => operations.filter((one) => one.outcome === outcome).length
    return {
      violations: findGrantViolations(operations, stored),
      accepted: count('ok'),
      refused: count('refused'),
      unknown: count('unknown'),
      replayed: replays.length,
      refusedReplays: replays.filter(({ outcome }) => outcome === 'refused').length,
    }
  } finally {
    await server.stop()
  }
}

/** One request after the other, until no answer comes. */
async function useGrants(run: Run, app: App, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    app.next ??= nextCode(run)
    const credential = app.next
    if (credential === null) return
    const times = run.chance.between(0, 1) < 0.08 ? 2 : 1
    const sent = await Promise.all(Array.from({ length: times }, () => present(run, credential)))
    const won = sent.find(({ outcome }) => outcome === 'ok')
    if (won === undefined && sent.some(({ status }) => status === null)) return
    app.refreshes += 1
    const isLong = app.refreshes > refreshesMax
    if (isLong || won === undefined) app.refreshes = 0
    // Of two at once that were both accepted the checker knows; here the first one is followed.
    const successor = isLong ? null : (won?.successor ?? null)
    app.next = successor === null ? null : (run.held.get(successor) ?? null)
  }
}

function nextCode({ codes, held }: Run): Credential | null {
  const seeded = codes.pop()
  if (seeded === undefined) return null
  const credential = { kind: 'code', text: seeded.code, form: codeForm(seeded) } as const
  held.set(sha256Base64url(seeded.code), credential)
  return credential
}

const headers = { 'content-type': 'application/x-www-form-urlencoded' }

async function present(run: Run, { kind, text, form }: Credential): Promise<GrantOperation> {
  const { port } = run.server
  const body = new URLSearchParams(form).toString()
  const answer = await send(run.agent, {
    port,
    method: 'POST',
    path: '/oauth/token',
    headers,
    body,
  })
  const facts = timed(answer)
  const isOk = facts.outcome === 'ok'
  const token = isOk ? String(answer.body['refresh_token']) : null
  const operation: GrantOperation = {
    ...facts,
    kind,
    credential: sha256Base64url(text),
    jti: isOk ? String(decodeJwt(String(answer.body['access_token'])).jti) : null,
    successor: token === null ? null : sha256Base64url(token),
  }
  if (token !== null && operation.successor !== null) {
    run.held.set(operation.successor, {
      kind: 'refresh token',
      text: token,
      form: refreshForm(token),
    })
  }
  run.operations.push(operation)
  return operation
}

/** Presents once more whatever is spent. */
async function replaySpent(given: Omit<Run, 'agent'>): Promise<readonly GrantOperation[]> {
  const { spentCodes, refreshTokens } = readStoredGrants(given.server)
  const spent = refreshTokens.filter(({ isSpent }) => isSpent).map(({ hash }) => hash)
  const credentials = [...spentCodes, ...spent].flatMap((hash) => given.held.get(hash) ?? [])
  const agent = new Agent({ keepAlive: true, maxSockets: apps })
  const run = { ...given, agent }
  const waiting = [...credentials]
  const before = run.operations.length
  await Promise.all(
    Array.from({ length: apps }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        await present(run, next)
      }
    }),
  )
  agent.destroy()
  return run.operations.slice(before)
}
