// Routes of the audit log (spec 05 §4.8, B42): lists, and exports that are streamed.
import assert from 'node:assert/strict'
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { adminEvent } from '../../../src/flows/audit.ts'
import { askOptions, type Services } from '../../../src/flows/services.ts'
import { listen } from '../../../src/http/listen.ts'
import type { AuditEvent } from '../../../src/records/audit-event.ts'
import { type Admin, apiKey, problem, startAdmin } from './admin-harness.ts'

/** Records an event as the server does; `change` says what it does not. */
async function record({ inline }: Admin, change: Partial<AuditEvent>): Promise<AuditEvent> {
  const { services } = inline
  const base = { action: 'client.updated', clientId: 'c1', detail: '' } as const
  const event = { ...adminEvent(services, { actorId: 'admin', trace: null }, base), ...change }
  await services.storage.ask('recordAudit', { audit: event }, askOptions(services, null))
  return event
}

const idsOf = (json: readonly { id: string }[]) => json.map(({ id }) => id)

test('lists events newest first, as a bare list', async (t) => {
  const admin = await startAdmin(t)
  const older = await record(admin, {})
  const newer = await record(admin, { traceId: '0af7651916cd43dd8448eb211c80319c', ip: '::1' })

  const { status, json } = await admin.send('GET', '/admin/audit')

  assert.equal(status, 200)
  assert.deepEqual(idsOf(json), [newer.id, older.id])
  const { created_at: createdAt, ...rest } = json[0]
  assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.deepEqual(rest, {
    id: newer.id,
    action: 'client.updated',
    actor_id: 'admin',
    client_id: 'c1',
    ip: '::1',
    detail: '',
    trace_id: '0af7651916cd43dd8448eb211c80319c',
  })
})

test('finds by each filter, and by all of them together', async (t) => {
  const admin = await startAdmin(t)
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  await record(admin, {})
  const wanted = await record(admin, {
    action: 'client.deleted',
    actorId: 'cli',
    clientId: 'c2',
    traceId,
  })
  const filters = ['action=client.deleted', 'actor_id=cli', 'client_id=c2', `trace_id=${traceId}`]

  for (const query of [...filters, filters.join('&')]) {
    const { json } = await admin.send('GET', `/admin/audit?${query}`)
    assert.deepEqual(idsOf(json), [wanted.id], query)
  }
  const none = await admin.send('GET', `/admin/audit?${filters.join('&')}&client_id=c2&action=x`)
  assert.deepEqual(idsOf(none.json), [wanted.id], 'the first of a repeated parameter counts')
})

test('pages and bounds the list', async (t) => {
  const admin = await startAdmin(t)
  const events = [await record(admin, {}), await record(admin, {}), await record(admin, {})]
  const ids = idsOf(events).toReversed()

  const page = await admin.send('GET', '/admin/audit?limit=1&offset=1')
  const forgiven = await admin.send('GET', '/admin/audit?limit=0&offset=-1')
  const past = await admin.send('GET', '/admin/audit?until=2001-01-01T00:00:00Z')

  assert.deepEqual(idsOf(page.json), ids.slice(1, 2))
  assert.deepEqual(idsOf(forgiven.json), ids)
  assert.equal(past.status, 400)
})

const refused: readonly (readonly [string, RegExp])[] = [
  ['limit=1001', /limit must be/],
  ['limit=many', /limit must be a whole number/],
  ['offset=100001', /offset must be/],
  ['offset=1.5', /offset must be a whole number/],
  ['since=yesterday', /since must be a time/],
  ['since=2025-01-01', /since must be a time/],
  ['until=2025-13-01T00:00:00Z', /until must be a time/],
  ['since=2001-01-01T00:00:00Z', /since may be/],
]

for (const [query, detail] of refused) {
  test(`refuses the query ${query}`, async (t) => {
    const admin = await startAdmin(t)

    const answer = await admin.send('GET', `/admin/audit?${query}`)

    assert.equal(answer.status, 400)
    assert.match(answer.json.detail, detail)
  })
}

test('exports lines of JSON unless asked otherwise', async (t) => {
  const admin = await startAdmin(t)
  await record(admin, { action: 'client.deleted' })
  await record(admin, {})
  const { json: listed } = await admin.send('GET', '/admin/audit')

  const answer = await admin.send('GET', '/admin/audit/export')
  const one = await admin.send('GET', '/admin/audit/export?format=ndjson&action=client.deleted')

  assert.equal(answer.status, 200)
  assert.equal(answer.headers['content-type'], 'application/x-ndjson')
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.match(
    String(answer.headers['content-disposition']),
    /^attachment; filename="audit-\d{8}T\d{6}Z\.ndjson"$/,
  )
  const lines = answer.text.split('\n')
  assert.equal(lines.pop(), '')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    listed,
  )
  assert.equal(JSON.parse(one.text).action, 'client.deleted')
})

test('exports CSV with a line of names, and no cell that a spreadsheet would run', async (t) => {
  const admin = await startAdmin(t)
  const event = await record(admin, { detail: 'name="a,b"', actorId: '=cmd()' })

  const answer = await admin.send('GET', '/admin/audit/export?format=csv')

  assert.equal(answer.headers['content-type'], 'text/csv; charset=utf-8; header=present')
  assert.match(String(answer.headers['content-disposition']), /\.csv"$/)
  const [header, line, end, ...more] = answer.text.split('\r\n')
  assert.equal(header, 'id,action,actor_id,client_id,ip,detail,trace_id,created_at')
  assert.ok(
    line?.startsWith(`${event.id},client.updated,'=cmd(),c1,,"name=""a,b""",,20`),
    answer.text,
  )
  assert.deepEqual([end, ...more], [''])
})

test('exports nothing as nothing, and CSV of nothing as its names', async (t) => {
  const admin = await startAdmin(t)

  const lines = await admin.send('GET', '/admin/audit/export')
  const csv = await admin.send('GET', '/admin/audit/export?format=csv')

  assert.equal(lines.text, '')
  assert.equal(csv.text.split('\r\n').length, 2)
})

test('refuses an export as a problem, before it begins', async (t) => {
  const admin = await startAdmin(t)

  const format = await admin.send('GET', '/admin/audit/export?format=xml')
  const window = await admin.send('GET', '/admin/audit/export?since=2001-01-01T00:00:00Z')
  await admin.inline.stopActor('storage')
  const down = await admin.send('GET', '/admin/audit/export')

  const detail = 'format must be one of ndjson, csv'
  assert.deepEqual(format.json, problem(400, 'Bad Request', detail))
  assert.equal(window.status, 400)
  assert.equal(down.status, 503)
  assert.equal(down.headers['content-disposition'], undefined)
})

test('an export has no HEAD, which would read the log for nothing', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('HEAD', '/admin/audit/export')

  assert.equal(answer.status, 405)
})

const pages = 40
const rowsPerPage = 500

/** A log far larger than what sockets buffer. */
function fillLog({ inline }: Admin): void {
  const { services } = inline
  const nowMs = services.clock.nowMs()
  const time = new Date(nowMs - 1000).toISOString().replace('Z', '000000Z')
  const prefix = services.random.uuidV7(nowMs - 1000).slice(0, 24)
  inline.execute(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${pages * rowsPerPage})
    INSERT INTO audit_events (id, action, actor_id, detail, created_at)
    SELECT '${prefix}' || printf('%012x', i), 'client.updated', 'admin',
      '${'x'.repeat(1500)}', '${time}' FROM n`)
}

interface Watched {
  readonly adapt: (services: Services) => Services
  /** How many pages were asked for, and when the last was. */
  readonly asked: () => { readonly count: number; readonly atMs: number }
}

/** Watches, and from the ask `failsAt` on breaks, the reading of audit pages. */
function watchPages(failsAt: number): Watched {
  let count = 0
  let atMs = performance.now()
  return {
    asked: () => ({ count, atMs }),
    adapt: (services) => {
      const { storage } = services
      const ask: typeof storage.ask = (kind, request, options) => {
        if (kind === 'listAuditEvents') {
          count += 1
          atMs = performance.now()
          if (count >= failsAt)
            return Promise.reject(new ActorError('actor-crashed', 'storage', 'planted'))
        }
        return storage.ask(kind, request, options)
      }
      return { ...services, storage: Object.assign(Object.create(storage), { ask }) }
    },
  }
}

/** Resolves when nobody has asked for a page for a while. */
async function standstill({ asked }: Watched): Promise<number> {
  while (performance.now() - asked().atMs < 400) await nextTurn()
  return asked().count
}

async function openExport(admin: Admin): Promise<{
  readonly request: ClientRequest
  readonly response: IncomingMessage
}> {
  const { port } = await listen(admin.server, { host: '127.0.0.1', port: 0 })
  const headers = { authorization: `Bearer ${apiKey}` }
  return new Promise((resolve, reject) => {
    const request = get({ port, path: '/admin/audit/export', headers }, (response) =>
      resolve({ request, response }),
    )
    request.on('error', reject)
  })
}

test('reads no further than the client does, and then the rest', async (t) => {
  const watched = watchPages(Number.POSITIVE_INFINITY)
  const admin = await startAdmin(t, { adapt: watched.adapt })
  fillLog(admin)

  const { response } = await openExport(admin)
  const early = await standstill(watched)
  let lines = 0
  for await (const chunk of response) lines += String(chunk).split('\n').length - 1

  assert.ok(early < pages - 5, `${early} of ${pages} pages were read for nobody`)
  assert.equal(lines, pages * rowsPerPage)
})

test('stops reading when the client goes away', async (t) => {
  const watched = watchPages(Number.POSITIVE_INFINITY)
  const admin = await startAdmin(t, { adapt: watched.adapt })
  fillLog(admin)

  const { request, response } = await openExport(admin)
  response.on('error', () => undefined)
  request.destroy()

  assert.ok((await standstill(watched)) < pages - 5)
  assert.equal(
    admin.inline.lines.some(({ level }) => level === 'error'),
    false,
  )
})

test('an export that fails midway ends as no whole answer does, and is logged', async (t) => {
  const watched = watchPages(3)
  const admin = await startAdmin(t, { adapt: watched.adapt })
  fillLog(admin)

  const { response } = await openExport(admin)
  assert.equal(response.statusCode, 200)
  await assert.rejects(
    async () => {
      for await (const chunk of response) assert.ok(chunk !== null)
    },
    { code: 'ECONNRESET' },
  )

  assert.equal(response.complete, false)
  assert.ok(admin.inline.lines.some(({ message }) => message === 'audit export broken off'))
})
