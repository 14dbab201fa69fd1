// Names a process so that it can be told from a later one with the same number: process ids are
// used again, so the start time belongs to the name, and both mean something on one machine only
// (B52).
import { readFileSync, readlinkSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** Start time in clock ticks since the machine booted; null where the system does not tell. */
  readonly startedAt: string | null
  /** This boot of this machine and this container; null where the system does not tell. */
  readonly machine: string | null
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: startTicksOf(process.pid), machine: machineIdentity() }
}

/**
 * Whether the process of `identity` has certainly ended. False when it lives, and also when nobody
 * here can know, because it ran in another container, on another machine or before a reboot.
 */
export function hasEnded(identity: ProcessIdentity): boolean {
  if (identity.machine !== machineIdentity()) return false
  const startedAt = startTicksOf(identity.pid)
  if (startedAt !== null) return startedAt !== identity.startedAt
  return !answersSignals(identity.pid)
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the name before it may hold spaces and parentheses. */
function startTicksOf(pid: number): string | null {
  const stat = readSystemFile(`/proc/${pid}/stat`)
  if (stat === null) return null
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie has ended although its entry is still there.
  return afterName[0] === 'Z' ? 'ended' : (afterName[19] ?? null)
}

function machineIdentity(): string | null {
  const boot = readSystemFile('/proc/sys/kernel/random/boot_id')
  if (boot === null) return null
  try {
    return `${boot.trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return null // A hardened /proc hides it; then only the age of a lock counts.
  }
}

function readSystemFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // No /proc on this system, or no such process.
  }
}

function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as { readonly code?: unknown }).code === 'EPERM'
  }
}
