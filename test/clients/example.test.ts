// The example of an MCP server by itself: what it tells a client that has no token, too little of
// one, or the wrong one, and what it does while the authorization server is away.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { encode, makeProof, makeProofKey, type ProofChange } from '../support/dpop-client.ts'
import { secretOf, seedClient, seedResource } from '../support/seed.ts'
import { freePorts } from '../support/start-server.ts'
import { openScene, type RunningExample, type Scene, startExample } from './scene.ts'

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  },
}
const addNote = {
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'add_note', arguments: { text: 'buy milk' } },
}

function send(
  resource: string,
  message: object,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(resource, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(message),
  })
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('the example of an MCP server', () => {
  let scene: Scene
  let metadataUrl: string

  before(async () => {
    scene = await openScene({
      environment: {},
      seed: async (services) => {
        await seedClient(services, 'reader', { scope: 'notes:read' })
        await seedClient(services, 'scribe', { scope: 'notes:write' })
        await seedClient(services, 'writer', { scope: 'notes:read notes:write' })
        await seedResource(services, 'other', { uri: 'https://other.test/mcp' })
        await seedClient(services, 'elsewhere', { scope: 'tools/echo' })
      },
    })
    const { origin } = new URL(scene.resource)
    metadataUrl = `${origin}/.well-known/oauth-protected-resource/mcp`
  })
  after(() => scene.stop())

  async function tokenOf(
    clientId: string,
    headers: Readonly<Record<string, string>> = {},
    resource = scene.resource,
  ): Promise<string> {
    const response = await fetch(`${scene.server.issuer}/oauth/token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secretOf(clientId),
        resource,
      }),
    })
    const { access_token: token } = (await response.json()) as Record<string, unknown>
    assert.ok(typeof token === 'string')
    return token
  }

  /** A token bound to a new key, and headers that use it with `change` applied to the proof. */
  async function boundToken(): Promise<(change: ProofChange) => Record<string, string>> {
    const key = makeProofKey()
    const proof = makeProof(key, `${scene.server.issuer}/oauth/token`, {})
    const token = await tokenOf('writer', { dpop: proof })
    return (change) => ({
      authorization: `DPoP ${token}`,
      dpop: makeProof(key, scene.resource, {
        header: change.header ?? {},
        claims: { ath: hash('sha256', token, 'base64url'), ...change.claims },
      }),
    })
  }

  test('tells a client without a token where to look and what to ask for', async () => {
    const response = await send(scene.resource, initialize, {})

    assert.equal(response.status, 401)
    assert.equal(
      response.headers.get('www-authenticate'),
      `Bearer resource_metadata="${metadataUrl}", scope="notes:read"`,
    )
  })

  test('serves its metadata to anybody, to browsers as well', async () => {
    const response = await fetch(metadataUrl)

    assert.equal(response.headers.get('access-control-allow-origin'), '*')
    assert.deepEqual(await response.json(), {
      resource: scene.resource,
      authorization_servers: [scene.server.issuer],
      scopes_supported: ['notes:read', 'notes:write'],
      dpop_signing_alg_values_supported: ['ES256', 'RS256', 'PS256'],
    })
  })

  test('takes a token with the scope of the call', async () => {
    const response = await send(scene.resource, addNote, bearer(await tokenOf('writer')))

    assert.equal(response.status, 200)
    assert.match(await response.text(), /kept as note 1/)
  })

  test('demands what the tool needs of a token that has less', async () => {
    const response = await send(scene.resource, addNote, bearer(await tokenOf('reader')))

    assert.equal(response.status, 403)
    const challenge = response.headers.get('www-authenticate') ?? ''
    assert.match(challenge, /^Bearer error="insufficient_scope"/)
    assert.match(challenge, /scope="notes:read notes:write"/)
    assert.ok(challenge.includes(`resource_metadata="${metadataUrl}"`), challenge)
  })

  test('demands what every call needs of a token that has something else', async () => {
    const response = await send(scene.resource, initialize, bearer(await tokenOf('scribe')))

    assert.equal(response.status, 403)
    const challenge = response.headers.get('www-authenticate') ?? ''
    assert.match(challenge, /^Bearer error="insufficient_scope"/)
    assert.match(challenge, /scope="notes:read"$/)
  })

  test('has nothing elsewhere, whoever asks', async () => {
    const headers = bearer(await tokenOf('writer'))
    const response = await send(new URL('/', scene.resource).href, initialize, headers)

    assert.equal(response.status, 404)
  })

  test('refuses a token for another resource', async () => {
    const token = await tokenOf('elsewhere', {}, 'https://other.test/mcp')
    const response = await send(scene.resource, initialize, bearer(token))

    assert.equal(response.status, 401)
    assert.match(response.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/)
  })

  test('refuses a token that somebody has changed', async () => {
    const [header, claims = '', signature] = (await tokenOf('reader')).split('.')
    const more = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
    const changed = encode(JSON.stringify({ ...more, scope: 'notes:read notes:write' }))
    const response = await send(
      scene.resource,
      initialize,
      bearer(`${header}.${changed}.${signature}`),
    )

    assert.equal(response.status, 401)
  })

  test('takes a bound token with a proof of its key', async () => {
    const headers = await boundToken()
    const response = await send(scene.resource, initialize, headers({}))

    assert.equal(response.status, 200)
  })

  const badProofs: readonly { readonly what: string; readonly change: ProofChange }[] = [
    { what: 'for another method', change: { claims: { htm: 'GET' } } },
    { what: 'for another URL', change: { claims: { htu: 'http://127.0.0.1:1/mcp' } } },
    { what: 'for another token', change: { claims: { ath: hash('sha256', 'x', 'base64url') } } },
    { what: 'without a hash of the token', change: { claims: { ath: undefined } } },
    { what: 'from long ago', change: { claims: { iat: Math.floor(Date.now() / 1000) - 120 } } },
    { what: 'of another type', change: { header: { typ: 'JWT' } } },
    { what: 'without an identifier', change: { claims: { jti: undefined } } },
    { what: 'with a key that is none', change: { header: { jwk: { kty: 'EC' } } } },
  ]
  for (const { what, change } of badProofs) {
    test(`refuses a proof ${what}`, async () => {
      const headers = await boundToken()
      const response = await send(scene.resource, initialize, headers(change))

      assert.equal(response.status, 401)
      assert.match(response.headers.get('www-authenticate') ?? '', /^DPoP error="invalid_token"/)
    })
  }

  test('refuses a proof of another key', async () => {
    const [headers, others] = [await boundToken(), await boundToken()]
    const { authorization = '' } = headers({})
    const ath = hash('sha256', authorization.slice('DPoP '.length), 'base64url')
    const { dpop = '' } = others({ claims: { ath } })
    const response = await send(scene.resource, initialize, { authorization, dpop })

    assert.equal(response.status, 401)
  })

  test('takes a proof once', async () => {
    const headers = (await boundToken())({})
    const first = await send(scene.resource, initialize, headers)
    const second = await send(scene.resource, initialize, headers)

    assert.deepEqual([first.status, second.status], [200, 401])
  })

  test('refuses a bound token that comes without its proof', async () => {
    const { authorization = '' } = (await boundToken())({})
    const asBearer = await send(
      scene.resource,
      initialize,
      bearer(authorization.slice('DPoP '.length)),
    )
    const without = await send(scene.resource, initialize, { authorization })

    assert.deepEqual([asBearer.status, without.status], [401, 401])
  })

  test('refuses a token that is not bound in place of one that is', async () => {
    const token = await tokenOf('writer')
    const { dpop = '' } = (await boundToken())({})
    const response = await send(scene.resource, initialize, {
      authorization: `DPoP ${token}`,
      dpop,
    })

    assert.equal(response.status, 401)
  })
})

describe('the example and tokens that this server never signs', () => {
  const issuers = createServer((_, response) => {
    response.writeHead(keys === null ? 500 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(keys))
  })
  let keys: { readonly keys: readonly JWK[] } | null = null
  let privateKey: CryptoKey
  let issuer: string
  let resource: string
  let example: RunningExample

  before(async () => {
    const pair = await generateKeyPair('ES256')
    privateKey = pair.privateKey
    keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }] }
    issuers.listen(0, '127.0.0.1')
    await once(issuers, 'listening')
    issuer = `http://127.0.0.1:${(issuers.address() as AddressInfo).port}`
    const [port] = await freePorts()
    resource = `http://127.0.0.1:${port}/mcp`
    example = await startExample(issuer, resource)
  })
  after(async () => {
    await example.stop()
    issuers.close()
  })

  /** A token for the example with `change` applied; undefined removes a member. */
  function sign(change: ProofChange): Promise<string> {
    const header = { typ: 'at+jwt', alg: 'ES256', kid: 'k1', ...change.header }
    const nowSeconds = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer, aud: resource, sub: 'ada', client_id: 'c', scope: 'notes:read' }
    const times = { iat: nowSeconds, exp: nowSeconds + 60 }
    return new SignJWT({ ...claims, ...times, ...change.claims })
      .setProtectedHeader(header)
      .sign(privateKey)
  }

  const statusOf = async (token: string): Promise<number> =>
    (await send(resource, initialize, bearer(token))).status

  test('takes one that is as it should be', async () => {
    assert.equal(await statusOf(await sign({})), 200)
  })

  const bad: readonly { readonly what: string; readonly change: ProofChange }[] = [
    { what: 'of another issuer', change: { claims: { iss: 'http://127.0.0.1:1' } } },
    { what: 'of another kind', change: { header: { typ: 'JWT' } } },
    { what: 'that has expired', change: { claims: { exp: 1 } } },
    { what: 'that never expires', change: { claims: { exp: undefined } } },
    { what: 'that names no client', change: { claims: { client_id: undefined } } },
    { what: 'that is bound to something else', change: { claims: { cnf: { 'x5t#S256': 'x' } } } },
  ]
  for (const { what, change } of bad) {
    test(`refuses one ${what}`, async () => {
      assert.equal(await statusOf(await sign(change)), 401)
    })
  }

  test('says that it cannot tell while there are no keys to be had', async () => {
    const [port] = await freePorts()
    const other = `http://127.0.0.1:${port}/mcp`
    const token = await sign({ claims: { aud: other } })
    const kept = keys
    keys = null
    const fresh = await startExample(issuer, other)
    try {
      assert.equal((await send(other, initialize, bearer(token))).status, 503)
      keys = kept
      assert.equal((await send(other, initialize, bearer(token))).status, 200)
    } finally {
      await fresh.stop()
    }
  })
})

describe('the example while the authorization server is away', () => {
  let scene: Scene

  before(async () => {
    scene = await openScene({
      environment: {},
      seed: (services) => seedClient(services, 'reader', { scope: 'notes:read' }),
    })
  })
  after(() => scene.stop())

  test('keeps taking valid tokens', async () => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'reader',
      client_secret: secretOf('reader'),
      resource: scene.resource,
    })
    const answer = await fetch(`${scene.server.issuer}/oauth/token`, { method: 'POST', body })
    const { access_token: token } = (await answer.json()) as { readonly access_token: string }
    assert.equal((await send(scene.resource, initialize, bearer(token))).status, 200)

    await scene.server.kill()
    await assert.rejects(fetch(`${scene.server.issuer}/livez`), 'the server is away')

    assert.equal((await send(scene.resource, initialize, bearer(token))).status, 200)
  })

  test('says that it cannot tell, if it never had the keys', async () => {
    const [port, nobody] = await freePorts()
    const resource = `http://127.0.0.1:${port}/mcp`
    const example = await startExample(`http://127.0.0.1:${nobody}`, resource)
    try {
      const header = encode(JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid: 'k1' }))
      const token = `${header}.${encode('{}')}.${encode('signature')}`
      assert.equal((await send(resource, initialize, bearer(token))).status, 503)
    } finally {
      await example.stop()
    }
  })
})
