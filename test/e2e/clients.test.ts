// Real client libraries against the real process: oauth4webapi discovers and gets tokens, and
// verifies them through the served keys as a resource server does; jose verifies them on its own.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { scopesOf, secretOf, seedClient, seedResource } from '../support/seed.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

const resource = 'https://mcp1.test/mcp'
const insecure = { [oauth.allowInsecureRequests]: true }

for (const issuerPath of ['', '/tenant/one']) {
  describe(`clients of an issuer ${issuerPath === '' ? 'without path' : 'with a path'}`, () => {
    let server: RunningServer
    let as: oauth.AuthorizationServer

    before(async () => {
      server = await startServer({
        issuerPath,
        seed: async (services) => {
          await seedClient(services, 'm2m', { scope: 'tools/echo tools/query' })
          await seedClient(services, 'agent', { isAgent: true, name: 'Night Shift' })
          await seedResource(services, 'r1', { uri: resource, scopes: scopesOf('tools/echo') })
        },
      })
      const issuer = new URL(server.issuer)
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
      as = await oauth.processDiscoveryResponse(issuer, response)
    })
    after(() => server.stop())

    async function getToken(
      clientId: string,
      authenticate: oauth.ClientAuth,
      parameters: Record<string, string>,
    ): Promise<oauth.TokenEndpointResponse> {
      const client: oauth.Client = { client_id: clientId }
      const response = await oauth.clientCredentialsGrantRequest(
        as,
        client,
        authenticate,
        new URLSearchParams(parameters),
        insecure,
      )
      return oauth.processClientCredentialsResponse(as, client, response)
    }

    /** What a resource server of `audience` says about the token in a request. */
    const validate = (token: string, audience: string) =>
      oauth.validateJwtAccessToken(
        as,
        new Request(audience, { headers: { authorization: `Bearer ${token}` } }),
        audience,
        insecure,
      )

    test('find the metadata by OpenID discovery as well', async () => {
      const issuer = new URL(server.issuer)
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...insecure })
      const found = await oauth.processDiscoveryResponse(issuer, response)

      assert.deepEqual(found, as)
    })

    test('get a token by secret in the header', async () => {
      const token = await getToken('m2m', oauth.ClientSecretBasic(secretOf('m2m')), { resource })

      assert.equal(token.token_type, 'bearer')
      assert.equal(token.expires_in, 3600)
      assert.equal(token.scope, 'tools/echo')
    })

    test('get a token by secret in the body', async () => {
      const token = await getToken('m2m', oauth.ClientSecretPost(secretOf('m2m')), {
        scope: 'tools/query',
      })

      assert.equal(token.scope, 'tools/query')
    })

    test('have their token accepted by its resource server and by no other', async () => {
      const token = await getToken('m2m', oauth.ClientSecretBasic(secretOf('m2m')), { resource })

      const claims = await validate(token.access_token, resource)

      assert.equal(claims.sub, 'm2m')
      assert.equal(claims.client_id, 'm2m')
      assert.equal(claims.iss, server.issuer)
      await assert.rejects(validate(token.access_token, 'https://mcp2.test/mcp'))
    })

    test('are named as agents to the resource server', async () => {
      const token = await getToken('agent', oauth.ClientSecretBasic(secretOf('agent')), {})

      const keys = createRemoteJWKSet(new URL(as.jwks_uri ?? ''))
      const { payload } = await jwtVerify(token.access_token, keys, {
        issuer: server.issuer,
        audience: server.issuer,
        typ: 'at+jwt',
        algorithms: ['ES256'],
        requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
      })
      assert.equal(payload['agent_id'], 'agent')
      assert.equal(payload['agent_name'], 'Night Shift')
    })

    test('read a refusal with its code', async () => {
      await assert.rejects(
        getToken('m2m', oauth.ClientSecretBasic(secretOf('m2m')), { scope: 'tools/admin' }),
        (error) =>
          error instanceof oauth.ResponseBodyError &&
          error.error === 'invalid_scope' &&
          error.status === 400,
      )
    })

    test('learn by the challenge that they are not known', async () => {
      await assert.rejects(getToken('m2m', oauth.ClientSecretBasic('wrong'), {}), (error) => {
        if (error instanceof oauth.WWWAuthenticateChallengeError) return error.status === 401
        return error instanceof oauth.ResponseBodyError && error.error === 'invalid_client'
      })
    })

    test('find the resource and its authorization server by RFC 9728', async () => {
      const origin = new URL(server.issuer).origin
      const response = await fetch(`${origin}/.well-known/oauth-protected-resource/r1`)
      const document = (await response.json()) as Record<string, unknown>

      assert.equal(document['resource'], resource)
      assert.deepEqual(document['authorization_servers'], [server.issuer])
    })
  })
}

test('a server of RS256 publishes an RSA key, public members only', async () => {
  const server = await startServer({
    environment: {
      AUTHPLANE_SIGNING_ALGORITHM: 'RS256',
    },
  })
  try {
    const { keys } = (await (await fetch(`${server.baseUrl}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, string>[]
    }
    assert.equal(keys[0]?.['alg'], 'RS256')
    assert.deepEqual(Object.keys(keys[0] ?? {}).toSorted(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
  } finally {
    await server.stop()
  }
})
