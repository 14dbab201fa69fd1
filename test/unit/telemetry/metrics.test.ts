// The exposition: names, labels, values (spec 08 §1), and what must never become a label (LK-03).
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { type ActorSnapshot, createHistogram } from '../../../src/base/meters.ts'
import { silentLog } from '../../../src/base/telemetry.ts'
import { metrics as catalogue } from '../../../src/telemetry/metric-names.ts'
import { createMetrics, type Metrics, type MetricsOptions } from '../../../src/telemetry/metrics.ts'
import type { ActiveRows } from '../../../src/telemetry/scrape.ts'

const directory = mkdtempSync(join(tmpdir(), 'authserver-metrics-'))
after(() => rmSync(directory, { recursive: true }))

const databasePath = join(directory, 'authserver.db')
writeFileSync(databasePath, 'x'.repeat(11))
writeFileSync(`${databasePath}-wal`, 'x'.repeat(22))

const snapshot: ActorSnapshot = (() => {
  const histogram = createHistogram([1, 2])
  for (const value of [1, 2, 2, 9]) histogram.observe(value)
  const shown = histogram.snapshot()
  return {
    actor: 'storage',
    instance: 0,
    depth: 3,
    capacity: 8192,
    restarts: 2,
    utilization: 0.25,
    messages: [{ kind: 'readClient', outcome: 'reply', count: 5 }],
    batchSize: shown,
    handlers: [
      { handler: 'readClient', seconds: shown },
      { handler: 'commit', seconds: shown },
    ],
    waitSeconds: shown,
  }
})()

interface Sources {
  readonly actors: () => Promise<readonly ActorSnapshot[]>
  readonly active: () => Promise<ActiveRows>
  readonly warn: (message: string) => void
}

const quiet: Sources = {
  actors: () => Promise.resolve([snapshot, { ...snapshot, instance: 1 }]),
  active: () => Promise.resolve({ clients: 7, tokenFamilies: 3 }),
  warn: () => undefined,
}

/** Every line of the exposition by its name and labels, after `act`. */
async function scrape(
  act: (metrics: Metrics) => void,
  sources: Sources = quiet,
): Promise<ReadonlyMap<string, number>> {
  const metrics = createMetrics(optionsOf(sources))
  try {
    act(metrics)
    return parse(await metrics.render())
  } finally {
    metrics.stop()
  }
}

function optionsOf({ actors, active, warn }: Sources): MetricsOptions {
  return {
    collectActors: actors,
    countActive: active,
    databasePath,
    auditActions: ['key.rotated'],
    otlp: { suppressedTraces: { rate: 4, backlog: 5 }, lost: { traces: 1, logs: 2, metrics: 3 } },
    clock: systemClock,
    log: { ...silentLog, warn },
  }
}

/** Reads the text format strictly: anything else in it fails the test. */
function parse(text: string): ReadonlyMap<string, number> {
  assert.ok(text.endsWith('\n'))
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (
      line === '' ||
      /^# (?:HELP [a-z_]+ .+|TYPE [a-z_]+ (?:counter|gauge|histogram))$/.test(line)
    )
      continue
    const match = /^([a-z_]+(?:\{(?:[a-z_]+="[^"\\]*",?)+\})?) (-?[\d.e+-]+)$/.exec(line)
    assert.ok(match !== null, `not a sample: ${line}`)
    const [, name = '', value] = match
    assert.ok(!samples.has(name), `twice: ${name}`)
    samples.set(name, Number(value))
  }
  return samples
}

const nothing = (): void => undefined
const request = { method: 'POST', route: '/oauth/token', status: 200, seconds: 0.02 }

test('a request counts once in total and duration, by method, route and status', async () => {
  const samples = await scrape((metrics) => {
    metrics.countRequest(request)
    metrics.countRequest({ ...request, seconds: 0.2 })
    metrics.countRequest({ ...request, status: 401 })
  })

  const labels = 'http_method="POST",http_route="/oauth/token",http_status_code="200"'
  const seconds = 'authserver_http_request_duration_seconds'
  assert.equal(samples.get(`authserver_http_requests_total{${labels}}`), 2)
  assert.equal(samples.get(`${seconds}_count{${labels}}`), 2)
  assert.equal(samples.get(`${seconds}_sum{${labels}}`), 0.22)
  assert.equal(samples.get(`${seconds}_bucket{le="0.01",${labels}}`), 0)
  assert.equal(samples.get(`${seconds}_bucket{le="0.025",${labels}}`), 1)
  assert.equal(samples.get(`${seconds}_bucket{le="0.25",${labels}}`), 2)
  assert.equal(samples.get(`${seconds}_bucket{le="+Inf",${labels}}`), 2)
})

test('an issued token counts in its total, its duration and that of its grant', async () => {
  const samples = await scrape((metrics) => metrics.tokenIssued('client_credentials', 0.003))

  const labels = 'grant_type="client_credentials"'
  assert.equal(samples.get(`authserver_tokens_issued_total{${labels}}`), 1)
  assert.equal(samples.get('authplane_client_credentials_issued_total'), 1)
  assert.equal(samples.get(`authserver_token_issuance_duration_seconds_count{${labels}}`), 1)
})

test('every event has its series', async () => {
  const samples = await scrape((metrics) => {
    metrics.clientCredentialsDenied('invalid_client')
    metrics.authDenied('locked_out')
    metrics.clientRegistered('admin')
    metrics.auditEventDropped('client.created_admin')
    metrics.keyRotated()
    metrics.keysReloaded(0.5)
  })

  assert.equal(samples.get('authplane_client_credentials_denied_total{reason="invalid_client"}'), 1)
  assert.equal(samples.get('authserver_auth_denied_total{reason="locked_out"}'), 1)
  assert.equal(samples.get('authserver_clients_registered_total{source="admin"}'), 1)
  assert.equal(samples.get('authserver_clients_registered_total{source="dcr"}'), 0)
  assert.equal(
    samples.get('authserver_audit_events_dropped_total{action="client.created_admin"}'),
    1,
  )
  assert.equal(samples.get('authserver_key_rotation_total'), 1)
  assert.equal(samples.get('authserver_key_reload_duration_seconds_count'), 1)
})

test('actors show their snapshots, messages added up over instances', async () => {
  const samples = await scrape(nothing)

  const labels = 'actor="storage",actor_instance="1"'
  assert.equal(samples.get(`authserver_actor_mailbox_depth{${labels}}`), 3)
  assert.equal(samples.get(`authserver_actor_mailbox_capacity{${labels}}`), 8192)
  assert.equal(samples.get(`authserver_actor_restarts_total{${labels}}`), 2)
  assert.equal(samples.get(`authserver_actor_utilization{${labels}}`), 0.25)
  assert.equal(samples.get(`authserver_actor_batch_size_bucket{le="2",${labels}}`), 3)
  const commit = `${labels},handler="commit"`
  assert.equal(samples.get(`authserver_actor_handler_seconds_count{${commit}}`), 4)
  assert.equal(samples.get(`authserver_actor_wait_seconds_sum{${labels}}`), 14)
  const messages = 'actor="storage",kind="readClient",outcome="reply"'
  assert.equal(samples.get(`authserver_actor_messages_total{${messages}}`), 10)
})

test('active rows are what the store says at scrape time', async () => {
  const samples = await scrape(nothing)

  assert.equal(samples.get('authserver_active_clients'), 7)
  assert.equal(samples.get('authserver_active_token_families'), 3)
})

test('the size of the database and of its log is read at scrape time', async () => {
  const samples = await scrape(nothing)

  assert.equal(samples.get('authserver_storage_file_bytes{file="database"}'), 11)
  assert.equal(samples.get('authserver_storage_file_bytes{file="log"}'), 22)
})

test('what was not recorded and not exported is told', async () => {
  const samples = await scrape(nothing)

  assert.equal(samples.get('authserver_traces_suppressed_total{reason="backlog"}'), 5)
  assert.equal(samples.get('authserver_otlp_lost_total{signal="logs"}'), 2)
})

test('a message to storage counts by its name in snake case', async () => {
  const samples = await scrape((metrics) => {
    metrics.databaseAsked('commitMachineIssuance', 0.002)
    metrics.databaseAsked('commitMachineIssuance', 0.02)
    metrics.databaseAsked('ping', 0.001)
  })

  const seconds = 'authserver_db_operation_duration_seconds'
  const labels = 'operation="commit_machine_issuance",store="sqlite"'
  assert.equal(samples.get(`${seconds}_count{${labels}}`), 2)
  assert.equal(samples.get(`${seconds}_bucket{le="0.005",${labels}}`), 1)
  assert.equal(samples.get(`${seconds}_count{operation="ping",store="sqlite"}`), 1)
})

test('changes by administrators follow from the rows that tell of them', async () => {
  const samples = await scrape((metrics) => {
    metrics.auditRecorded('resource.created')
    metrics.auditRecorded('resource.patched')
    metrics.auditRecorded('resource.policy.runtime.client.added')
    metrics.auditRecorded('resource.policy.connect.allowed_return_url.removed')
    metrics.auditRecorded('client.updated')
  })

  assert.equal(samples.get('authplane_resource_server_ops_total{op="create"}'), 1)
  assert.equal(samples.get('authplane_resource_server_ops_total{op="update"}'), 1)
  assert.equal(samples.get('authplane_resource_server_ops_total{op="delete"}'), 0)
  assert.equal(samples.get('authplane_allowlist_ops_total{op="add"}'), 1)
  assert.equal(samples.get('authplane_allowlist_ops_total{op="remove"}'), 1)
})

test('a refresh has a counter of its own and is no issuance', async () => {
  const samples = await scrape((metrics) => {
    metrics.tokenIssued('authorization_code', 0.003)
    metrics.tokenIssued('refresh_token', 0.003)
  })
  const issued = (grant: string) =>
    samples.get(`authserver_tokens_issued_total{grant_type="${grant}"}`)

  assert.equal(issued('authorization_code'), 1)
  assert.equal(issued('refresh_token'), undefined)
  assert.equal(samples.get('authserver_tokens_refreshed_total'), 1)
})

test('what people and their clients do is counted by its kind', async () => {
  const samples = await scrape((metrics) => {
    metrics.loginAttempted('failure')
    metrics.consentDecided('granted')
    metrics.codeReused('valid')
    metrics.revocationFailed('code_reuse', 'jti')
    metrics.tokensRevoked('family_revocation')
    metrics.proofRejected('replay')
    metrics.proofRejected('a text from outside')
    metrics.introspected('inactive', 0.004)
  })

  assert.equal(samples.get('authserver_login_attempts_total{result="failure"}'), 1)
  assert.equal(samples.get('authserver_login_attempts_total{result="success"}'), 0)
  assert.equal(samples.get('authserver_consent_decisions_total{decision="granted"}'), 1)
  assert.equal(samples.get('authserver_auth_code_reuse_total{verifier="valid"}'), 1)
  const failure = 'authserver_revocation_failures_total{path="code_reuse",half="jti"}'
  assert.equal(samples.get(failure), 1)
  assert.equal(samples.get('authserver_tokens_revoked_total{reason="family_revocation"}'), 1)
  assert.equal(samples.get('authplane_dpop_proofs_rejected_total{reason="replay"}'), 1)
  assert.equal(samples.get('authplane_dpop_proofs_rejected_total{reason="other"}'), 1)
  assert.equal(samples.get('authserver_introspection_total{result="inactive"}'), 1)
  assert.equal(samples.get('authserver_introspection_duration_seconds_count'), 1)
})

test('a refused client counts as a denied authentication, other refusals do not', async () => {
  const samples = await scrape((metrics) => {
    metrics.clientCredentialsDenied('invalid_client')
    metrics.clientCredentialsDenied('invalid_scope')
  })

  assert.equal(samples.get('authserver_auth_denied_total{reason="invalid_client"}'), 1)
  assert.equal(samples.get('authserver_auth_denied_total{reason="invalid_scope"}'), undefined)
})

test('losses of audit rows show at 0 before there are any', async () => {
  const samples = await scrape(nothing)

  assert.equal(samples.get('authserver_audit_events_dropped_total{action="key.rotated"}'), 0)
})

test('the process and the event loop are measured', async () => {
  const samples = await scrape(nothing)

  assert.ok((samples.get('process_cpu_seconds_total') ?? 0) > 0)
  assert.ok((samples.get('process_resident_memory_bytes') ?? 0) > 1e6)
  assert.ok((samples.get('process_open_fds') ?? 0) > 2)
  const startedAt = (samples.get('process_start_time_seconds') ?? 0) * 1000
  assert.ok(Math.abs(startedAt - performance.timeOrigin) < 2000)
  for (const stat of ['p50', 'p99', 'max'])
    assert.ok((samples.get(`authserver_event_loop_delay_seconds{stat="${stat}"}`) ?? -1) >= 0)
})

test('every metric of the catalogue is shown, with exactly its labels', async () => {
  const samples = await scrape((metrics) => {
    metrics.countRequest(request)
    metrics.clientCredentialsDenied('x')
    metrics.authDenied('x')
    metrics.auditEventDropped('x')
    metrics.databaseAsked('ping', 1)
  })

  const shown = new Map<string, Set<string>>()
  for (const sample of samples.keys()) {
    const [name = '', labels = ''] = sample.split('{')
    const names = [...labels.matchAll(/([a-z_]+)="/g)].map((match) => match[1] ?? '')
    const known = shown.get(name.replace(/_(?:bucket|sum|count)$/, '')) ?? new Set()
    for (const label of names) if (label !== 'le') known.add(label)
    shown.set(name.replace(/_(?:bucket|sum|count)$/, ''), known)
  }
  const expected = Object.values(catalogue).map(({ name, labels }) => [name, [...labels].sort()])
  assert.deepEqual(
    [...shown].map(([name, labels]) => [name, [...labels].sort()]).sort(),
    expected.sort(),
  )
})

test('values outside the closed sets count as other and are never shown', async () => {
  const id = '0190f0c2-7f3a-7000-8000-0123456789ab'
  const samples = await scrape((metrics) => {
    metrics.countRequest({ ...request, method: 'X-FORGED' })
    metrics.tokenIssued(id, 1)
    metrics.clientRegistered(id)
    metrics.clientCredentialsDenied(id)
    metrics.authDenied('a"} 1\nforged 1')
  })

  const text = [...samples.keys()].join('\n')
  assert.doesNotMatch(text, /FORGED|forged|0190f0c2/)
  assert.equal(samples.get('authserver_tokens_issued_total{grant_type="other"}'), 1)
  assert.equal(samples.get('authplane_client_credentials_denied_total{reason="other"}'), 1)
  assert.equal(samples.get('authserver_auth_denied_total{reason="other"}'), 1)
  assert.ok(text.includes('http_method="other",http_route="/oauth/token"'))
})

test('the number of series is bounded, and nothing is lost beyond the bound', async () => {
  const samples = await scrape((metrics) => {
    for (let i = 0; i < 5000; i += 1) metrics.countRequest({ ...request, route: `/r${i}` })
    for (let i = 0; i < 200; i += 1) metrics.authDenied(`r${i}`)
  })

  const total = (name: string) => [...samples].filter(([key]) => key.startsWith(name))
  const requests = total('authserver_http_requests_total')
  assert.equal(requests.length, 2049)
  assert.equal(
    requests.reduce((sum, [, value]) => sum + value, 0),
    5000,
  )
  const denied = total('authserver_auth_denied_total')
  assert.equal(denied.length, 65)
  assert.equal(
    denied.reduce((sum, [, value]) => sum + value, 0),
    200,
  )
})

test('a scrape without answers of actors and store says what is missing', async () => {
  const warnings: string[] = []
  const samples = await scrape((metrics) => metrics.keyRotated(), {
    actors: () => Promise.reject(new Error('stopped')),
    active: () => Promise.reject(new Error('stopped')),
    warn: (message) => warnings.push(message),
  })

  assert.equal(samples.get('authserver_key_rotation_total'), 1)
  assert.ok(![...samples.keys()].some((name) => /^authserver_a(?:ctor|ctive)_/.test(name)))
  assert.deepEqual(warnings, ['metrics are incomplete', 'metrics are incomplete'])
})

test('scrapes at the same time share one reading of the actors', async () => {
  let readings = 0
  const actors = () => {
    readings += 1
    return Promise.resolve([snapshot])
  }
  const metrics = createMetrics(optionsOf({ ...quiet, actors }))

  const [first, second] = await Promise.all([metrics.render(), metrics.render()])
  metrics.stop()

  assert.equal(first, second)
  assert.equal(readings, 1)
})
