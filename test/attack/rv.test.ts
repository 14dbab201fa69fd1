// Attack catalogue, group RV: revocation (spec 09, spec 01 §14, B11).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ccBody, issues, jsonOf, r1, refused, unharmed } from '../support/attack.ts'
import { injectFault } from '../support/inject-fault.ts'
import { headerOf, type RawResponse } from '../support/raw-http.ts'
import { secretOf } from '../support/seed.ts'
import {
  assertActive,
  assertInactive,
  startTokenStateTarget,
  type TokenStateTarget,
  type UserTokens,
} from '../support/token-state-attack.ts'

const races = 100
let target: TokenStateTarget

before(async () => {
  target = await startTokenStateTarget(['alice'], races + 10)
})

after(() => target.stop())

function assertDone(response: RawResponse): void {
  assert.deepEqual([response.status, response.body], [200, ''])
  assert.equal(headerOf(response, 'cache-control'), 'no-store')
}

async function confToken(): Promise<string> {
  const body = ccBody('conf', { resource: r1, scope: null })
  return String((await issues(target, () => target.token(body)))['access_token'])
}

const conf = { client_id: 'conf', client_secret: secretOf('conf') }
const m2m = { client_id: 'm2m', client_secret: secretOf('m2m') }

describe('RV-01 the token of another client', () => {
  test('control: its own client revokes it', async () => {
    const token = await confToken()
    assertActive(await target.introspect('conf', token))

    assertDone(await target.post('/oauth/revoke', { token, ...conf }))

    assertInactive(await target.introspect('conf', token))
  })

  test('stays active, and nobody is told', async () => {
    const token = await confToken()

    assertDone(await unharmed(target, () => target.post('/oauth/revoke', { token, ...m2m })))

    assertActive(await target.introspect('conf', token))
  })

  test('that is a refresh token can still be used', async () => {
    const { refreshToken, accessToken } = await target.userTokens('r1', 'alice')
    const asApp2 = { token: refreshToken, client_id: 'app2' }

    assertDone(await unharmed(target, () => target.post('/oauth/revoke', asApp2)))

    assertActive(await target.introspect('rs1', accessToken))
    assert.equal((await target.refresh(refreshToken)).status, 200)
  })
})

describe('RV-02 what is no token of ours', () => {
  for (const token of ['nothing', 'a.b.c', '%00', `eyJhbGciOiJub25lIn0.e30.`]) {
    test(`${token} is answered as if it had been one`, async () => {
      assertDone(await unharmed(target, () => target.post('/oauth/revoke', { token, ...conf })))
    })
  }
})

describe('RV-03 a request without a token', () => {
  for (const members of [{}, { token: '' }, { token_type_hint: 'access_token' }]) {
    test(`with ${JSON.stringify(members)} is refused`, async () => {
      await refused(
        target,
        () => target.post('/oauth/revoke', { ...members, ...conf }),
        'invalid_request',
      )
    })
  }
})

describe('RV-04 a confidential client', () => {
  for (const [what, credentials] of [
    ['without its secret', { client_id: 'conf' }],
    ['with a wrong secret', { ...conf, client_secret: 'wrong' }],
    ['that is suspended', { client_id: 'susp', client_secret: secretOf('susp') }],
    ['that nobody knows', { client_id: 'nobody' }],
  ] as const) {
    test(`${what} revokes nothing`, async () => {
      const token = await confToken()

      await refused(
        target,
        () => target.post('/oauth/revoke', { token, ...credentials }),
        'invalid_client',
      )

      assertActive(await target.introspect('conf', token))
    })
  }
})

describe('RV-05 a refresh token', () => {
  test('takes its family and the access tokens of that with it', async () => {
    const first = await target.userTokens('r1', 'alice')
    const second = jsonOf(await target.refresh(first.refreshToken))
    const bystander = await target.userTokens('r1', 'alice')
    const accessTokens = [first.accessToken, String(second['access_token'])]
    for (const token of accessTokens) assertActive(await target.introspect('rs1', token))

    assertDone(await target.revoke(String(second['refresh_token'])))

    for (const token of accessTokens) assertInactive(await target.introspect('rs1', token))
    for (const token of [first.refreshToken, String(second['refresh_token'])]) {
      await refused(target, () => target.refresh(token), 'invalid_grant')
    }
    assertActive(await target.introspect('rs1', bystander.accessToken))
  })
})

describe('RV-06 an access token', () => {
  test('goes alone: its refresh token lives', async () => {
    const { accessToken, refreshToken } = await target.userTokens('r1', 'alice')

    assertDone(await target.revoke(accessToken))

    assertInactive(await target.introspect('rs1', accessToken))
    const refreshed = jsonOf(await target.refresh(refreshToken))
    assertActive(await target.introspect('rs1', String(refreshed['access_token'])))
  })
})

describe('RV-07 a storage failure', () => {
  for (const [what, tokenOf] of [
    ['an access token', ({ accessToken }: UserTokens) => accessToken],
    ['a refresh token', ({ refreshToken }: UserTokens) => refreshToken],
  ] as const) {
    test(`while ${what} is revoked is told, and asking again revokes it`, async () => {
      const tokens = await target.userTokens('r1', 'alice')
      await injectFault(target, { actor: 'storage', kind: 'error', count: 1 })

      const failed = await target.revoke(tokenOf(tokens))

      assert.equal(failed.status, 503, failed.body)
      assert.equal(headerOf(failed, 'retry-after'), '1')
      assertActive(await target.introspect('rs1', tokens.accessToken))
      assertDone(await target.revoke(tokenOf(tokens)))
      assertInactive(await target.introspect('rs1', tokens.accessToken))
    })
  }

  test('of the writing alone is told too', async () => {
    const { accessToken, refreshToken } = await target.userTokens('r1', 'alice')
    target.execute(`CREATE TRIGGER full BEFORE UPDATE ON token_families
      BEGIN SELECT RAISE(ABORT, 'database is full'); END`)

    const failed = await target.revoke(refreshToken)

    target.execute('DROP TRIGGER full')
    assert.notEqual(failed.status, 200)
    assertActive(await target.introspect('rs1', accessToken))
    assertDone(await target.revoke(refreshToken))
    assertInactive(await target.introspect('rs1', accessToken))
  })
})

describe('RV-08 a race between revoking and refreshing', () => {
  test('leaves nothing of the family that works', async () => {
    let wonByRefresh = 0
    for (let index = 0; index < races; index += 1) {
      const { accessToken, refreshToken } = await target.userTokens('r2', 'alice')
      const revoking = () => target.revoke(refreshToken)
      const refreshing = () => target.refresh(refreshToken)
      const [revoked, refreshed] =
        index % 2 === 0
          ? await Promise.all([revoking(), refreshing()])
          : (await Promise.all([refreshing(), revoking()])).toReversed()
      assert.ok(revoked !== undefined && refreshed !== undefined)

      assertDone(revoked)
      const live = new Set([accessToken])
      if (refreshed.status === 200) {
        wonByRefresh += 1
        const body = jsonOf(refreshed)
        live.add(String(body['access_token']))
        await refused(target, () => target.refresh(String(body['refresh_token'])), 'invalid_grant')
      }
      for (const token of live) {
        const jti = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti
        const listed = target.rows('SELECT 1 FROM revoked_jtis WHERE jti = ?', jti)
        assert.equal(listed.length, 1, 'every access token of the family is denylisted')
      }
    }
    assert.ok(wonByRefresh < races, 'control: the revocation came first at least once')
  })
})
