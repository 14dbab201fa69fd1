// Export over OTLP to a collector that speaks real gRPC (spec 08 §1, §3, §4), and what happens
// without one. The whole server is in test/e2e/telemetry.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { createHistogram } from '../../../src/base/meters.ts'
import { systemRandom } from '../../../src/base/random.ts'
import { type LogFields, silentLog } from '../../../src/base/telemetry.ts'
import { metrics as catalogue } from '../../../src/telemetry/metric-names.ts'
import { createOtlpCounts, otlpUrl, setupTrouble } from '../../../src/telemetry/otlp.ts'
import { openOtlpLogs } from '../../../src/telemetry/otlp-logs.ts'
import { startMetricsPush } from '../../../src/telemetry/otlp-metrics.ts'
import { histogramSamples } from '../../../src/telemetry/samples.ts'
import { startTracing, tracesPerSecondMax } from '../../../src/telemetry/tracing.ts'
import { type Collector, startCollector } from '../../support/otlp/collector.ts'

const version = '1.2.3'
const common = { insecure: true, version, clock: systemClock }
const nowhere = '127.0.0.1:9'

let collector: Collector

before(async () => {
  collector = await startCollector()
})
after(() => collector.stop())

interface Line {
  readonly message: string
  readonly fields: LogFields
}

function capture() {
  const lines: Line[] = []
  const say = (message: string, fields: LogFields = {}): void =>
    void lines.push({ message, fields })
  return { lines, log: { ...silentLog, info: say, warn: say, error: say } }
}

const tracing = (endpoint: string, given: { readonly sampleRate: number }) => {
  const { lines, log } = capture()
  const counts = createOtlpCounts()
  const options = { ...common, ...given, endpoint, log, counts, random: systemRandom() }
  return { lines, counts, started: startTracing(options) }
}

describe('the address of a collector', () => {
  for (const [endpoint, insecure, url] of [
    ['collector:4317', true, 'http://collector:4317'],
    ['collector:4317', false, 'https://collector:4317'],
    ['http://collector:4317', false, 'http://collector:4317'],
    ['https://collector:4317', true, 'https://collector:4317'],
  ] as const) {
    test(`is ${url} for ${endpoint}, insecure: ${insecure}`, () => {
      assert.equal(otlpUrl({ endpoint, insecure }), url)
    })
  }
})

test('a missing package is told with the command that installs it', () => {
  const error = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })

  const { message, fields } = setupTrouble(
    'tracing',
    ['@opentelemetry/api', '@opentelemetry/resources'],
    error,
  )

  assert.equal(message, 'tracing is off: optional packages are not installed')
  assert.deepEqual(fields, {
    remedy: 'npm install @opentelemetry/api@^1.10.0 @opentelemetry/resources@^3.1.0',
  })
})

test('a set-up that fails leaves a server without traces, and says so', async () => {
  const { lines, started } = tracing('host with spaces:x', { sampleRate: 1 })

  const { tracer, isOn, stop } = await started
  tracer.accept('GET /', null).end()
  await stop()

  assert.equal(isOn, false)
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['tracing could not be set up and is off'],
  )
})

describe('traces', () => {
  test('arrive with their relations, times, attributes and resource', async () => {
    const { started } = tracing(collector.endpoint, { sampleRate: 1 })
    const { tracer, stop } = await started
    const remote = { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), isSampled: true }

    const beganMs = Date.now()
    const outer = tracer.accept('POST /oauth/token', remote)
    const inner = tracer.start('SQLite.Ping', outer.context)
    inner.set({ text: 'x'.repeat(5000), number: 1.5, whole: 7, flag: true })
    inner.fail('server-error')
    inner.end()
    outer.end()
    await stop()

    const [first, second] = collector.spans.filter(({ traceId }) => traceId === remote.traceId)
    assert.equal(first?.name, 'SQLite.Ping')
    assert.equal(first?.parentSpanId, second?.spanId)
    assert.equal(second?.parentSpanId, remote.spanId)
    assert.deepEqual([first?.kind, second?.kind], [1, 2])
    assert.deepEqual([first?.statusCode, second?.statusCode], [2, 0])
    const { text, ...others } = first?.attributes ?? {}
    assert.equal(String(text).length, 1024)
    assert.deepEqual(others, { number: 1.5, whole: 7, flag: true })
    assert.ok((second?.startMs ?? 0) <= (first?.startMs ?? 0))
    assert.ok((first?.endMs ?? 0) <= (second?.endMs ?? 0))
    assert.ok(Math.abs((second?.startMs ?? 0) - beganMs) < 1000)
    assert.deepEqual(collector.resources.at(-1), {
      'service.name': 'authserver',
      'service.version': version,
    })
  })

  test('beyond so many per second are not recorded, but counted', async () => {
    const { counts, started } = tracing(collector.endpoint, { sampleRate: 1 })
    const { tracer, stop } = await started

    let recorded = 0
    const tries = tracesPerSecondMax + 200
    for (let number = 0; number < tries; number += 1) {
      const span = tracer.accept('GET /', null)
      if (span.isRecorded) recorded += 1
      span.end()
    }
    await stop()

    assert.ok(recorded >= tracesPerSecondMax && recorded < tries)
    assert.equal(counts.suppressedTraces.rate, tries - recorded)
    assert.equal(counts.lost.traces, 0)
  })

  test('that no collector takes are counted, and told once', async () => {
    const { lines, counts, started } = tracing(nowhere, { sampleRate: 1 })
    const { tracer, stop } = await started

    for (let number = 0; number < 100; number += 1) tracer.accept('GET /', null).end()
    await stop()

    assert.equal(counts.lost.traces, 100)
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['traces cannot be exported'],
    )
  })
})

test('a collector that never answers delays a stop by five seconds at most', async (t) => {
  const sockets: Socket[] = []
  const mute = createServer((socket) => {
    socket.on('error', () => undefined)
    sockets.push(socket)
  })
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  t.after(() => {
    mute.close()
    for (const socket of sockets) socket.destroy()
  })
  const { counts, started } = tracing(`127.0.0.1:${port}`, { sampleRate: 1 })
  const { tracer, stop } = await started

  for (let number = 0; number < 200; number += 1) tracer.accept('GET /', null).end()
  const startedMs = performance.now()
  await stop()
  const lastedMs = performance.now() - startedMs

  assert.ok(lastedMs < 6500, `${Math.round(lastedMs)} ms`)
  // All but a batch of 64 that may still be on its way.
  assert.ok(counts.lost.traces >= 136, String(counts.lost.traces))
})

describe('the log', () => {
  test('arrives with its severity, fields and the ids of its trace', async () => {
    const counts = createOtlpCounts()
    const { endpoint } = collector
    const { sink, trouble, stop } = await openOtlpLogs({ ...common, endpoint, counts })
    const ids = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) }

    sink?.({ atMs: 1000, level: 'warn', message: 'traced', fields: { ...ids, n: 1, no: null } })
    sink?.({ atMs: 1000, level: 'error', message: 'plain', fields: { component: 'x' } })
    await stop()

    assert.equal(trouble, null)
    assert.deepEqual(collector.logs.slice(-2), [
      {
        severity: 'WARN',
        body: 'traced',
        attributes: { n: 1 },
        traceId: ids.trace_id,
        spanId: ids.span_id,
      },
      { severity: 'ERROR', body: 'plain', attributes: { component: 'x' }, traceId: '', spanId: '' },
    ])
  })

  test('that no collector takes is counted', async () => {
    const counts = createOtlpCounts()
    const { sink, stop } = await openOtlpLogs({ ...common, endpoint: nowhere, counts })

    sink?.({ atMs: 0, level: 'info', message: 'lost', fields: {} })
    await stop()

    assert.equal(counts.lost.logs, 1)
  })

  test('goes on without OTLP when that cannot be set up', async () => {
    const counts = createOtlpCounts()
    const { sink, trouble } = await openOtlpLogs({ ...common, endpoint: 'a b:c', counts })

    assert.equal(sink, null)
    assert.equal(trouble?.message, 'the log by OTLP could not be set up and is off')
  })
})

describe('metrics', () => {
  const histogram = createHistogram([0.1, 1])
  for (const value of [0.05, 0.5, 0.5, 9]) histogram.observe(value)
  const exposed = [
    { ...catalogue.keyRotations, samples: () => [{ labels: {}, value: 3 }] },
    {
      ...catalogue.actorMailboxDepth,
      samples: () => [{ labels: { actor: 'signer', actor_instance: '0' }, value: 2 }],
    },
    {
      ...catalogue.tokenIssuanceSeconds,
      samples: () =>
        ['a', 'b'].flatMap((grant) =>
          histogramSamples(
            catalogue.tokenIssuanceSeconds.name,
            { grant_type: grant },
            histogram.snapshot(),
          ),
        ),
    },
  ]
  const metrics = { exposed, refresh: () => Promise.resolve(), startedAtMs: 5000 }

  test('arrive under the names of the scrape, by kind, with their labels', async () => {
    const { endpoint } = collector
    const counts = createOtlpCounts()
    const push = await startMetricsPush({ ...common, endpoint, metrics, log: silentLog, counts })
    await push.stop()

    const [counter, gauge, seconds] = collector.metrics
    assert.deepEqual([counter?.name, counter?.type], ['authserver_key_rotation_total', 'sum'])
    assert.equal(counter?.points[0]?.value, 3)
    assert.deepEqual(
      [gauge?.type, gauge?.points[0]?.attributes],
      ['gauge', { actor: 'signer', actor_instance: '0' }],
    )
    assert.deepEqual([seconds?.type, seconds?.unit], ['histogram', 's'])
    assert.deepEqual(
      seconds?.points.map(({ attributes }) => attributes['grant_type']),
      ['a', 'b'],
    )
    for (const { value, bounds, bucketCounts } of seconds?.points ?? []) {
      assert.deepEqual([value, bounds, bucketCounts], [4, [0.1, 1], [1, 2, 1]])
    }
  })

  test('that no collector takes are counted and told', async () => {
    const { lines, log } = capture()
    const counts = createOtlpCounts()
    const push = await startMetricsPush({ ...common, endpoint: nowhere, metrics, log, counts })
    await push.stop()

    assert.equal(counts.lost.metrics, 1)
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['metrics cannot be exported'],
    )
  })

  test('are kept for scrapes when OTLP cannot be set up', async () => {
    const { lines, log } = capture()
    const counts = createOtlpCounts()
    const push = await startMetricsPush({ ...common, endpoint: 'a b:c', metrics, log, counts })
    await push.stop()

    assert.deepEqual(
      lines.map(({ message }) => message),
      ['metrics by OTLP could not be set up and is off'],
    )
  })
})
