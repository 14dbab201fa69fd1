// Preloaded into a server by NODE_OPTIONS, in its main thread: records every message between the
// threads as it is sent and as it arrives, and does what a file says at each SIGUSR2. It judges
// nothing and knows no secret until it is told to plant one, so that it puts none into the memory
// that is searched.
import { subscribe } from 'node:diagnostics_channel'
import { createWriteStream, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8'
import { isMainThread, MessagePort, type Worker } from 'node:worker_threads'
import type { ProbeCommand } from './isolated-server.ts'

const directory = process.env['TEST_PROBE_DIRECTORY'] ?? ''
const planted: unknown[] = []

/** Writes what `value` holds, however deep: texts, bytes as latin1, and names of odd types. */
function describe(value: unknown, into: string[], seen: Set<object>): void {
  if (typeof value === 'string') into.push(value)
  else if (typeof value === 'function') into.push('<Function>')
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (ArrayBuffer.isView(value)) {
    into.push(latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)))
  } else if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    into.push(latin1(new Uint8Array(value)))
  } else if (value instanceof Map || value instanceof Set) {
    for (const item of value) describe(item, into, seen)
  } else {
    const { name = 'null' } = Object.getPrototypeOf(value)?.constructor ?? {}
    if (name !== 'Object' && name !== 'Array') into.push(`<${name}>`)
    for (const key of Reflect.ownKeys(value)) {
      into.push(String(key))
      describe(Reflect.get(value, key), into, seen)
    }
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function record(file: number, message: unknown): void {
  const parts: string[] = []
  describe(ownPart(message), parts, new Set())
  writeSync(file, `${parts.join('\n')}\n`)
}

/** What a worker is started with comes in a message of Node, among ports and functions of Node. */
function ownPart(message: unknown): unknown {
  const { type, workerData } = Object(message)
  return type === 'loadScript' ? { type, workerData } : message
}

function recordMessages(workers: Map<string, Worker>): void {
  const toWorkers = openSync(join(directory, 'to-workers'), 'a')
  const fromWorkers = openSync(join(directory, 'from-workers'), 'a')
  const { postMessage } = MessagePort.prototype
  MessagePort.prototype.postMessage = function (message: unknown, ...more: unknown[]) {
    record(toWorkers, message)
    Reflect.apply(postMessage, this, [message, ...more])
  }
  subscribe('worker_threads', (published) => {
    const { worker } = published as { readonly worker: Worker }
    workers.set(worker.threadName ?? '', worker)
    worker.on('message', (message) => record(fromWorkers, message))
  })
}

/** Timers of the HTTP thread that came due while its workers were stopped by a snapshot. */
let heldTimers: (() => void)[] | null = null

/**
 * Lets the timers of the HTTP thread be held. Its supervisor counts beats that are not answered,
 * and would end a worker whose snapshot takes longer than a few of them.
 */
function makeTimersHoldable(): void {
  const start = setTimeout
  const startHoldable = (work: () => void, delayMs?: number): NodeJS.Timeout =>
    start(() => {
      if (heldTimers === null) work()
      else heldTimers.push(work)
    }, delayMs)
  globalThis.setTimeout = Object.assign(startHoldable, start)
}

async function takeSnapshots(workers: Map<string, Worker>): Promise<void> {
  heldTimers = []
  writeHeapSnapshot(join(directory, 'front.heapsnapshot'))
  for (const [name, worker] of workers) {
    const file = createWriteStream(join(directory, `${name}.heapsnapshot`))
    await pipeline(await worker.getHeapSnapshot(), file)
  }
  const due = heldTimers
  heldTimers = null
  for (const work of due) work()
}

async function run(command: ProbeCommand, workers: Map<string, Worker>): Promise<void> {
  const worker = workers.get('worker' in command ? command.worker : '')
  switch (command.do) {
    case 'snapshot':
      await takeSnapshots(command.isOfAll ? workers : new Map())
      break
    case 'end':
      await worker?.terminate()
      break
    case 'plant':
      planted.push(...command.texts)
      break
    case 'send': {
      const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])
      const bytes = command.texts.map((text) => new TextEncoder().encode(text))
      const more = { planted: { texts: [...command.texts], bytes, key } }
      worker?.postMessage({ type: 'control', request: 'probe', ...more })
    }
  }
}

if (isMainThread) {
  // Texts in a snapshot are cut after 1024 characters unless told otherwise.
  setFlagsFromString('--heap-snapshot-string-limit=1000000000')
  const workers = new Map<string, Worker>()
  makeTimersHoldable()
  recordMessages(workers)
  process.on('SIGUSR2', () => {
    const command = JSON.parse(readFileSync(join(directory, 'command'), 'utf8'))
    void run(command, workers).then(() => writeSync(1, `probe has done ${command.id}\n`))
  })
}
