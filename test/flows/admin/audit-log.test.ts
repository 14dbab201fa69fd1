// The bounds of audit queries, and the streamed export (spec 05 §4.8, B42).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  type AuditPage,
  type AuditSearch,
  exportAuditEvents,
  listAuditEvents,
} from '../../../src/flows/admin/audit-log.ts'
import { adminEvent, recordEvent } from '../../../src/flows/audit.ts'
import type { Services } from '../../../src/flows/services.ts'
import type { AuditAction, AuditEvent } from '../../../src/records/audit-event.ts'
import { createInlineServices } from '../../support/inline-services.ts'

const operator = { actorId: 'admin', trace: null }
const hourMs = 3_600_000
const any: AuditSearch = {
  action: null,
  actorId: null,
  clientId: null,
  traceId: null,
  since: null,
  untilMs: null,
}
const firstPage: AuditPage = { ...any, limit: null, offset: 0 }

async function start(t: TestContext) {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

/** The services as they are some time later. */
const later = (services: Services, ms: number): Services => ({
  ...services,
  clock: { ...services.clock, nowMs: () => services.clock.nowMs() + ms },
})

async function record(services: Services, count: number, action: AuditAction): Promise<void> {
  const rows = Array.from({ length: count }, () =>
    adminEvent(services, operator, { action, clientId: '', detail: '' }),
  )
  await Promise.all(rows.map((row) => recordEvent(services, row, null)))
}

async function collect(pages: AsyncIterable<readonly AuditEvent[]>) {
  const collected: (readonly AuditEvent[])[] = []
  for await (const page of pages) collected.push(page)
  return collected
}

test('lists the newest 50 rows of the last day when nothing else is said', async (t) => {
  const { services } = await start(t)
  await record(services, 60, 'client.updated')

  const events = await listAuditEvents(services, operator, firstPage)
  const tomorrow = await listAuditEvents(later(services, 25 * hourMs), operator, firstPage)

  assert.equal(events.length, 50)
  const ids = events.map(({ id }) => id)
  assert.deepEqual(ids, ids.toSorted().reverse())
  assert.deepEqual(tomorrow, [])
})

test('looks back as far as allowed, as an instant or as an age', async (t) => {
  const { services } = await start(t)
  await record(services, 1, 'client.updated')
  const month = later(services, 719 * hourMs)

  for (const since of [{ agoMs: 720 * hourMs }, { atMs: month.clock.nowMs() - 720 * hourMs }]) {
    const events = await listAuditEvents(month, operator, { ...firstPage, since })
    assert.equal(events.length, 1)
  }
})

test('ends the window before until', async (t) => {
  const { services } = await start(t)
  await record(services, 1, 'client.updated')
  const [event] = await listAuditEvents(services, operator, firstPage)
  assert.ok(event !== undefined)
  const upTo = (untilMs: number) => listAuditEvents(services, operator, { ...firstPage, untilMs })

  assert.deepEqual(await upTo(event.createdAtMs), [])
  assert.deepEqual(await upTo(event.createdAtMs + 1), [event])
})

test('takes a limit of 0 and less for none, and a negative offset for 0', async (t) => {
  const { services } = await start(t)
  await record(services, 51, 'client.updated')

  for (const limit of [0, -1]) {
    const page = { ...firstPage, limit, offset: -5 }
    assert.equal((await listAuditEvents(services, operator, page)).length, 50)
  }
})

test('begins a page where its offset says', async (t) => {
  const { services } = await start(t)
  await record(services, 7, 'client.updated')
  const whole = await listAuditEvents(services, operator, firstPage)

  const page = await listAuditEvents(services, operator, { ...firstPage, limit: 3, offset: 2 })
  const beyond = await listAuditEvents(services, operator, { ...firstPage, offset: 100_000 })

  assert.deepEqual(page, whole.slice(2, 5))
  assert.deepEqual(beyond, [])
})

for (const [what, over, message] of [
  ['a window of 31 days', { since: { agoMs: 31 * 24 * hourMs } }, /since may be 720 hours ago/],
  ['an end before the default beginning', { untilMs: 1 }, /until must be later than since/],
  ['an end at the beginning', { since: { atMs: 8e12 }, untilMs: 8e12 }, /until must be later/],
  ['a limit of 1001', { limit: 1001 }, /limit must be 1000 at most/],
  ['a limit that is not whole', { limit: 1.5 }, /limit must be 1000 at most/],
  ['an offset of 100001', { offset: 100_001 }, /offset must be 100000 at most/],
  ['an offset that is no number', { offset: Number.NaN }, /offset must be 100000 at most/],
] as const) {
  test(`refuses ${what}`, async (t) => {
    const { services } = await start(t)

    await assert.rejects(listAuditEvents(services, operator, { ...firstPage, ...over }), {
      name: 'AdminError',
      code: 'invalid',
      message,
    })
  })
}

test('exports more rows than any page, in pages of 500 and less', async (t) => {
  const { services } = await start(t)
  await record(services, 1100, 'client.updated')
  await record(services, 3, 'key.rotated')

  const pages = await collect(exportAuditEvents(services, operator, any))
  const rotations = await collect(
    exportAuditEvents(services, operator, { ...any, action: 'key.rotated' }),
  )

  assert.deepEqual(
    pages.map((page) => page.length),
    [500, 500, 103],
  )
  assert.equal(new Set(pages.flat().map(({ id }) => id)).size, 1103)
  assert.deepEqual(
    rotations.map((page) => page.length),
    [3],
  )
})

test('exports nothing as no page at all', async (t) => {
  const { services } = await start(t)

  assert.deepEqual(await collect(exportAuditEvents(services, operator, any)), [])
})

test('refuses an export at its first page', async (t) => {
  const { services } = await start(t)
  const pages = exportAuditEvents(services, operator, { ...any, since: { agoMs: 721 * hourMs } })

  await assert.rejects(pages.next(), { name: 'AdminError', code: 'invalid' })
})

test('asks for the next page of an export only when it is wanted', async (t) => {
  const { services } = await start(t)
  await record(services, 600, 'client.updated')
  let asked = 0
  const counting: Services = {
    ...services,
    storage: {
      name: services.storage.name,
      tell: (kind, request) => services.storage.tell(kind, request),
      load: () => services.storage.load(),
      ask: (kind, request, options) => {
        asked += 1
        return services.storage.ask(kind, request, options)
      },
    },
  }
  const pages = exportAuditEvents(counting, operator, any)

  await pages.next()
  await pages.return()

  assert.equal(asked, 1)
})
