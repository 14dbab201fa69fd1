// CPU time of a process by thread, and of the whole machine, from /proc (Linux).
import { readdirSync, readFileSync } from 'node:fs'

/** Microseconds of CPU (user and system) by thread label. */
export type CpuByThread = Readonly<Record<string, number>>

/** /proc counts in ticks of USER_HZ, which is 100 on every architecture that Node runs on. */
const microsPerTick = 10_000

/** Threads that libuv and V8 start for themselves; none of them runs our JavaScript. */
const helperThread = /^(?:node|libuv-worker|V8Worker|DelayedTaskSche|SignalInspector)/

/**
 * CPU of each thread since its start: `main`, workers by name, and `helpers` together; and of each
 * process that this one started, by name.
 */
export function readThreadCpu(pid: number): CpuByThread {
  const byThread: Record<string, number> = {}
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = parseStat(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))
    const label = Number(thread) === pid ? 'main' : labelOf(stat.name)
    byThread[label] = (byThread[label] ?? 0) + stat.micros
    for (const child of readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ')) {
      if (child.trim() === '') continue
      const { name, micros } = parseStat(readFileSync(`/proc/${child}/stat`, 'utf8'))
      byThread[name] = (byThread[name] ?? 0) + micros
    }
  }
  return byThread
}

/** CPU of this process's ended children, such as the load generator, in microseconds. */
export function readChildrenCpu(): number {
  return parseStat(readFileSync('/proc/self/stat', 'utf8')).childrenMicros
}

/** CPU of a whole process in microseconds, ended threads included. */
export function readProcessCpu(pid: number): number {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).micros
}

/** CPU that all processes of the machine have used so far, in microseconds; no interrupts. */
export function readMachineCpu(): number {
  const [, user = 0, nice = 0, system = 0] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)
    .join()
    .split(/\s+/)
    .map(Number)
  return (user + nice + system) * microsPerTick
}

/** What was used between two readings, thread by thread. */
export function cpuBetween(before: CpuByThread, after: CpuByThread): CpuByThread {
  return Object.fromEntries(
    Object.entries(after).map(([label, micros]) => [label, micros - (before[label] ?? 0)]),
  )
}

function labelOf(name: string): string {
  return helperThread.test(name) ? 'helpers' : name
}

/**
 * A thread's name may hold spaces and brackets: fields are counted from the last bracket (proc(5)).
 */
function parseStat(stat: string): {
  readonly name: string
  readonly micros: number
  readonly childrenMicros: number
} {
  const end = stat.lastIndexOf(')')
  const fields = stat.slice(end + 2).split(' ')
  const ticks = (field: number): number => Number(fields[field - 3])
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    micros: (ticks(14) + ticks(15)) * microsPerTick,
    childrenMicros: (ticks(16) + ticks(17)) * microsPerTick,
  }
}
