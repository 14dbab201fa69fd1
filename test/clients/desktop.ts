// The desktop of somebody who runs command-line clients: a home directory of its own, and a browser
// (`$BROWSER`) that tells the test what a program wants to open; the test walks there as the user.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { captureLog, endedChild } from '../support/server-child.ts'
import { placeFor } from '../support/temporary-directory.ts'
import type { Authorize } from './scene.ts'

const runMsMax = 40_000
const programs = join(import.meta.dirname, '../../node_modules/.bin')

/** Where a program of node_modules is. */
export const programPath = (program: string): string => join(programs, program)

export interface Run {
  readonly status: number | null
  /** stdout and stderr. */
  readonly output: string
}

interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv
  readonly until?: string
}

export interface Desktop {
  /** What programs opened, in order. */
  readonly opened: readonly URL[]
  /** Variables of every program. */
  readonly environment: Readonly<Record<string, string>>
  /** Runs a program of node_modules to its end, or until it has written `until`. */
  run(program: string, args: readonly string[], options: RunOptions): Promise<Run>
  stop(): Promise<void>
}

/** Opens a desktop on which nothing was ever run. */
export async function openDesktop(authorize: Authorize): Promise<Desktop> {
  const place = placeFor(undefined, 'authserver-desktop')
  const opened: URL[] = []
  const opener = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://opener').searchParams.get('url') ?? ''
    opened.push(new URL(url))
    response.end()
    await fetch(await authorize(url))
  })
  opener.listen(0, '127.0.0.1')
  await once(opener, 'listening')
  const { port } = opener.address() as AddressInfo
  const browser = join(place.path, 'browser')
  const script = `#!${process.execPath}
fetch('http://127.0.0.1:${port}/?url=' + encodeURIComponent(process.argv[2]))
`
  writeFileSync(browser, script, { mode: 0o755 })

  const environment = {
    HOME: place.path,
    PATH: `${programs}:/usr/bin:/bin`,
    BROWSER: browser,
  }
  return {
    opened,
    environment,
    run: async (program, args, options) => {
      const child = spawn(process.execPath, [programPath(program), ...args], {
        cwd: place.path,
        env: { ...environment, ...options.environment },
        // Some programs end with their input, so it stays open.
        stdio: ['pipe', 'pipe', 'pipe'],
        timeout: runMsMax,
      })
      const ended = endedChild(child)
      const { log, logContains } = captureLog(child)
      if (options.until !== undefined) {
        await logContains(options.until)
        child.kill('SIGINT')
      }
      return { status: await ended, output: log() }
    },
    stop: async () => {
      opener.close()
      await once(opener, 'close')
      place.discard()
    },
  }
}
