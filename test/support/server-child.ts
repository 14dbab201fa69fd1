// A process as a test sees it: what it says, and how it ends.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

type LogLine = Readonly<Record<string, unknown>>

export interface ChildLog {
  /** Everything written to stdout and stderr so far. */
  log(): string
  /** Resolves with the first log line, past or future, that has this message. */
  logged(message: string): Promise<LogLine>
  /** Resolves when the log contains `text` somewhere. */
  logContains(text: string): Promise<void>
}

const logMsMax = 30_000

/** Signals a process, unless it has ended, and resolves with its exit status when it has. */
export async function endChild(
  child: ChildProcess,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const ended = endedChild(child)
  child.kill(signal)
  return ended
}

/** Resolves with the exit status when a process has ended; null = it was ended by a signal. */
export async function endedChild(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  return child.exitCode
}

/** Keeps what `child` writes. */
export function captureLog(child: ChildProcess): ChildLog {
  let text = ''
  const waiting = new Set<() => void>()
  const add = (chunk: Buffer): void => {
    text += chunk.toString('utf8')
    for (const look of waiting) look()
  }
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  const found = (needle: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (then: () => void): void => {
        clearTimeout(timer)
        waiting.delete(look)
        child.off('close', giveUp)
        then()
      }
      const giveUp = (): void =>
        settle(() => reject(new Error(`the server never logged ${needle}; it said:\n${text}`)))
      const look = (): void => {
        if (text.slice(0, text.lastIndexOf('\n') + 1).includes(needle)) settle(resolve)
      }
      const timer = setTimeout(giveUp, logMsMax)
      waiting.add(look)
      child.once('close', giveUp)
      look()
    })
  const logged = async (message: string): Promise<LogLine> => {
    const needle = `"msg":${JSON.stringify(message)}`
    await found(needle)
    return JSON.parse(text.split('\n').find((line) => line.includes(needle)) ?? '')
  }
  return { log: () => text, logged, logContains: found }
}
