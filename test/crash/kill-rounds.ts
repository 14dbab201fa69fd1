// Kills a server under mixed load again and again, at moments that follow from a seed, and lets the
// checker of histories judge what is left (reliability B1).

import { setTimeout as wait } from 'node:timers/promises'
import { unlimited } from '../e2e/token-load.ts'
import { heldTokens } from '../support/history.ts'
import { chanceOf } from '../support/history-chance.ts'
import { findViolations } from '../support/history-checker.ts'
import { createHistoryLoad, seedHistoryLoad } from '../support/history-load.ts'
import { readStoredState } from '../support/history-rows.ts'
import { startServer } from '../support/start-server.ts'

const senders = 32

export interface KillRounds {
  readonly rounds: number
  readonly seed: number
  /** Longest time under load before a kill. */
  readonly loadMsMax: number
}

export interface KillReport {
  readonly violations: readonly string[]
  /** From the start of the process to its readiness, once per round. */
  readonly readyMs: readonly number[]
  readonly heldTokens: number
  /** Requests without an answer, for tokens and for changes. */
  readonly unknown: number
  readonly acknowledgedChanges: number
}

/** Runs the rounds and a last one that ends in good order. */
export async function killAgainAndAgain(options: KillRounds): Promise<KillReport> {
  const chance = chanceOf(options.seed)
  let server = await startServer({ seed: seedHistoryLoad, environment: unlimited })
  try {
    const load = createHistoryLoad(chance)
    const readyMs: number[] = []
    for (let round = 0; round < options.rounds; round += 1) {
      const running = load.startOn(server, senders)
      await wait(chance.between(50, options.loadMsMax))
      await server.kill()
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
    return {
      violations: findViolations({ issuer: server.issuer, history, state, fetchedKeys }),
      readyMs,
      heldTokens: heldTokens(history).length,
      unknown: operations.filter(({ outcome }) => outcome === 'unknown').length,
      acknowledgedChanges: operations.filter(
        ({ op, outcome }) => op === 'change' && outcome === 'ok',
      ).length,
    }
  } finally {
    await server.stop()
  }
}
