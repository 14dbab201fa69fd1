// A container of the image under test, driven by buildah: what its metadata says is what is run, on
// the network of this machine.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ChildLog, captureLog, endedChild } from '../support/server-child.ts'

const buildahScript = join(import.meta.dirname, '../../scripts/image/buildah.sh')

/** What the image says about itself; names are those of the format. */
export interface ImageConfig {
  readonly User: string
  readonly WorkingDir: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly ExposedPorts: Readonly<Record<string, object>>
  readonly Volumes: Readonly<Record<string, object>> | null
  readonly Healthcheck: { readonly Test: readonly string[] }
}

export interface RunOptions {
  /** Directory of the machine that takes the place of /data. */
  readonly dataDirectory: string
  /** On top of the variables of the image. */
  readonly environment: Readonly<Record<string, string>>
  /** `uid:gid` in place of the user of the image. */
  readonly user?: string
}

export interface CommandEnding {
  readonly status: number | null
  readonly stdout: string
  readonly output: string
}

export interface RunningContainer extends ChildLog {
  /** Process id of the server itself, on this machine. */
  pid(): number
  /** Signals the server as a container engine does; resolves with its exit status. */
  stop(): Promise<number | null>
}

export interface Container {
  readonly config: ImageConfig
  /** The root of its file system. */
  readonly root: string
  /** Runs a command inside to its end. */
  run(command: readonly string[], options: RunOptions): Promise<CommandEnding>
  /** Starts what the image starts. */
  start(options: RunOptions): RunningContainer
  remove(): void
}

/** Makes a container of an image in the store of scripts/image/buildah.sh. */
export function createContainer(image: string): Container {
  const { Docker } = JSON.parse(buildah('inspect', '--type', 'image', image)) as {
    readonly Docker: { readonly config: ImageConfig }
  }
  const name = buildah('from', '--quiet', '--pull-never', image)
  const spawnInside = (command: readonly string[], options: RunOptions): ChildProcess =>
    spawn(buildahScript, [...runArguments(options), name, '--', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const { config } = Docker
  return {
    config,
    root: buildah('mount', name),
    run: (command, options) => ending(spawnInside(command, options)),
    start: (options) => running(spawnInside([...config.Entrypoint, ...config.Cmd], options)),
    remove: () => void buildah('rm', name),
  }
}

function buildah(...args: readonly string[]): string {
  return execFileSync(buildahScript, args, { encoding: 'utf8' }).trim()
}

function runArguments({ dataDirectory, environment, user }: RunOptions): readonly string[] {
  return [
    ...['run', '--isolation', 'chroot', '--volume', `${dataDirectory}:/data`],
    ...Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(user === undefined ? [] : ['--user', user]),
  ]
}

async function ending(child: ChildProcess): Promise<CommandEnding> {
  const log = captureLog(child)
  let stdout = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8')
  })
  await once(child, 'close')
  return { status: child.exitCode, stdout, output: log.log() }
}

function running(child: ChildProcess): RunningContainer {
  const pid = (): number => serverBelow(child)
  return {
    ...captureLog(child),
    pid,
    stop: async () => {
      const ended = endedChild(child)
      if (child.exitCode === null) process.kill(pid(), 'SIGTERM')
      return ended
    },
  }
}

/** The last of the processes between buildah and the server. */
function serverBelow(child: ChildProcess): number {
  assert.ok(child.pid !== undefined)
  let last = child.pid
  for (;;) {
    const [below] = childrenOf(last)
    if (below === undefined) return last
    last = below
  }
}

/** Children of all threads of a process. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
    return children.split(' ').filter(Boolean).map(Number)
  })
}
