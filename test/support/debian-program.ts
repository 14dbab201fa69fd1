// Programs of the distribution that tests drive.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type ChildLog, captureLog } from './server-child.ts'

export interface StartedProgram extends ChildLog {
  readonly child: ChildProcess
}

/** Starts `name`, which is also the name of its package. @throws Error when it is not installed. */
export async function startProgram(
  name: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<StartedProgram> {
  const child = spawn(name, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = captureLog(child)
  try {
    await once(child, 'spawn')
  } catch (error) {
    const hint = `on Debian, install the package ${name}`
    throw new Error(`${name} cannot be started: ${hint}`, { cause: error })
  }
  return { child, ...log }
}
