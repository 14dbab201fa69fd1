// Resident memory of a process from /proc (Linux).
import { readFileSync } from 'node:fs'

export interface MemoryUsage {
  /** Everything resident, in MB (10⁶ bytes). */
  readonly totalMb: number
  /** The part that belongs to nobody else: heaps, stacks, buffers. */
  readonly anonymousMb: number
}

/** Resident memory now. */
export function readMemory(pid: number): MemoryUsage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string): number => {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    return Math.round((Number(kibibytes) * 1024) / 1e5) / 10
  }
  return { totalMb: megabytes('VmRSS'), anonymousMb: megabytes('RssAnon') }
}
