// Attack catalogue, group IN: introspection (spec 09, spec 01 §13).
import assert from 'node:assert/strict'
import { Agent, request as httpRequest } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { askAdminOnce } from '../support/admin-attack.ts'
import { basicOf, ccBody, issues, r1, refused } from '../support/attack.ts'
import { injectFault } from '../support/inject-fault.ts'
import { headerOf } from '../support/raw-http.ts'
import { secretOf } from '../support/seed.ts'
import {
  assertActive,
  assertInactive,
  startTokenStateTarget,
  type TokenStateTarget,
  type UserTokens,
} from '../support/token-state-attack.ts'

let target: TokenStateTarget

before(async () => {
  target = await startTokenStateTarget(['alice', 'bob', 'carol', 'dave'], 8)
})

after(() => target.stop())

async function machineToken(clientId: string, resource: string): Promise<string> {
  const body = ccBody(clientId, { resource, scope: null })
  return String((await issues(target, () => target.token(body)))['access_token'])
}

async function admin(method: string, path: string): Promise<void> {
  const port = Number(new URL(target.adminUrl).port)
  const response = await askAdminOnce({ port, key: target.adminKey() }, { method, path })
  assert.ok(response.status < 300, `${method} ${path}: ${response.status} ${response.body}`)
}

describe('IN-01 and IN-02 who may ask', () => {
  test('control: a confidential client about its own token', async () => {
    assertActive(await target.introspect('conf', await machineToken('conf', r1)))
  })

  const asks: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['nobody', {}],
    ['a public client', { client_id: 'pub' }],
    ['the public client that the token was issued to', { client_id: 'app' }],
    ['a confidential client without its secret', { client_id: 'rs1' }],
    ['a confidential client with a wrong secret', { client_id: 'rs1', client_secret: 'wrong' }],
    ['an unknown client', { client_id: 'nobody', client_secret: 'x' }],
    ['a suspended client', { client_id: 'susp', client_secret: secretOf('susp') }],
    ['a revoked client', { client_id: 'gone', client_secret: secretOf('gone') }],
  ]
  for (const [who, credentials] of asks) {
    test(`${who} may not`, async () => {
      const token = await machineToken('conf', r1)

      await refused(
        target,
        () => target.post('/oauth/introspect', { token, ...credentials }),
        'invalid_client',
      )
    })
  }
})

describe('IN-03 a resource server', () => {
  test('learns about a token for its resource', async () => {
    const { accessToken } = await target.userTokens('r1', 'alice')

    assertActive(await target.introspect('rs1', accessToken))
  })

  test('learns nothing about a token for another one', async () => {
    const { accessToken } = await target.userTokens('r2', 'alice')

    assertInactive(await target.introspect('rs1', accessToken))
  })

  test('learns nothing about a refresh token', async () => {
    const { refreshToken } = await target.userTokens('r1', 'alice')

    assertInactive(await target.introspect('rs1', refreshToken))
  })
})

describe('IN-04 a token is inactive as soon as', () => {
  type Event = (tokens: UserTokens) => Promise<unknown>
  const events: readonly (readonly [string, userId: string, Event])[] = [
    ['it is revoked', 'alice', ({ accessToken }) => target.revoke(accessToken)],
    ['its family is', 'alice', ({ refreshToken }) => target.revoke(refreshToken)],
    [
      'consent is withdrawn',
      'bob',
      () => admin('DELETE', `/admin/grants/consent/${consentOf('bob')}`),
    ],
    [
      'its user is logged out by force',
      'carol',
      () => admin('DELETE', '/admin/users/carol/tokens'),
    ],
    ['its user is disabled', 'dave', () => admin('PATCH', '/admin/users/dave/disable')],
    ['its client is suspended', 'alice', () => admin('PATCH', '/admin/clients/app/suspend')],
  ]
  for (const [what, userId, happen] of events) {
    test(what, async () => {
      const tokens = await target.userTokens('r1', userId)
      assertActive(await target.introspect('rs1', tokens.accessToken))

      await happen(tokens)

      assertInactive(await target.introspect('rs1', tokens.accessToken))
    })
  }

  function consentOf(userId: string): unknown {
    const [row] = target.rows(
      `SELECT id FROM consent_grants WHERE user_id = ? AND resource_id = 'r1'`,
      userId,
    )
    return row?.['id']
  }

  test('something else is written into it', async () => {
    const token = await machineToken('conf', r1)
    const [head = '', , signature = ''] = token.split('.')
    const claims = { iss: target.issuer, sub: 'conf', client_id: 'conf', aud: [r1], jti: 'x' }
    const seconds = { iat: 1, exp: 9_999_999_999 }
    const forged = Buffer.from(JSON.stringify({ ...claims, ...seconds })).toString('base64url')

    assertActive(await target.introspect('conf', token))
    assertInactive(await target.introspect('conf', `${head}.${forged}.${signature}`))
  })
})

describe('IN-05 a storage failure', () => {
  test('is never an active token', async () => {
    const token = await machineToken('conf', r1)
    assertActive(await target.introspect('conf', token))
    await injectFault(target, { actor: 'storage', kind: 'error', count: 1 })

    const response = await target.introspect('conf', token)

    assert.equal(response.status, 503, response.body)
    assert.equal(headerOf(response, 'retry-after'), '1')
    assert.doesNotMatch(response.body, /active/)
    assertActive(await target.introspect('conf', token))
  })
})

describe('IN-08 answers are not kept', () => {
  test('active, inactive or refused', async () => {
    const token = await machineToken('conf', r1)
    const answers = [
      await target.introspect('conf', token),
      await target.introspect('m2m', token),
      await target.post('/oauth/introspect', { token }),
    ]

    for (const answer of answers) assert.equal(headerOf(answer, 'cache-control'), 'no-store')
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 401],
    )
  })
})

describe('IN-09 the time of an answer', () => {
  const pairs = 1000

  /** Milliseconds of one introspection by a client that has no part in the token. */
  function timeOf(agent: Agent, token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const startedMs = performance.now()
      const sent = httpRequest({
        port: target.port,
        path: '/oauth/introspect',
        method: 'POST',
        agent,
        headers: {
          authorization: basicOf(`m2m:${secretOf('m2m')}`),
          'content-type': 'application/x-www-form-urlencoded',
        },
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        assert.equal(response.statusCode, 200)
        response.resume().on('end', () => resolve(performance.now() - startedMs))
      })
      sent.end(new URLSearchParams({ token }).toString())
    })
  }

  const medianOf = (times: readonly number[]): number =>
    times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)] ?? 0

  /** How far the medians of both are apart, as a share of the larger one. */
  async function difference(one: string, other: string): Promise<number> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const [times, others]: [number[], number[]] = [[], []]
    for (let index = 0; index < pairs; index += 1) {
      times.push(await timeOf(agent, one))
      others.push(await timeOf(agent, other))
    }
    agent.destroy()
    const [first, second] = [medianOf(times), medianOf(others)]
    return Math.abs(first - second) / Math.max(first, second)
  }

  test('does not tell a dud from the live token of a stranger', async () => {
    const live = await machineToken('conf', r1)
    const dud = `${live.slice(0, -16)}${'A'.repeat(16)}`
    // Others use the machine too: of three tries the best tells what the server does.
    let smallest = Number.POSITIVE_INFINITY
    for (let round = 0; round < 3 && smallest >= 0.1; round += 1) {
      smallest = Math.min(smallest, await difference(live, dud))
    }

    assert.ok(smallest < 0.1, `medians are ${Math.round(smallest * 100)} % apart`)
  })
})
