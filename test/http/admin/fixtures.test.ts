// Runs the cases of test/http/admin-fixtures against the admin listener over real actors and
// sockets, checks every answer against the listener's own OpenAPI document (B45), and looks that no
// route is without its cases.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type AdminListener, adminKey, openAdminListener } from '../../support/admin-listener.ts'
import { type FixtureEvidence, findGaps } from '../../support/fixture-coverage.ts'
import {
  assertAnswer,
  captureFrom,
  type FixtureFormat,
  type HttpFixture,
  readFixtures,
} from '../../support/http-fixture.ts'
import { type ApiCheck, apiDocumentOf, createApiCheck } from '../../support/openapi-check.ts'
import { headerOf, type RawResponse, sendRaw } from '../../support/raw-http.ts'
import { seedAdminFixtures } from '../../support/seed-admin.ts'

const directory = join(import.meta.dirname, '../admin-fixtures')

const format: FixtureFormat = {
  fill,
  headers: [`Authorization: Bearer ${adminKey}`],
  bodyHeaders: ['Content-Type: application/json'],
}

function fill(name: string, argument: string): string {
  switch (name) {
    case 'repeat': {
      const [text = '', count = '0'] = argument.split('*')
      return text.repeat(Number(count))
    }
    case 'ago': {
      const days = /^(\d+)d$/.exec(argument)?.[1]
      assert.ok(days !== undefined, `${argument} is no number of days`)
      return new Date(Date.now() - Number(days) * 86_400_000).toISOString()
    }
    default:
      throw new Error(`unknown placeholder ${name}`)
  }
}

/** What every answer of the listener has or lacks, whatever it answers. */
function assertCommonHeaders(response: RawResponse): void {
  for (const [name, values] of response.headers) {
    assert.equal(values.length, 1, `${name} is repeated`)
  }
  assert.equal(headerOf(response, 'x-content-type-options'), 'nosniff')
  assert.equal(headerOf(response, 'x-frame-options'), 'DENY')
  assert.match(headerOf(response, 'x-request-id') ?? '', /^[\w.-]+$/)
  assert.equal(headerOf(response, 'access-control-allow-origin'), null)
  assert.equal(headerOf(response, 'server'), null)
  assert.equal(headerOf(response, 'x-powered-by'), null)
}

interface State {
  readonly listener: AdminListener
  readonly api: ApiCheck
  /** What the cases of the file have captured so far. */
  readonly captured: Map<string, string>
}

/** Runs a case, and notes what it is evidence of. */
async function run(fixture: HttpFixture, { listener, api, captured }: State): Promise<void> {
  const request = fixture.request(captured)
  const answeredBefore = listener.answered.length
  const answer = await sendRaw(listener.port, request, {})

  assert.equal(answer.isClosed, true, 'the server closes when it is asked to')
  assert.equal(answer.responses.length, 1, answer.text)
  const [response] = answer.responses
  assert.ok(response !== undefined)
  const [method = '', target = ''] = request.split(' ', 2)
  // A path that cannot be decoded is answered before any hook, and not counted.
  const route = listener.answered[answeredBefore]?.route ?? 'unmatched'
  assertCommonHeaders(response)
  assertAnswer(response, fixture)
  const isDescribed = api.assertRawDescribed(request, response)
  assert.ok(isDescribed || route === 'unmatched', `${route} is not in the API document`)
  evidence.push({ method, route, target, status: response.status, response })
  for (const [name, value] of captureFrom(response, fixture)) captured.set(name, value)
}

const evidence: FixtureEvidence[] = []

for (const file of readdirSync(directory).filter((name) => name.endsWith('.http'))) {
  const { settings, fixtures } = readFixtures(join(directory, file), format)

  describe(file, () => {
    let state: State

    before(async () => {
      const listener = await openAdminListener(settings, (inline) =>
        seedAdminFixtures(inline, settings.get('people') === 'some'),
      )
      const api = createApiCheck(apiDocumentOf(listener.server))
      state = { listener, api, captured: new Map() }
    })
    after(() => state.listener.stop())

    for (const fixture of fixtures) {
      test(fixture.name, () => run(fixture, state))
    }
  })
}

describe('the cases together', () => {
  test('leave no route of the listener untried', async (t) => {
    const listener = await openAdminListener(new Map(), async () => undefined)
    t.after(() => listener.stop())

    const gaps = findGaps(listener.routes, evidence)

    assert.ok(gaps.length === 0, `\n${gaps.join('\n')}`)
  })

  test('would show a route that nobody tries', () => {
    const forgotten = {
      method: 'PATCH',
      pattern: '/admin/things/:id',
      isOpen: false,
      takesBody: true,
    }

    const gaps = findGaps([forgotten], evidence)

    assert.deepEqual(
      gaps.map((gap) => gap.replace('PATCH /admin/things/:id has no case ', '')),
      [
        'that succeeds',
        'with a wrong key',
        'without a key',
        'with an unknown id',
        'with a path parameter that is too long',
        'with a body that is no JSON',
        'with a body over the cap',
      ],
    )
  })
})
