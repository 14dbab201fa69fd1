// The DPoP header at the token endpoint: which URLs a proof may name (spec 02 §6.3, decision D6),
// and that clients of others work, also when a nonce is required.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  exportJWK,
  generateKeyPair,
  jwtVerify,
  SignJWT,
} from 'jose'
import * as oauth from 'oauth4webapi'
import { basicOf, jsonOf, tokenRequest } from '../../support/attack.ts'
import { makeProof, makeProofKey } from '../../support/dpop-client.ts'
import { openPublicListener } from '../../support/public-listener.ts'
import { sendRaw } from '../../support/raw-http.ts'
import { secretOf, seedClient } from '../../support/seed.ts'
import { startServer } from '../../support/start-server.ts'

const key = makeProofKey()

/** What a request comes to: the error or the type of the token. */
type Use = (htu: string, headers: Readonly<Record<string, string>>) => Promise<unknown>

async function listen(t: TestContext, settings: Readonly<Record<string, string>>): Promise<Use> {
  const seed = ({ services }: { services: Parameters<typeof seedClient>[0] }) =>
    seedClient(services, 'm2m', {})
  const listener = await openPublicListener(new Map(Object.entries(settings)), seed)
  t.after(() => listener.stop())
  return async (htu, headers) => {
    const request = tokenRequest('grant_type=client_credentials', {
      Authorization: basicOf(`m2m:${secretOf('m2m')}`),
      DPoP: makeProof(key, htu, {}),
      ...headers,
    })
    const [response] = (await sendRaw(listener.port, request, {})).responses
    assert.ok(response !== undefined)
    return jsonOf(response)['error'] ?? jsonOf(response)['token_type']
  }
}

const own = 'https://auth.test/oauth/token'
const forwarded = { 'X-Forwarded-Proto': 'https', Host: 'inner.test:8443' }

describe('of a server behind nobody it knows, a proof', () => {
  test('names the URL below the issuer, whatever Host says', async (t) => {
    const use = await listen(t, { issuer: 'https://auth.test' })

    assert.equal(await use(own, {}), 'DPoP')
    assert.equal(await use(own, forwarded), 'DPoP')
    assert.equal(await use('http://auth.test/oauth/token', {}), 'invalid_dpop_proof')
    assert.equal(await use('https://inner.test:8443/oauth/token', forwarded), 'invalid_dpop_proof')
  })
})

describe('of a server behind a trusted proxy, a proof', () => {
  test('may name what the proxy was asked for as well', async (t) => {
    const use = await listen(t, { issuer: 'https://auth.test', 'trusted-proxies': '127.0.0.0/8' })

    assert.equal(await use(own, {}), 'DPoP')
    assert.equal(await use('https://inner.test:8443/oauth/token', forwarded), 'DPoP')
    assert.equal(await use('http://auth.test/oauth/token', {}), 'DPoP')
    assert.equal(await use('http://inner.test:8443/oauth/token', forwarded), 'invalid_dpop_proof')
    const spoofed = { ...forwarded, 'X-Forwarded-Host': 'evil.test' }
    assert.equal(await use('https://evil.test/oauth/token', spoofed), 'invalid_dpop_proof')
  })

  test('may not when the proxy is another one', async (t) => {
    const use = await listen(t, { issuer: 'https://auth.test', 'trusted-proxies': '10.0.0.0/8' })

    assert.equal(await use('https://inner.test:8443/oauth/token', forwarded), 'invalid_dpop_proof')
  })
})

describe('of a server on this machine, a proof', () => {
  test('may name the host that was asked for', async (t) => {
    const use = await listen(t, { issuer: 'http://localhost:9000' })

    assert.equal(await use('http://localhost:9000/oauth/token', {}), 'DPoP')
    const headers = { Host: '127.0.0.1:9000' }
    assert.equal(await use('http://127.0.0.1:9000/oauth/token', headers), 'DPoP')
    assert.equal(await use('http://127.0.0.1:9001/oauth/token', headers), 'invalid_dpop_proof')
  })
})

test('an issuer with a path has it in the URL of its proofs', async (t) => {
  const server = await startServer({
    issuerPath: '/tenant',
    seed: (services) => seedClient(services, 'm2m', {}),
  })
  t.after(() => server.stop())
  const use = async (htu: string): Promise<number> => {
    const response = await fetch(`${server.issuer}/oauth/token`, {
      method: 'POST',
      headers: { DPoP: makeProof(key, htu, {}) },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'm2m',
        client_secret: secretOf('m2m'),
      }),
    })
    return response.status
  }

  assert.equal(await use(`${server.issuer}/oauth/token`), 200)
  assert.equal(await use(`${server.baseUrl}/oauth/token`), 400)
})

test('a proof made with jose is accepted', async (t) => {
  const use = await listen(t, { issuer: 'https://auth.test' })
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  const proof = await new SignJWT({ htm: 'POST', htu: own, jti: await calculateJwkThumbprint(jwk) })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'RS256', jwk })
    .setIssuedAt()
    .sign(privateKey)

  assert.equal(await use(own, { DPoP: proof }), 'DPoP')
})

test('oauth4webapi gets bound tokens, with the nonce that it is told', async (t) => {
  const server = await startServer({
    environment: { AUTHPLANE_DPOP_REQUIRE_NONCE: 'true' },
    seed: (services) => seedClient(services, 'm2m', {}),
  })
  t.after(() => server.stop())
  const issuer = new URL(server.issuer)
  const insecure = { [oauth.allowInsecureRequests]: true }
  const discovered = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
  const as = await oauth.processDiscoveryResponse(issuer, discovered)
  assert.deepEqual(as.dpop_signing_alg_values_supported, ['ES256', 'RS256', 'PS256'])
  const client: oauth.Client = { client_id: 'm2m' }
  const keys = await oauth.generateKeyPair('ES256', { extractable: true })
  const dpop = oauth.DPoP(client, keys)
  const request = () =>
    oauth.clientCredentialsGrantRequest(
      as,
      client,
      oauth.ClientSecretBasic(secretOf('m2m')),
      new URLSearchParams(),
      { ...insecure, DPoP: dpop },
    )

  const refusal = await oauth.processClientCredentialsResponse(as, client, await request()).then(
    () => null,
    (error: unknown) => error,
  )
  assert.equal(oauth.isDPoPNonceError(refusal), true)
  const tokens = await oauth.processClientCredentialsResponse(as, client, await request())

  assert.equal(tokens.token_type, 'dpop')
  const keySet = createRemoteJWKSet(new URL(String(as.jwks_uri)))
  const { payload } = await jwtVerify(tokens.access_token, keySet)
  const jkt = await calculateJwkThumbprint(await exportJWK(keys.publicKey))
  assert.deepEqual(payload['cnf'], { jkt })
})
