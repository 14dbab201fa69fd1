// Metadata documents of clients: what is remembered, what is fetched at once (spec 01 §12, T19).
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { limits } from '../../src/base/limits.ts'
import { type Log, silentLog } from '../../src/base/telemetry.ts'
import { type ClientDocuments, createClientDocuments } from '../../src/outbound/client-metadata.ts'
import { createGuardedFetch } from '../../src/outbound/guarded-fetch.ts'
import {
  clientDocument,
  type DocumentSite,
  openDocumentSite,
  sends,
} from '../support/document-site.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'

const nowMs = Date.parse('2026-11-21T00:00:00Z')
const unavailable = { ok: false, fault: 'unavailable' }
const invalid = { ok: false, fault: 'invalid' }

let site: DocumentSite
before(async () => {
  site = await openDocumentSite()
})
after(() => site.stop())

interface Subject {
  readonly documents: ClientDocuments
  readonly clock: HandClock
  readonly counted: readonly string[]
  /** Requests since this subject was made. */
  asked(): number
}

function start(log: Log = silentLog): Subject {
  const clock = createHandClock(nowMs)
  const counted: string[] = []
  const before = site.requests.length
  const documents = createClientDocuments({
    fetch: createGuardedFetch({
      clock,
      resolve: async () => ['127.0.0.1'],
      authorities: site.authority,
    }),
    clock,
    log,
    meters: {
      documentFetched: (seconds) => void counted.push(`fetched ${seconds >= 0}`),
      documentFetchSuppressed: (reason) => void counted.push(reason),
    },
    settings: {
      requiresHttps: true,
      allowsPrivateAddresses: true,
      cacheLifeMs: 3_600_000,
      fetchMsMax: 10_000,
      documentBytesMax: 5000,
    },
    policy: {
      enabledGrants: ['authorization_code', 'refresh_token'],
      allowsPrivateUseSchemes: true,
      defaultClientScope: '',
    },
  })
  return { documents, clock, counted, asked: () => site.requests.length - before }
}

const id = (): string => site.url('/app.json')
const offers = (headers: Readonly<Record<string, string>> = {}): void =>
  site.answers(sends(clientDocument(id()), headers))

beforeEach(() => offers())

describe('a good document', () => {
  test('is read', async () => {
    const { documents, counted } = start()

    const reading = await documents.read(id())

    assert.ok(reading.ok)
    assert.equal(reading.metadata.name, 'Example client')
    assert.deepEqual(counted, ['fetched true'])
  })

  test('is remembered as long as any when it says nothing', async () => {
    const { documents, clock, asked } = start()
    await documents.read(id())

    clock.advance(3_599_999)
    await documents.read(id())
    assert.equal(asked(), 1)
    clock.advance(1)
    await documents.read(id())

    assert.equal(asked(), 2)
  })

  test('is remembered as long as its headers say', async () => {
    const { documents, clock, asked } = start()
    offers({ 'cache-control': 'max-age=600' })
    await documents.read(id())

    clock.advance(599_999)
    await documents.read(id())
    assert.equal(asked(), 1)
    clock.advance(1)
    await documents.read(id())

    assert.equal(asked(), 2)
  })

  test('is not remembered when it must not be', async () => {
    for (const header of ['no-store', 'no-cache', 'max-age=0']) {
      const { documents, asked } = start()
      offers({ 'cache-control': header })

      await documents.read(id())
      await documents.read(id())

      assert.equal(asked(), 2, header)
    }
  })

  test('may come as any JSON', async () => {
    const { documents } = start()
    offers({ 'content-type': 'application/client-id+json; charset=utf-8' })

    assert.equal((await documents.read(id())).ok, true)
  })
})

describe('a failure', () => {
  test('is remembered for a while, and then forgotten', async () => {
    const { documents, clock, counted, asked } = start()
    site.answers((response) => response.writeHead(500).end())

    assert.deepEqual(await documents.read(id()), unavailable)
    offers()
    clock.advance(29_999)
    assert.deepEqual(await documents.read(id()), unavailable)
    assert.equal(asked(), 1)
    assert.deepEqual(counted, ['fetched true', 'negative_cache'])
    clock.advance(1)

    assert.equal((await documents.read(id())).ok, true)
  })

  test('does not stand for another URL', async () => {
    const { documents } = start()
    site.answers((response) => response.writeHead(500).end())
    await documents.read(site.url('/other.json'))
    offers()

    assert.equal((await documents.read(id())).ok, true)
  })

  for (const [what, status, fault] of [
    ['a document that is gone', 410, invalid],
    ['no document', 404, invalid],
    ['a host that is in trouble', 503, unavailable],
    ['a host that lets nobody in', 403, unavailable],
    ['a redirect', 302, unavailable],
  ] as const) {
    test(`is ${what}`, async () => {
      site.answers((response) => response.writeHead(status, { location: '/app.json' }).end())

      assert.deepEqual(await start().documents.read(id()), fault)
    })
  }

  test('is a document of another type, against the rules, or too large', async () => {
    offers({ 'content-type': 'text/html' })
    assert.deepEqual(await start().documents.read(id()), invalid)
    site.answers(sends(clientDocument(site.url('/other.json'))))
    assert.deepEqual(await start().documents.read(id()), invalid)
    site.answers(sends(clientDocument(id(), { padding: 'x'.repeat(5000) })))
    assert.deepEqual(await start().documents.read(id()), unavailable)
  })

  test('is an id that no document can have, and nobody is asked', async () => {
    const { documents, asked, counted } = start()

    for (const bad of ['http://client.test/a', 'https://client.test', `${id()}#x`]) {
      assert.deepEqual(await documents.read(bad), invalid)
    }

    assert.equal(asked(), 0)
    assert.deepEqual(counted, [])
  })

  test('is told in the log, with its reason', async () => {
    const lines: unknown[] = []
    const log = { ...silentLog, info: (...line: readonly unknown[]) => void lines.push(line) }
    site.answers((response) => response.writeHead(500).end())

    await start(log).documents.read(id())

    const fields = { client_id: id(), fault: 'unavailable', reason: 'status 500' }
    assert.deepEqual(lines, [['metadata document of a client not used', fields]])
  })
})

describe('many requests', () => {
  test('for one URL are one fetch', async () => {
    const { documents, asked, counted } = start()

    const readings = await Promise.all(Array.from({ length: 500 }, () => documents.read(id())))

    assert.ok(readings.every(({ ok }) => ok))
    assert.equal(asked(), 1)
    assert.equal(counted.filter((reason) => reason === 'single_flight').length, 499)
  })

  test('for different URLs are few fetches at once, and the others wait only so long', async () => {
    const { documents, clock, counted, asked } = start()
    const release: (() => void)[] = []
    site.answers((response) => void release.push(() => response.writeHead(500).end()))
    const readings = Array.from({ length: 500 }, (_, at) => documents.read(site.url(`/${at}.json`)))

    while (release.length < limits.documentFetchesMax) await new Promise(setImmediate)
    clock.advance(limits.documentTurnMsMax)
    const late = await Promise.all(readings.slice(limits.documentFetchesMax))

    assert.ok(late.every((reading) => !reading.ok && reading.fault === 'overloaded'))
    assert.equal(asked(), limits.documentFetchesMax)
    assert.equal(counted.filter((reason) => reason === 'capacity').length, late.length)
    for (const answer of release) answer()
    await Promise.all(readings)
    offers()
    assert.equal((await documents.read(id())).ok, true, 'the places are free again')
    const overloaded = site.url('/499.json')
    site.answers(sends(clientDocument(overloaded)))
    assert.equal((await documents.read(overloaded)).ok, true, 'overload is not remembered')
  })

  test('of slow hosts do not keep their places for ever', async () => {
    const { documents, clock, asked } = start()
    site.answers(() => undefined)
    const slow = Array.from({ length: limits.documentFetchesMax }, (_, at) =>
      documents.read(site.url(`/${at}.json`)),
    )
    while (asked() < limits.documentFetchesMax) await new Promise(setImmediate)

    clock.advance(10_000)

    for (const reading of await Promise.all(slow)) assert.deepEqual(reading, unavailable)
    offers()
    assert.equal((await documents.read(id())).ok, true)
  })
})
