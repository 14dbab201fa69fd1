// A process that sends token requests to a server by a schedule, whether it answers or not, and
// prints one line of JSON about what came back. Arrivals that find no idle connection wait for one;
// every time counts from the moment at which the request was due.
import { connect, type Socket } from 'node:net'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

export interface SenderOptions {
  readonly port: number
  readonly connections: number
  /** Requests per second; null = each connection asks again as soon as it is answered. */
  readonly perSecond: number | null
  readonly seconds: number
  /** Form bodies, sent in turn. */
  readonly forms: readonly string[]
}

export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface SenderReport {
  readonly seconds: number
  /** Answers within these seconds; the latencies are theirs too. */
  readonly tokens: number
  /** Answers of 503 in the common error shape that say when to come again. */
  readonly refused: number
  /** All other answers, up to the end, and connections that were closed before. */
  readonly improper: number
  /** Tokens that came afterwards, for requests that were sent before. */
  readonly lateTokens: number
  /** Requests that were sent and never answered. */
  readonly unanswered: number
  /** Arrivals that never found a connection. */
  readonly unsent: number
  readonly acceptedMs: Spread
  readonly refusedMs: Spread
  /** CPU of this process for each answer, in microseconds. */
  readonly microsEach: number
}

interface Line {
  readonly socket: Socket
  dueMs: number
  text: string
}

const tickMs = 1
const microsMax = 60_000_000
/** Longer than any deadline of the server. */
const drainMsMax = 10_000

async function run(options: SenderOptions): Promise<SenderReport> {
  const { port, connections, perSecond, seconds } = options
  const sender = createSender(options)
  for (let count = 0; count < connections; count += 1) await sender.open(port)
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  sender.begin()
  let nextMs = startMs
  await ticksUntil((nowMs) => {
    for (; perSecond !== null && nextMs <= nowMs; nextMs += gapMs(perSecond)) sender.arrive(nextMs)
    return nowMs >= startMs + seconds * 1000
  })
  const { user, system } = process.cpuUsage(cpu)
  const report = sender.end()
  const endMs = performance.now()
  await ticksUntil((nowMs) => sender.waiting() === 0 || nowMs > endMs + drainMsMax)
  return {
    ...report,
    ...sender.afterEnd(),
    seconds: (endMs - startMs) / 1000,
    unanswered: sender.waiting(),
    microsEach: (user + system) / (report.tokens + report.refused),
  }
}

function ticksUntil(isOver: (nowMs: number) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const tick = (): void => {
      if (isOver(performance.now())) resolve()
      else setTimeout(tick, tickMs)
    }
    tick()
  })
}

function createSender({ forms, perSecond }: SenderOptions) {
  const requests = forms.map(requestOf)
  const accepted = createHistogram({ lowest: 1, highest: microsMax })
  const refused = createHistogram({ lowest: 1, highest: microsMax })
  /** In turn: one that stays silent too long is closed. */
  const idle: Line[] = []
  const due: number[] = []
  let [firstDue, sent, answers, improper, lateTokens] = [0, 0, 0, 0, 0]
  let isOver = false

  const send = (line: Line, dueMs: number): void => {
    line.dueMs = dueMs
    line.socket.write(requests[sent % requests.length] ?? '')
    sent += 1
  }
  const count = ({ text, dueMs }: Line): void => {
    answers += 1
    const micros = Math.max(1, Math.round((performance.now() - dueMs) * 1000))
    const isToken = text.startsWith('HTTP/1.1 200')
    if (!isToken && !isRefusal(text)) improper += 1
    else if (!isOver) (isToken ? accepted : refused).record(micros)
    else if (isToken) lateTokens += 1
  }
  const closed = (): void => {
    if (!isOver) improper += 1
  }
  const answered = (line: Line): void => {
    count(line)
    line.text = ''
    if (isOver) return
    const nextMs = perSecond === null ? performance.now() : due[firstDue]
    if (nextMs === undefined) return void idle.push(line)
    firstDue += 1
    send(line, nextMs)
  }
  return {
    async open(port: number): Promise<void> {
      const line = await open(port, answered)
      line.socket.on('close', closed)
      idle.push(line)
    },
    /** Without a rate every connection begins at once. */
    begin: (): void => {
      if (perSecond === null) for (const line of idle.splice(0)) send(line, performance.now())
    },
    arrive: (dueMs: number): void => {
      const line = idle.shift()
      if (line === undefined) due.push(dueMs)
      else send(line, dueMs)
    },
    waiting: () => sent - answers,
    end() {
      isOver = true
      return {
        tokens: accepted.count,
        refused: refused.count,
        unsent: Math.max(0, due.length - firstDue),
        acceptedMs: spreadOf(accepted),
        refusedMs: spreadOf(refused),
      }
    },
    afterEnd: () => ({ improper, lateTokens }),
  }
}

/** Between arrivals that do not know of each other. */
function gapMs(perSecond: number): number {
  return (-Math.log(1 - Math.random()) * 1000) / perSecond
}

function open(port: number, answered: (line: Line) => void): Promise<Line> {
  const buffer = Buffer.alloc(8192)
  return new Promise((resolve, reject) => {
    const onread = {
      buffer,
      callback: (bytes: number): boolean => {
        line.text += buffer.toString('latin1', 0, bytes)
        if (isWhole(line.text)) answered(line)
        return true
      },
    }
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread })
    const line: Line = { socket, dueMs: 0, text: '' }
    socket.once('connect', () => resolve(line))
    socket.on('error', reject)
  })
}

function requestOf(form: string): Buffer {
  return Buffer.from(
    'POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1\r\n' +
      'Content-Type: application/x-www-form-urlencoded\r\n' +
      `Content-Length: ${form.length}\r\n\r\n${form}`,
  )
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return false
  const length = /content-length: (\d+)/i.exec(text)?.[1]
  return text.length >= end + 4 + Number(length)
}

function isRefusal(text: string): boolean {
  return (
    text.startsWith('HTTP/1.1 503') &&
    text.includes('\r\nretry-after: 1\r\n') &&
    text.includes('"error":"temporarily_unavailable"')
  )
}

function spreadOf(histogram: RecordableHistogram): Spread {
  const msAt = (micros: number): number => Math.round(micros / 100) / 10
  return {
    p50: msAt(histogram.percentile(50)),
    p99: msAt(histogram.percentile(99)),
    max: msAt(histogram.count === 0 ? 0 : histogram.max),
  }
}

const report = await run(JSON.parse(process.argv[2] ?? '') as SenderOptions)
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0))
