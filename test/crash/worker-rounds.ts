// Crashes and hangs workers of a server under mixed load in every way there is, one after the
// other, measures how long clients notice, and lets the checker of histories judge (reliability
// B3). A server is replaced by another one, in good order, before an actor of it has come to the
// end of its restart intensity.
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { limits } from '../../src/base/limits.ts'
import { unlimited } from '../e2e/token-load.ts'
import { dishonestRefusals, type History, heldTokens } from '../support/history.ts'
import { type Chance, chanceOf } from '../support/history-chance.ts'
import { findViolations } from '../support/history-checker.ts'
import { createHistoryLoad, type HistoryLoad, seedHistoryLoad } from '../support/history-load.ts'
import { readStoredState } from '../support/history-rows.ts'
import { injectFault, takesFaults } from '../support/inject-fault.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

const senders = 32
const outageMsMax = 15_000

/** What can happen to the thread of an actor. */
export const crashes = ['throw', 'reject', 'exit', 'heap'] as const
export const silences = ['spin', 'hang'] as const

export interface WorkerFault {
  readonly actor: 'storage' | 'signer'
  readonly way: (typeof crashes)[number] | (typeof silences)[number]
}

/** Every fault of every actor. */
export const workerFaults: readonly WorkerFault[] = [...crashes, ...silences].flatMap((way) =>
  (['storage', 'signer'] as const).map((actor) => ({ actor, way })),
)

export interface Outage extends WorkerFault {
  /** From the request for the fault to the first refusal. */
  readonly noticedMs: number
  /** From the first refusal to the first token of a request that was begun after it. */
  readonly backMs: number
}

export interface WorkerReport {
  readonly outages: readonly Outage[]
  readonly violations: readonly string[]
  /** Statuses of refusals that do not say when to come again. */
  readonly dishonest: readonly (number | null)[]
  /** Of each server, when it was ended in good order after its faults. */
  readonly exitStatuses: readonly (number | null)[]
  readonly heldTokens: number
  readonly refusals: number
}

/** Sees all `faults` through. */
export async function crashWorkers(
  seed: number,
  faults: readonly WorkerFault[],
): Promise<WorkerReport> {
  const chance = chanceOf(seed)
  const environment = { ...unlimited, ...takesFaults }
  const outages: Outage[] = []
  const exitStatuses: (number | null)[] = []
  let server = await startServer({ seed: seedHistoryLoad, environment })
  try {
    const load = createHistoryLoad(chance)
    for (const some of inServings(faults)) {
      if (exitStatuses.length > 0) server = await server.restart()
      const running = load.startOn(server, senders)
      for (const fault of some) outages.push(await seeThrough({ server, load, chance }, fault))
      await running.stop()
      await load.fetchKeys(server)
      exitStatuses.push(await server.terminate())
    }
    const { history, fetchedKeys } = load
    const state = readStoredState(server)
    return {
      outages,
      violations: findViolations({ issuer: server.issuer, history, state, fetchedKeys }),
      dishonest: dishonestRefusals(history),
      exitStatuses,
      heldTokens: heldTokens(history).length,
      refusals: history.operations.filter(({ status }) => status === 503).length,
    }
  } finally {
    await server.stop()
  }
}

/** The faults in their order, in parts that a server survives. */
function inServings(faults: readonly WorkerFault[]): readonly (readonly WorkerFault[])[] {
  const servings: WorkerFault[][] = [[]]
  for (const fault of faults) {
    const isTooMuch =
      servings.at(-1)?.filter(({ actor }) => actor === fault.actor).length === limits.restartsMax
    if (isTooMuch) servings.push([])
    servings.at(-1)?.push(fault)
  }
  return servings
}

interface Loaded {
  readonly server: RunningServer
  readonly load: HistoryLoad
  readonly chance: Chance
}

/** Asks for a fault at some moment, and waits until tokens are issued again. */
async function seeThrough(
  { server, load, chance }: Loaded,
  { actor, way }: WorkerFault,
): Promise<Outage> {
  await wait(chance.between(50, 250))
  const fault = way === 'hang' ? { kind: 'hang' } : { kind: 'crash', how: way }
  const askedMs = performance.now()
  await injectFault(server, { actor, ...fault })
  for (;;) {
    const outage = outageSince(load.history, askedMs)
    if (outage !== null) return { actor, way, ...outage }
    const lastedMs = performance.now() - askedMs
    assert.ok(lastedMs < outageMsMax, `${way} of ${actor}: no outage came and went`)
    await wait(5)
  }
}

function outageSince(
  { operations }: History,
  sinceMs: number,
): Pick<Outage, 'noticedMs' | 'backMs'> | null {
  const since = operations.slice(operations.findIndex(({ returnedMs }) => returnedMs > sinceMs))
  const refused = since.find(({ status, returnedMs }) => status === 503 && returnedMs > sinceMs)
  if (refused === undefined) return null
  const startMs = refused.returnedMs
  const token = since.find(
    ({ op, outcome, invokedMs }) => op === 'token' && outcome === 'ok' && invokedMs > startMs,
  )
  if (token === undefined) return null
  return { noticedMs: startMs - sinceMs, backMs: token.returnedMs - startMs }
}
