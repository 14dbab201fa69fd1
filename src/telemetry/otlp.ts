// What the three kinds of OTLP export share: the address, who we are, the outcome of an export, and
// what is counted. The packages are optional and loaded only when configured (B37).
import packageFile from '../../package.json' with { type: 'json' }
import { type Clock, delay } from '../base/clock.ts'
import type { LogFields } from '../base/telemetry.ts'

/** Where a collector listens, as the configuration says it. */
export interface OtlpTarget {
  /** `host:port`, or a URL, whose scheme then decides instead of `insecure`. */
  readonly endpoint: string
  /** Without TLS. */
  readonly insecure: boolean
}

/** The target as the exporters want it. */
export function otlpUrl({ endpoint, insecure }: OtlpTarget): string {
  if (/^https?:\/\//.test(endpoint)) return endpoint
  return `${insecure ? 'http' : 'https'}://${endpoint}`
}

/** Resource attributes of everything that is exported. */
export function resourceAttributes(version: string): Readonly<Record<string, string>> {
  return { 'service.name': 'authserver', 'service.version': version }
}

/** Name of the instrumentation in what is exported. */
export const scopeName = 'authserver'

/** How long one export may take, and the last one at a stop (spec 08 §4). */
export const exportMsMax = 5000

interface Exporter<Batch> {
  export(
    batch: Batch,
    done: (result: { readonly code: number; readonly error?: Error }) => void,
  ): void
}

/** Exports a batch. @throws Error when the collector did not take it. */
export function exportTo<Batch>(exporter: Exporter<Batch>, batch: Batch): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(batch, ({ code, error }) => {
      if (code === 0) resolve()
      else reject(error ?? new Error('the collector refused the export'))
    })
  })
}

const closeMsMax = 500

/** Closes an exporter. One whose collector hangs is left to the end of the process. */
export async function closeExporter(
  clock: Clock,
  exporter: { shutdown(): Promise<void> },
): Promise<void> {
  await Promise.race([exporter.shutdown(), delay(clock, closeMsMax)])
}

/** Seconds and nanoseconds, as OpenTelemetry counts. */
export function hrTime(epochMs: number): [number, number] {
  const seconds = Math.floor(epochMs / 1000)
  return [seconds, Math.round((epochMs - seconds * 1000) * 1e6)]
}

/** Something to log about a part that does not work. */
export interface Trouble {
  readonly message: string
  readonly fields: LogFields
}

/** Why exporting could not be set up, and what to do about it. */
export function setupTrouble(what: string, packages: readonly string[], error: unknown): Trouble {
  const isMissing = (error as { readonly code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND'
  if (!isMissing) {
    const text = error instanceof Error ? error.message : String(error)
    return { message: `${what} could not be set up and is off`, fields: { error: text } }
  }
  return {
    message: `${what} is off: optional packages are not installed`,
    fields: { remedy: `npm install ${packages.map(withVersion).join(' ')}` },
  }
}

const versions: Readonly<Record<string, string>> = packageFile.peerDependencies

/** Of these packages npm's newest may not fit together: the versions are those we are made for. */
function withVersion(name: string): string {
  return `${name}@${versions[name]}`
}

/** Counts of exports, kept by those who export and read at each scrape. */
export interface OtlpCounts {
  /** Traces that were sampled and not recorded, by reason. */
  readonly suppressedTraces: { rate: number; backlog: number }
  /** Spans, log records and readings of metrics that never arrived. */
  readonly lost: { traces: number; logs: number; metrics: number }
}

/** Counts at zero. */
export function createOtlpCounts(): OtlpCounts {
  return { suppressedTraces: { rate: 0, backlog: 0 }, lost: { traces: 0, logs: 0, metrics: 0 } }
}

/** Tells at the first of a row of failed exports, and when they work again. */
export function failureLog(
  log: { warn(message: string, fields?: LogFields): void; info(message: string): void },
  what: string,
): { failed(error: unknown): void; worked(): void } {
  let isFailing = false
  return {
    failed(error) {
      if (isFailing) return
      isFailing = true
      const text = error instanceof Error ? error.message : String(error)
      log.warn(`${what} cannot be exported`, { error: text })
    },
    worked() {
      if (isFailing) log.info(`${what} are exported again`)
      isFailing = false
    },
  }
}
