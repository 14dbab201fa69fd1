// Attack catalogue, group DR: the body of a registration, its size and its shape (spec 09, spec 01
// §11).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type AttackTarget,
  jsonOf,
  onlyResponse,
  startTarget,
  unharmed,
} from '../support/attack.ts'
import { headerOf } from '../support/raw-http.ts'
import {
  app,
  type RegistrationAttack,
  rawRegistration,
  registrationAttack,
} from '../support/registration-attack.ts'

let target: AttackTarget
let attack: RegistrationAttack

before(async () => {
  target = await startTarget({ environment: { AUTHPLANE_DCR_RATE_LIMIT: '0' } })
  attack = registrationAttack(target)
})

after(() => target.stop())

describe('DR-14 too large, too deep, too wide', () => {
  test('more than a mebibyte is refused and cut off', async () => {
    const body = `{"client_name":"${'x'.repeat(1024 * 1024)}"}`
    const response = await unharmed(target, () => attack.post(body))

    assert.equal(response.status, 413)
    assert.equal(headerOf(response, 'connection'), 'close')
    assert.equal(jsonOf(response)['error'], 'invalid_request')
  })

  test('what is nested without end is refused', async () => {
    await attack.refusesBody('['.repeat(100_000), 'invalid_request')
    await attack.refusesBody(`{"a":`.repeat(100_000), 'invalid_request')
    const closed = `${'['.repeat(33)}${']'.repeat(33)}`
    await attack.refusesBody(`{"x":${closed},"client_name":"App"}`, 'invalid_request')
  })

  test('what is wide without end is refused before it is parsed', async () => {
    const members = (count: number, first: string): string => {
      const others = Array.from({ length: count }, (_, at) => `"${at.toString(36)}":0`)
      return `{${[first, ...others].join(',')}}`
    }
    const fitting = members(9000, JSON.stringify(app).slice(1, -1))
    assert.equal((await attack.post(fitting)).status, 201)

    await attack.refusesBody(members(100_000, '"client_name":"App"'), 'invalid_request')
    await attack.refusesBody(`{"redirect_uris":[${'{},'.repeat(200_000)}{}]}`, 'invalid_request')
  })
})

describe('DR-15 and DR-24 other content types', () => {
  const body = JSON.stringify(app)
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain; application/json',
    'application/json\tx',
    'application/jsonp',
    'text/json',
    'application/problem+json',
    'json',
    ',application/json',
  ]) {
    test(`${JSON.stringify(type)} is refused`, async () => {
      await attack.refusesBody(body, 'invalid_request', { 'Content-Type': type })
    })
  }

  test('no content type is refused', async () => {
    const before = attack.clients()
    const request = Buffer.from(rawRegistration(body, []))
    const response = await unharmed(target, async () => onlyResponse(await target.send(request)))

    assert.equal(response.status, 400)
    assert.equal(attack.clients(), before)
  })
})

describe('DR-22 oddities of JSON', () => {
  const good = '"client_name":"App","redirect_uris":["https://app.test/cb"]'
  for (const body of [
    `{${good},"client_name":"Other"}`,
    `{${good},"\\u0063lient_name":"Other"}`,
    `{${good},"x":{"a":1,"a":2}}`,
    `\ufeff{${good}}`,
    `{${good}} `.concat('x'),
    `{${good}}{}`,
    `{${good},}`,
    `{${good},"x":NaN}`,
    `{${good},"x":01}`,
    `{'client_name':'App'}`,
    `/**/{${good}}`,
    '""',
    'null',
    '1e400',
    '',
  ]) {
    test(`${JSON.stringify(body).slice(-40)} is refused`, async () => {
      await attack.refusesBody(body, 'invalid_request')
    })
  }

  test('numbers beyond measure and lone surrogates are refused where they matter', async () => {
    const uris = '"redirect_uris":["https://app.test/cb"]'
    await attack.refusesBody(`{"client_name":1e400,${uris}}`, 'invalid_client_metadata')
    await attack.refusesBody(`{"client_name":"\\udc00",${uris}}`, 'invalid_client_metadata')
    await attack.refusesBody(`{${good},"agent":1e400}`, 'invalid_client_metadata')
  })

  test('bytes that are no UTF-8 are refused', async () => {
    const request = rawRegistration(`{"x":"\u00e4",${good}}`, ['Content-Type: application/json'])
    const bytes = Buffer.from(request, 'latin1')
    const response = await unharmed(target, async () => onlyResponse(await target.send(bytes)))

    assert.equal(response.status, 400)
    assert.equal(jsonOf(response)['error'], 'invalid_request')
  })
})
