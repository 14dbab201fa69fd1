// Attack catalogue, group TP: parsing at the token endpoint (spec 09, spec 01 §10).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  type AttackTarget,
  basicOf,
  ccBody,
  issues,
  jsonOf,
  onlyResponse,
  r1,
  refused,
  startTarget,
  tokenRequest,
  unharmed,
} from '../support/attack.ts'
import { headerOf } from '../support/raw-http.ts'
import { secretOf } from '../support/seed.ts'

let target: AttackTarget

before(async () => {
  target = await startTarget({})
})

after(() => target.stop())

test('control: the request that the rows bend is a good one', async () => {
  await issues(target, () => target.token(ccBody('conf', { resource: r1, scope: 'tools/echo' })))
})

for (const method of ['GET', 'PUT', 'HEAD', 'DELETE', 'PATCH']) {
  test(`TP-01 ${method} is not allowed`, async () => {
    const request = tokenRequest(ccBody('conf', {}), {}).replace('POST', method)
    const response = onlyResponse(await unharmed(target, () => target.send(request)))

    assert.equal(response.status, 405)
    assert.equal(headerOf(response, 'allow'), 'POST')
  })
}

describe('TP-04 a parameter that comes twice is refused:', () => {
  const known: Readonly<Record<string, string>> = {
    grant_type: 'client_credentials',
    client_id: 'conf',
    client_secret: secretOf('conf'),
    scope: 'tools/echo',
  }
  const others = [
    'code',
    'redirect_uri',
    'code_verifier',
    'refresh_token',
    'subject_token',
    'assertion',
  ]
  for (const name of [...Object.keys(known), ...others]) {
    const value = known[name] ?? 'x'
    const base = ccBody('conf', { [name]: value })

    test(`${name}, with equal values`, async () => {
      const body = `${base}&${name}=${encodeURIComponent(value)}`
      await refused(target, () => target.token(body), 'invalid_request')
    })

    test(`${name}, with different values, in both orders`, async () => {
      await refused(target, () => target.token(`${base}&${name}=other`), 'invalid_request')
      await refused(target, () => target.token(`${name}=other&${base}`), 'invalid_request')
    })
  }

  for (const name of ['resource', 'audience']) {
    test(`but of ${name} the first counts (B10)`, async () => {
      const first = name === 'resource' ? r1 : 'anything'
      const body = `${ccBody('conf', { [name]: first })}&${name}=https%3A%2F%2Fnope.test`
      const { access_token } = await issues(target, () => target.token(body))

      const payload = JSON.parse(
        Buffer.from(String(access_token).split('.')[1] ?? '', 'base64url').toString(),
      )
      assert.deepEqual(payload.aud, [name === 'resource' ? r1 : target.issuer])
    })
  }

  test('and a first resource that is unknown is not made good by a second', async () => {
    const body = `resource=https%3A%2F%2Fnope.test&${ccBody('conf', { resource: r1 })}`
    await refused(target, () => target.token(body), 'invalid_target')
  })
})

describe('TP-05 names with structure', () => {
  test('are other names: unknown ones are ignored', async () => {
    const extra = 'scope[]=tools%2Fadmin&a.b=c&client_id[__proto__]=m2m&__proto__[scope]=x'
    const body = await issues(target, () => target.token(`${ccBody('conf', {})}&${extra}`))

    assert.equal(body['scope'], 'tools/echo tools/query')
  })

  test('do not stand in for a required parameter', async () => {
    const body = `${ccBody('conf', { grant_type: null })}&grant_type[$ne]=1`
    await refused(target, () => target.token(body), 'unsupported_grant_type')
    const client = `${ccBody('conf', { client_id: null })}&client_id[]=conf`
    await refused(target, () => target.token(client), 'invalid_client')
  })
})

test('TP-06 an empty value is an omitted one', async () => {
  const body = await issues(target, () => target.token(ccBody('conf', { scope: '', resource: '' })))

  assert.equal(body['scope'], 'tools/echo tools/query')
})

describe('TP-10 a flood of parameters', () => {
  test('is refused at once', async () => {
    const body = Array.from({ length: 20_000 }, () => 'a=').join('&')
    assert.ok(body.length > 50_000 && body.length < 65_536)
    await refused(target, () => target.token(body), 'invalid_request')
  })

  test('of different names is refused as well', async () => {
    const names = Array.from({ length: 8000 }, (_, index) => `p${index}=`).join('&')
    await refused(target, () => target.token(`${names}&${ccBody('conf', {})}`), 'invalid_request')
  })
})

for (const text of ['%', '%zz', '%a', '%ff%fe', '%00', '%c0%af', '%ed%a0%80', '%f5%80%80%80']) {
  test(`TP-11 the bad encoding ${text} is refused`, async () => {
    const body = ccBody('conf', {})
    await refused(target, () => target.token(`${body}&x=${text}`), 'invalid_request')
    await refused(target, () => target.token(`${body}&${text}=x`), 'invalid_request')
  })
}

describe('TP-12 a compressed body', () => {
  for (const encoding of ['gzip', 'deflate', 'br', 'x-gzip', 'gzip, gzip', 'GZIP']) {
    test(`in ${encoding} is refused, not inflated`, async () => {
      const bomb = gzipSync(Buffer.alloc(20_000_000, 0x61))
      const head = tokenRequest('', {
        'Content-Encoding': encoding,
        'Content-Length': String(bomb.byteLength),
      })
      const bytes = Buffer.concat([Buffer.from(head), bomb])
      const response = onlyResponse(await unharmed(target, () => target.send(bytes)))

      assert.ok(response.status === 415 || response.status === 400, `${response.status}`)
      assert.equal(jsonOf(response)['error'], 'invalid_request')
    })
  }
})

test('TP-14 a grant that is off is unsupported, and others say so too', async () => {
  const off = await startTarget({
    environment: { AUTHPLANE_CLIENT_CREDENTIALS_ENABLED: 'false' },
  })
  try {
    await refused(off, () => off.token(ccBody('conf', {})), 'unsupported_grant_type')
    for (const grant of ['token-exchange', 'jwt-bearer']) {
      const body = ccBody('conf', { grant_type: `urn:ietf:params:oauth:grant-type:${grant}` })
      await refused(off, () => off.token(body), 'unsupported_grant_type')
    }
  } finally {
    await off.stop()
  }
})

test('TP-15 a client without the grant is unauthorized', async () => {
  await refused(target, () => target.token(ccBody('nogrant', {})), 'unauthorized_client')
})

test('TP-16 an extra parameter is ignored', async () => {
  await issues(target, () => target.token(ccBody('conf', { foo: 'bar' })))
})

describe('the content type', () => {
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencodedx',
    'application/json, application/x-www-form-urlencoded',
    '',
  ]) {
    test(`"${type}" is no form`, async () => {
      const headers = { 'Content-Type': type }
      await refused(target, () => target.token(ccBody('conf', {}), headers), 'invalid_request')
    })
  }

  test('is compared in any case', async () => {
    const headers = { 'Content-Type': 'Application/X-WWW-Form-Urlencoded' }
    await issues(target, () => target.token(ccBody('conf', {}), headers))
  })
})

test('credentials in the query are not read', async () => {
  const basic = basicOf(`conf:${secretOf('conf')}`)
  const request = tokenRequest('', { Authorization: basic }).replace(
    '/oauth/token',
    '/oauth/token?grant_type=client_credentials',
  )
  const answer = async () => onlyResponse(await target.send(request))
  await refused(target, answer, 'unsupported_grant_type')
})
