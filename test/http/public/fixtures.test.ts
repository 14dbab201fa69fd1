// Runs the cases of test/http/fixtures against the public listener over real actors and sockets.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  assertAnswer,
  captureFrom,
  type HttpFixture,
  readFixtures,
} from '../../support/http-fixture.ts'
import { openPublicListener, type PublicListener } from '../../support/public-listener.ts'
import { headerOf, type RawResponse, sendRaw } from '../../support/raw-http.ts'
import { scopesOf, secretOf, seedClient, seedResource } from '../../support/seed.ts'

const directory = join(import.meta.dirname, '../fixtures')

function fill(name: string, argument: string): string {
  switch (name) {
    case 'basic':
      return `Basic ${Buffer.from(`${argument}:${secretOf(argument)}`).toString('base64')}`
    case 'secret':
      return secretOf(argument)
    case 'repeat': {
      const [text = '', count = '0'] = argument.split('*')
      return text.repeat(Number(count))
    }
    default:
      throw new Error(`unknown placeholder ${name}`)
  }
}

async function seed({ services }: PublicListener['inline']): Promise<void> {
  await seedClient(services, 'm2m', {})
  await seedClient(services, 'nogrant', { grantTypes: ['authorization_code'] })
  await seedClient(services, 'pub', { secretHash: '' })
  await seedResource(services, 'r1', {
    uri: 'https://mcp1.test/mcp',
    displayName: 'First server',
    scopes: scopesOf('tools/echo', 'tools/query'),
  })
  await seedResource(services, 'here', { uri: 'https://auth.test/mcp', displayName: '' })
  await seedResource(services, 'root', { uri: 'https://auth.test', scopes: [] })
  await seedResource(services, 'mcp', { uri: 'https://shadowed.test/x' })
  await seedResource(services, 'twin1', { uri: 'https://t1.test/twin' })
  await seedResource(services, 'twin2', { uri: 'https://t2.test/twin' })
  await seedResource(services, 'nouri', { uri: '' })
  await seedResource(services, 'deep', { uri: 'https://deep.test/a/b' })
}

const pagePolicy = / form-action 'self'[^;]*; base-uri 'none';/

/** What every answer of the listener has or lacks, whatever it answers (spec 01 §1.3). */
function assertCommonHeaders(response: RawResponse, isSecure: boolean): void {
  for (const [name, values] of response.headers) {
    assert.ok(values.length === 1 || name === 'set-cookie', `${name} is repeated`)
  }
  assert.equal(headerOf(response, 'x-content-type-options'), 'nosniff')
  assert.equal(headerOf(response, 'x-frame-options'), 'DENY')
  assert.equal(headerOf(response, 'referrer-policy'), 'no-referrer')
  // Pages with forms say besides where these may lead.
  assert.equal(
    headerOf(response, 'content-security-policy')?.replace(pagePolicy, ''),
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  )
  assert.equal(
    headerOf(response, 'strict-transport-security'),
    isSecure ? 'max-age=63072000; includeSubDomains' : null,
  )
  assert.equal(headerOf(response, 'server'), null)
  assert.equal(headerOf(response, 'x-powered-by'), null)
}

async function run(
  fixture: HttpFixture,
  listener: PublicListener,
  captured: Map<string, string>,
): Promise<void> {
  const request = fixture.request(captured)
  const answer = await sendRaw(listener.port, request, {})

  assert.equal(answer.isClosed, true, 'the server closes when it is asked to')
  assert.equal(answer.responses.length, 1, answer.text)
  const [response] = answer.responses
  assert.ok(response !== undefined)
  assertCommonHeaders(response, listener.isSecure)
  assertAnswer(response, fixture)
  listener.api.assertRawDescribed(request, response)
  for (const [name, value] of captureFrom(response, fixture)) captured.set(name, value)
}

for (const file of readdirSync(directory).filter((name) => name.endsWith('.http'))) {
  const { settings, fixtures } = readFixtures(join(directory, file), {
    fill,
    headers: [],
    bodyHeaders: ['Content-Type: application/x-www-form-urlencoded'],
  })

  describe(file, () => {
    let listener: PublicListener
    const captured = new Map<string, string>()

    before(async () => {
      listener = await openPublicListener(settings, seed)
    })
    after(() => listener.stop())

    for (const fixture of fixtures) {
      test(fixture.name, () => run(fixture, listener, captured))
    }
  })
}
