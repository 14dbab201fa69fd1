// Waits for other processes to leave the machine alone: on two cores one busy neighbour decides the
// result.
import { setTimeout as sleep } from 'node:timers/promises'
import { readMachineCpu } from './thread-cpu.ts'

/** With more than this used by others, two cores no longer show what a server can do. */
export const foreignCoresMax = 0.15

const lookMs = 500

/** Resolves when a look finds the machine calm, or after `patienceMs`. No server may be running. */
export async function waitForCalm(patienceMs: number): Promise<void> {
  const deadlineMs = performance.now() + patienceMs
  let cores = Number.POSITIVE_INFINITY
  while (cores > foreignCoresMax && performance.now() < deadlineMs) {
    const startedMs = performance.now()
    const before = readMachineCpu()
    await sleep(lookMs)
    cores = (readMachineCpu() - before) / 1000 / (performance.now() - startedMs)
  }
}
