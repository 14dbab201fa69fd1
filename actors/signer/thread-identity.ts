// Names a thread so that it can be told from a later one with the same number: a worker thread may
// end long before its process, ids are used again, so the start time belongs to the name, and all
// of it means something on one machine only (B52).
import { readFileSync, readlinkSync } from 'node:fs'

export interface ThreadIdentity {
  readonly pid: number
  /** The system's id of the thread; null where it does not tell, and the process stands for it. */
  readonly tid: number | null
  /** Start time in clock ticks since the machine booted; null where the system does not tell. */
  readonly startedAt: string | null
  /** This boot of this machine and this container; null where the system does not tell. */
  readonly machine: string | null
}

/** The identity of the thread that calls. */
export function ownIdentity(): ThreadIdentity {
  const { pid } = process
  const tid = ownThreadId()
  return { pid, tid, startedAt: startTicksOf({ pid, tid }), machine: machineIdentity() }
}

/**
 * Whether the thread of `identity` has certainly ended. False when it lives, and also when nobody
 * here can know, because it ran in another container, on another machine or before a reboot.
 */
export function hasEnded(identity: ThreadIdentity): boolean {
  if (identity.machine !== machineIdentity()) return false
  const startedAt = startTicksOf(identity)
  if (startedAt !== null) return startedAt !== identity.startedAt
  // Whoever sees a process sees all its threads. One that is hidden can only be asked.
  return startTicksOf({ ...identity, tid: null }) !== null || !answersSignals(identity.pid)
}

/** From what proc(5) calls the thread that reads the link: `<pid>/task/<tid>`. */
function ownThreadId(): number | null {
  try {
    const [pid, , tid] = readlinkSync('/proc/thread-self').split('/').map(Number)
    // In a container with the /proc of its host the numbers here are not the ones that count there.
    return pid === process.pid && tid !== undefined ? tid : null
  } catch {
    return null // No /proc on this system, or one without this link.
  }
}

/** Field 22 of /proc/…/stat (proc(5)); the name before it may hold spaces and parentheses. */
function startTicksOf({ pid, tid }: Pick<ThreadIdentity, 'pid' | 'tid'>): string | null {
  const stat = readSystemFile(`/proc/${pid}/${tid === null ? '' : `task/${tid}/`}stat`)
  if (stat === null) return null
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie, or a thread that is being removed, has ended although its entry is still there.
  const [state = ''] = afterName
  return ['Z', 'X'].includes(state) ? 'ended' : (afterName[19] ?? null)
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
    return null // No /proc on this system, or no such process or thread.
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
