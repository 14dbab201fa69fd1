// Children of a process and what /proc tells of them (Linux).
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Process ids of the living and unreaped children of `pid`. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '))
    .filter((text) => text.trim() !== '')
    .map(Number)
}

/** What the descriptors of `pid` point to. */
export function openFilesOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
    } catch {
      return [] // Closed since it was listed.
    }
  })
}

/** Resolves when no process `pid` is left, a zombie included. @throws Error after 5 seconds. */
export async function goneProcess(pid: number): Promise<void> {
  const limitMs = performance.now() + 5000
  while (isThere(pid)) {
    if (performance.now() > limitMs) throw new Error(`process ${pid} is still there`)
    await sleep(10)
  }
}

function isThere(pid: number): boolean {
  try {
    // A killed process of a container without an init stays a zombie of process 1 for ever.
    return !/^State:\s+Z[\s\S]*^PPid:\s+1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
