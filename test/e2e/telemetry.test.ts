// Traces, log and metrics of a real server at a collector that speaks real gRPC (spec 08 §1, §3,
// §4, decision B42): relations, ids that agree everywhere, and no secret anywhere (LK-02).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Collector, type ReceivedSpan, startCollector } from '../support/otlp/collector.ts'
import { secretOf, seedClient, seedResource } from '../support/seed.ts'
import { captureLog, endChild } from '../support/server-child.ts'
import {
  type RunningServer,
  serverEntry,
  serverEnvironment,
  startServer,
} from '../support/start-server.ts'

const remote = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const refusedTraceId = '1af7651916cd43dd8448eb211c80319c'
const resource = 'https://r1.test/mcp'

function exporting(endpoint: string): Readonly<Record<string, string>> {
  return {
    AUTHPLANE_LOG_OTEL: 'true',
    AUTHPLANE_LOG_OTEL_ENDPOINT: endpoint,
    AUTHPLANE_LOG_OTEL_INSECURE: 'true',
    AUTHPLANE_METRICS_PROVIDER: 'both',
    AUTHPLANE_METRICS_OTEL_ENDPOINT: endpoint,
    AUTHPLANE_METRICS_INSECURE: 'true',
    AUTHPLANE_TRACING_ENABLED: 'true',
    AUTHPLANE_TRACING_ENDPOINT: endpoint,
    AUTHPLANE_TRACING_INSECURE: 'true',
  }
}

async function askToken(
  { baseUrl }: RunningServer,
  change: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(`${baseUrl}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'm2m',
      client_secret: secretOf('m2m'),
      resource,
      ...change,
    }),
  })
}

describe('a server that exports everything', () => {
  let collector: Collector
  let server: RunningServer
  let status: number | null
  let token = ''
  let log = ''
  let rows: readonly Record<string, unknown>[] = []
  let spans: readonly ReceivedSpan[] = []

  before(async () => {
    collector = await startCollector()
    server = await startServer({
      environment: exporting(collector.endpoint),
      seed: async (services) => {
        await seedClient(services, 'm2m', {})
        await seedResource(services, 'r1', {})
      },
    })
    const issued = await askToken(
      server,
      {},
      { traceparent: `00-${remote.traceId}-${remote.spanId}-00`, 'x-request-id': 'request-1' },
    )
    token = ((await issued.json()) as { access_token: string }).access_token
    const traceparent = `00-${refusedTraceId}-${remote.spanId}-01`
    await askToken(server, { scope: 'tools/unknown' }, { traceparent })
    await askToken(server, {}, {})
    server.execute('ALTER TABLE clients RENAME TO hidden_clients')
    await askToken(server, {}, {})
    server.execute('ALTER TABLE hidden_clients RENAME TO clients')
    await server.logged('actor restarted')
    rows = server.rows("SELECT * FROM audit_events WHERE action LIKE 'client_credentials.%'")
    status = await server.terminate()
    log = server.log()
    spans = collector.spans
  })
  after(async () => {
    await server.stop()
    collector.stop()
  })

  const named = (name: string, traceId = remote.traceId): ReceivedSpan => {
    const found = spans.find((span) => span.name === name && span.traceId === traceId)
    assert.ok(found !== undefined, `${name} in ${spans.map((span) => span.name).join(', ')}`)
    return found
  }
  const lines = (message: string): readonly Record<string, unknown>[] =>
    log
      .split('\n')
      .filter((line) => line.includes(`"msg":"${message}"`))
      .map((line) => JSON.parse(line))

  test('ends in good order with all of it flushed', () => {
    assert.equal(status, 0)
    assert.ok(collector.logs.some(({ body }) => body === 'stopped gracefully'))
    assert.doesNotMatch(log, /cannot be exported|metrics are incomplete/)
  })

  test('continues the trace of its caller, step below step', () => {
    const entry = named('POST /oauth/token')
    const flow = named('TokenService.IssueClientCredentials')

    assert.equal(entry.parentSpanId, remote.spanId)
    assert.equal(entry.kind, 2)
    assert.equal(flow.parentSpanId, entry.spanId)
    for (const step of [
      'SQLite.ReadTokenContext',
      'Signer.SignAccessToken',
      'SQLite.CommitMachineIssuance',
    ]) {
      assert.equal(named(step).parentSpanId, flow.spanId)
    }
  })

  test('says of each step what it was about', () => {
    assert.deepEqual(named('POST /oauth/token').attributes, {
      'http.method': 'POST',
      'http.route': '/oauth/token',
      'http.url': '/oauth/token',
      'http.status_code': 200,
      'http.response_size': named('POST /oauth/token').attributes['http.response_size'],
    })
    assert.deepEqual(named('TokenService.IssueClientCredentials').attributes, {
      client_id: 'm2m',
      grant_type: 'client_credentials',
      dpop_bound: false,
      scope_count: 1,
      resource_uri: resource,
    })
  })

  test('traces the record of a refusal, and does not call a 400 an error of the server', () => {
    const entry = named('POST /oauth/token', refusedTraceId)
    const record = named('AuditService.Record', refusedTraceId)

    assert.equal(entry.statusCode, 0)
    assert.equal(record.attributes['audit.action'], 'client_credentials.denied')
    assert.equal(named('SQLite.RecordAudit', refusedTraceId).parentSpanId, record.spanId)
  })

  test('marks a request that failed for want of the database', () => {
    const failed = spans.find(({ attributes }) => attributes['http.status_code'] === 503)

    assert.equal(failed?.statusCode, 2)
    const read = spans.find(
      ({ name, traceId }) => name === 'SQLite.ReadTokenContext' && traceId === failed?.traceId,
    )
    assert.equal(read?.statusCode, 2)
  })

  test('gives a request without a trace one of its own, found in its audit row', () => {
    const known = [remote.traceId, refusedTraceId]
    const own = rows.find(({ trace_id }) => !known.includes(String(trace_id)))

    assert.match(String(own?.['trace_id']), /^[0-9a-f]{32}$/)
    assert.ok(spans.some(({ traceId }) => traceId === own?.['trace_id']))
  })

  test('writes the same ids into audit rows and lines of the log', () => {
    const row = rows.find(({ trace_id }) => trace_id === remote.traceId)
    const [issued] = lines('client credentials token issued')
    const access = lines('http request').find(({ trace_id }) => trace_id === remote.traceId)
    const [audit] = lines('audit')

    assert.equal(row?.['action'], 'client_credentials.issued')
    assert.equal(issued?.['jti'], row?.['id'])
    assert.equal(issued?.['trace_id'], remote.traceId)
    assert.equal(issued?.['span_id'], named('TokenService.IssueClientCredentials').spanId)
    assert.equal(issued?.['request_id'], 'request-1')
    assert.equal(access?.['span_id'], named('POST /oauth/token').spanId)
    assert.equal(access?.['request_id'], 'request-1')
    assert.deepEqual(
      [audit?.['action'], audit?.['actor_id'], audit?.['client_id'], audit?.['ip']],
      ['client_credentials.issued', 'm2m', 'm2m', '127.0.0.1'],
    )
    assert.equal(audit?.['detail'], row?.['detail'])
    assert.equal(audit?.['trace_id'], remote.traceId)
  })

  test('sends the lines that it writes', () => {
    const sent = collector.logs.find(({ body }) => body === 'client credentials token issued')

    assert.equal(sent?.traceId, remote.traceId)
    assert.equal(sent?.attributes['client_id'], 'm2m')
    const written = log.split('\n').filter((line) => line.startsWith('{')).length
    assert.equal(collector.logs.length, written)
  })

  test('sends the metrics of its scrape', () => {
    const tokens = collector.metrics.find(({ name }) => name === 'authserver_tokens_issued_total')

    const point = tokens?.points.find(
      ({ attributes }) => attributes['grant_type'] === 'client_credentials',
    )

    assert.equal(tokens?.type, 'sum')
    assert.equal(point?.value, 2)
  })

  test('names itself', () => {
    for (const attributes of collector.resources) {
      assert.equal(attributes['service.name'], 'authserver')
      assert.match(String(attributes['service.version']), /^\d+\.\d+\.\d+/)
    }
  })

  test('LK-02 exports no secret', () => {
    const exported = JSON.stringify([collector.spans, collector.logs, collector.metrics])

    assert.ok(exported.includes('m2m'), 'control: what is no secret is found')
    for (const secret of [secretOf('m2m'), token, token.split('.')[2] ?? '', server.adminKey()]) {
      assert.equal(exported.includes(secret), false)
    }
  })
})

describe('a server whose collector is not there', () => {
  test('starts, issues tokens, says so once and ends in good order', async () => {
    const server = await startServer({
      environment: exporting('127.0.0.1:9'),
      seed: async (services) => {
        await seedClient(services, 'm2m', {})
        await seedResource(services, 'r1', {})
      },
    })
    try {
      assert.equal((await askToken(server, {}, {})).status, 200)
      assert.equal(await server.terminate(), 0)
      const told = server.log().match(/"msg":"traces cannot be exported"/g)
      assert.equal(told?.length, 1)
    } finally {
      await server.stop()
    }
  })
})

test('observability.logging.outputs.stdout: false leaves stdout to nobody', async () => {
  const collector = await startCollector()
  const directory = mkdtempSync(join(tmpdir(), 'authserver-quiet-'))
  const child = spawn(process.execPath, [serverEntry, 'serve'], {
    cwd: directory,
    env: {
      ...serverEnvironment(join(directory, 'data')),
      ...exporting(collector.endpoint),
      AUTHPLANE_SERVER_ADDRESS: '127.0.0.1:0',
      AUTHPLANE_ADMIN_ADDRESS: '127.0.0.1:0',
      AUTHPLANE_LOG_STDOUT: 'false',
    },
  })
  const { log } = captureLog(child)
  try {
    await collector.received(() => collector.logs.some(({ body }) => body === 'ready'))
    assert.equal(await endChild(child, 'SIGTERM'), 0)
    assert.equal(log(), '')
  } finally {
    child.kill('SIGKILL')
    collector.stop()
    rmSync(directory, { recursive: true, force: true })
  }
})
