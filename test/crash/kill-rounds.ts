// Kills a server under mixed load again and again, at moments that follow from a seed or at its
// failpoints, and lets the checker of histories judge what is left (reliability B1).
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { unlimited } from '../e2e/token-load.ts'
import { heldTokens } from '../support/history.ts'
import { type Chance, chanceOf } from '../support/history-chance.ts'
import { findViolations } from '../support/history-checker.ts'
import { createHistoryLoad, seedHistoryLoad } from '../support/history-load.ts'
import { readStoredState } from '../support/history-rows.ts'
import { postFault, takesFaults } from '../support/inject-fault.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

const senders = 32

/** Ends a server that is under load. */
export type Strike = (server: RunningServer, chance: Chance) => Promise<void>

/** SIGKILL from outside after at most so long under load. */
export function atRandomMoment(loadMsMax: number): Strike {
  return async (server, chance) => {
    await wait(chance.between(50, loadMsMax))
    await server.kill()
  }
}

/** All moments that a server under test can be killed at. */
export const failpoints = [
  ['signer', 'sign.before'],
  ['signer', 'sign.after'],
  ['storage', 'commit.before'],
  ['storage', 'commit.after'],
  ['storage', 'respond.before'],
] as const

/** SIGKILL to itself when it next comes to this point, after at most so long under load. */
export function atFailpoint([actor, at]: (typeof failpoints)[number], loadMsMax: number): Strike {
  return async (server, chance) => {
    await wait(chance.between(50, loadMsMax))
    const key = server.adminKey()
    const fault = { actor, at, kind: 'crash', how: 'kill' }
    const status = await server.endedBy(async () => {
      // The process may end before it has answered.
      const response = await postFault(server, fault, key).catch(() => null)
      if (response !== null) assert.equal(response.status, 204, await response.text())
    })
    assert.equal(status, null, `${at} ended the server with ${status}`)
  }
}

export interface KillRounds {
  readonly seed: number
  /** What ends each round. */
  readonly strikes: readonly Strike[]
}

export interface KillReport {
  readonly violations: readonly string[]
  /** From the start of the process to its readiness, once per round. */
  readonly readyMs: readonly number[]
  readonly heldTokens: number
  /** Stored tokens whose clients never had an answer. */
  readonly unheldTokens: number
  /** Requests without an answer, for tokens and for changes. */
  readonly unknown: number
  readonly acknowledgedChanges: number
  readonly acknowledgedDeletions: number
}

/** Runs the rounds and a last one that ends in good order. */
export async function killAgainAndAgain({ seed, strikes }: KillRounds): Promise<KillReport> {
  const chance = chanceOf(seed)
  const environment = { ...unlimited, ...takesFaults }
  let server = await startServer({ seed: seedHistoryLoad, environment })
  try {
    const load = createHistoryLoad(chance)
    const readyMs: number[] = []
    for (const strike of strikes) {
      const running = load.startOn(server, senders)
      await strike(server, chance)
      await running.stop()
      const startedMs = performance.now()
      server = await server.restart()
      readyMs.push(performance.now() - startedMs)
      await load.fetchKeys(server)
    }
    await load.startOn(server, senders).stop()
    await load.fetchKeys(server)
    const { history, fetchedKeys } = load
    const state = readStoredState(server)
    const { operations } = history
    const changes = operations.filter(({ op, outcome }) => op === 'change' && outcome === 'ok')
    const held = heldTokens(history).length
    return {
      violations: findViolations({ issuer: server.issuer, history, state, fetchedKeys }),
      readyMs,
      heldTokens: held,
      unheldTokens: state.tokens.length - held,
      unknown: operations.filter(({ outcome }) => outcome === 'unknown').length,
      acknowledgedChanges: changes.length,
      acknowledgedDeletions: changes.filter(
        (change) => change.op === 'change' && change.action === 'client.deleted',
      ).length,
    }
  } finally {
    await server.stop()
  }
}
