// Attack catalogue, group JT: tokens, keys and the key set (spec 09, spec 02 §2, §7–8).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { type AttackTarget, ccBody, issues, r1, startTarget } from '../support/attack.ts'

let target: AttackTarget

before(async () => {
  target = await startTarget({})
})

after(() => target.stop())

const issueJwt = async (change: Record<string, string>): Promise<string> =>
  String((await issues(target, () => target.token(ccBody('conf', change))))['access_token'])

interface KeySet {
  readonly keys: readonly Readonly<Record<string, string>>[]
}

async function keySet(): Promise<KeySet> {
  const response = await fetch(`${target.baseUrl}/.well-known/jwks.json`)
  assert.equal(response.headers.get('cache-control'), 'public, max-age=300')
  return (await response.json()) as KeySet
}

/** Rotates as an administrator does who does not wait. */
async function rotate(): Promise<void> {
  const response = await fetch(`${target.adminUrl}/admin/keys/rotate?force=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.adminKey()}` },
  })
  assert.equal(response.status, 200, await response.text())
}

const verify = (jwt: string) =>
  jwtVerify(jwt, createRemoteJWKSet(new URL(`${target.baseUrl}/.well-known/jwks.json`)))

describe('JT-01 the shape of a token', () => {
  test('is that of RFC 9068, with exactly the resource as audience', async () => {
    const jwt = await issueJwt({ resource: r1, scope: 'tools/echo' })
    const header = decodeProtectedHeader(jwt)
    const claims = decodeJwt(jwt)

    assert.deepEqual(Object.keys(header).toSorted(), ['alg', 'kid', 'typ'])
    assert.equal(header.typ, 'at+jwt')
    assert.equal(header.alg, 'ES256')
    assert.deepEqual(Object.keys(claims).toSorted(), [
      'aud',
      'client_id',
      'exp',
      'iat',
      'iss',
      'jti',
      'nbf',
      'scope',
      'sub',
    ])
    assert.deepEqual(claims.aud, [r1])
    assert.equal(claims.iss, target.issuer)
    assert.equal(claims.sub, claims['client_id'])
    assert.equal(claims.nbf, claims.iat)
    assert.ok(Math.abs((claims.iat ?? 0) - Date.now() / 1000) < 5)
  })

  test('lets nobody put claims in by parameters', async () => {
    const jwt = await issueJwt({
      sub: 'alice',
      aud: 'https://evil.test',
      act: '{"sub":"x"}',
      may_act: 'x',
      agent_id: 'x',
      client_name: 'x',
      exp: '9999999999',
    })
    const claims = decodeJwt(jwt)

    assert.equal(claims.sub, 'conf')
    assert.deepEqual(claims.aud, [target.issuer])
    assert.equal(claims.exp, (claims.iat ?? 0) + 3600)
    for (const name of ['act', 'may_act', 'agent_id']) assert.equal(name in claims, false)
  })
})

describe('JT-11 and JT-12 rotation', () => {
  const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']
  const assertPublic = ({ keys }: KeySet): void => {
    assert.ok(keys.length >= 1 && keys.length <= 3)
    for (const key of keys) {
      for (const member of secretMembers) assert.equal(member in key, false, member)
      assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    }
  }

  test('publishes public members only, and keeps tokens of the previous key alive', async () => {
    const first = await issueJwt({})
    assertPublic(await keySet())
    await verify(first)

    await rotate()

    assertPublic(await keySet())
    const second = await issueJwt({})
    assert.notEqual(decodeProtectedHeader(second).kid, decodeProtectedHeader(first).kid)
    await verify(first)
    await verify(second)

    await rotate()

    const keys = await keySet()
    assertPublic(keys)
    const kids = keys.keys.map(({ kid }) => kid)
    assert.equal(kids.includes(decodeProtectedHeader(second).kid ?? ''), true)
    assert.equal(kids.includes(decodeProtectedHeader(first).kid ?? ''), false)
    await verify(second)
    await assert.rejects(verify(first), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  })

  test('publishes a key before any token is signed with it', async () => {
    const isRotated = rotate().then(() => true)
    let isDone = false
    void isRotated.then(() => {
      isDone = true
    })
    const seen: { readonly kid: string; readonly kids: readonly (string | undefined)[] }[] = []

    while (!isDone) {
      const jwt = await issueJwt({})
      const { keys } = await keySet()
      const kid = decodeProtectedHeader(jwt).kid ?? ''
      seen.push({ kid, kids: keys.map((key) => key['kid']) })
    }

    assert.ok(seen.length > 0)
    for (const { kid, kids } of seen) assert.ok(kids.includes(kid), `${kid} is published`)
  })
})

test('JT-13 ids of tokens issued at once are all different and in UUIDv7 form', async () => {
  const tokens: string[] = []
  for (let round = 0; round < 10; round += 1) {
    const responses = await Promise.all(
      Array.from({ length: 50 }, () =>
        fetch(`${target.baseUrl}/oauth/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: ccBody('m2m', {}),
        }),
      ),
    )
    for (const response of responses) {
      const { access_token } = (await response.json()) as { access_token: string }
      target.remember(access_token)
      tokens.push(access_token)
    }
  }
  const ids = tokens.map((jwt) => String(decodeJwt(jwt).jti))

  assert.equal(new Set(ids).size, 500)
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
})

test('a token that was changed does not verify', async () => {
  const jwt = await issueJwt({})
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const forge = (change: object): string =>
    Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url')

  await verify(jwt)
  await assert.rejects(verify(`${header}.${forge({ sub: 'alice' })}.${signature}`))
  await assert.rejects(verify(`${header}.${forge({ exp: 9_999_999_999 })}.${signature}`))
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  await assert.rejects(verify(`${none}.${payload}.`))
})
