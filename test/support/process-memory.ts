// The memory of a running process as another process reads it, by way of /proc. Needs the rights of
// a debugger: root, or the same user where ptrace is not restricted.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { countIn } from './key-forms.ts'

/** How often each of `needles` occurs in what process `pid` can read of its own memory. */
export function countInMemory(pid: number, needles: readonly Buffer[]): readonly number[] {
  const counts = needles.map(() => 0)
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  try {
    for (const { start, size } of areasOf(pid)) {
      const content = readArea(memory, start, size)
      for (const [index, needle] of needles.entries()) {
        counts[index] = (counts[index] ?? 0) + countIn(content, needle)
      }
    }
  } finally {
    closeSync(memory)
  }
  return counts
}

interface Area {
  readonly start: bigint
  readonly size: number
}

/** Areas that the process can read and write; what is only mapped from a file holds no secret. */
function areasOf(pid: number): readonly Area[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
    if (from === undefined || to === undefined) return []
    const start = BigInt(`0x${from}`)
    return [{ start, size: Number(BigInt(`0x${to}`) - start) }]
  })
}

/** What can be read of an area; it may be gone since its list was made. */
function readArea(memory: number, start: bigint, size: number): Buffer {
  const content = Buffer.allocUnsafe(size)
  try {
    return content.subarray(0, readSync(memory, content, { position: start, length: size }))
  } catch {
    return Buffer.of()
  }
}
