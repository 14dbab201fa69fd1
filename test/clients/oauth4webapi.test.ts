// The strictest of the OAuth client libraries through whole chains: it compares every answer with
// the RFCs and throws when a member is missing, has another type or says something else.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { secretOf, seedClient } from '../support/seed.ts'
import { openScene, type Scene } from './scene.ts'

const redirectUri = 'http://127.0.0.1:33418/callback'
const insecure = { [oauth.allowInsecureRequests]: true }

/** A client of the library and how it authenticates. */
interface Party {
  readonly client: oauth.Client
  readonly authenticate: oauth.ClientAuth
}

/** A server whose metadata the library has read and accepted. */
interface Stage {
  readonly scene: Scene
  readonly as: oauth.AuthorizationServer
}

async function openStage(environment: Readonly<Record<string, string>>): Promise<Stage> {
  const scene = await openScene({
    environment,
    seed: (services) =>
      seedClient(services, 'web', {
        redirectUris: [redirectUri],
        grantTypes: ['authorization_code', 'refresh_token'],
        responseTypes: ['code'],
        scope: 'notes:read notes:write',
      }),
  })
  // From the protected resource to the authorization server, as RFC 9728 leads.
  const resource = new URL(scene.resource)
  const named = await oauth.resourceDiscoveryRequest(resource, insecure)
  const { authorization_servers: [server = ''] = [] } =
    await oauth.processResourceDiscoveryResponse(resource, named)
  const issuer = new URL(server)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  return { scene, as: await oauth.processDiscoveryResponse(issuer, response) }
}

async function register({ as }: Stage): Promise<Party> {
  const metadata = { client_name: 'Strict', redirect_uris: [redirectUri] }
  const response = await oauth.dynamicClientRegistrationRequest(
    as,
    {
      ...metadata,
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    },
    insecure,
  )
  const client = await oauth.processDynamicClientRegistrationResponse(response)
  return { client, authenticate: oauth.None() }
}

/** The tokens at the end of the way through the browser. */
async function signIn(
  { scene, as }: Stage,
  { client, authenticate }: Party,
  DPoP?: oauth.DPoPHandle,
): Promise<oauth.TokenEndpointResponse> {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(as.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    scope: 'notes:read notes:write',
    resource: scene.resource,
  }).toString()
  const answer = new URL(await scene.authorize(url))
  const callback = oauth.validateAuthResponse(as, client, answer, state)
  const redeem = (): Promise<Response> =>
    oauth.authorizationCodeGrantRequest(as, client, authenticate, callback, redirectUri, verifier, {
      ...insecure,
      ...(DPoP === undefined ? null : { DPoP }),
    })
  return withNonce(async () => oauth.processAuthorizationCodeResponse(as, client, await redeem()))
}

async function refresh(
  { as }: Stage,
  { client, authenticate }: Party,
  given: { readonly token: string; readonly DPoP?: oauth.DPoPHandle },
): Promise<oauth.TokenEndpointResponse> {
  const { token, ...options } = given
  const all = { ...insecure, ...options }
  return withNonce(async () => {
    const response = await oauth.refreshTokenGrantRequest(as, client, authenticate, token, all)
    return oauth.processRefreshTokenResponse(as, client, response)
  })
}

/** Once more, with the nonce that the library kept, if the server demands one. */
async function withNonce<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return request()
  }
}

async function revoke({ as }: Stage, { client, authenticate }: Party, token: string) {
  const response = await oauth.revocationRequest(as, client, authenticate, token, insecure)
  await oauth.processRevocationResponse(response)
}

const isInvalidGrant = (error: unknown): boolean =>
  error instanceof oauth.ResponseBodyError && error.error === 'invalid_grant'

describe('oauth4webapi', () => {
  let stage: Stage

  before(async () => {
    stage = await openStage({})
  })
  after(() => stage.scene.stop())

  test('registers, signs a user in and validates the token as its resource server', async () => {
    const party = await register(stage)
    const tokens = await signIn(stage, party)

    assert.equal(tokens.token_type, 'bearer')
    assert.equal(tokens.scope, 'notes:read notes:write')
    const { resource } = stage.scene
    const request = new Request(resource, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    const claims = await oauth.validateJwtAccessToken(stage.as, request, resource, insecure)
    assert.equal(claims.sub, 'ada')
    assert.equal(claims.client_id, party.client.client_id)
  })

  test('refreshes, and reads why an old token is not taken any more', async () => {
    const party = await register(stage)
    const first = await signIn(stage, party)
    const second = await refresh(stage, party, { token: first.refresh_token ?? '' })
    assert.notEqual(second.refresh_token, first.refresh_token)

    await revoke(stage, party, second.refresh_token ?? '')

    const again = refresh(stage, party, { token: second.refresh_token ?? '' })
    await assert.rejects(again, isInvalidGrant)
  })

  test('introspects a token before and after it is revoked', async () => {
    const client = { client_id: 'web' }
    const party = { client, authenticate: oauth.ClientSecretBasic(secretOf('web')) }
    const { access_token: token } = await signIn(stage, party)
    const introspect = async (): Promise<oauth.IntrospectionResponse> => {
      const { as } = stage
      const sent = oauth.introspectionRequest(as, client, party.authenticate, token, insecure)
      return oauth.processIntrospectionResponse(as, client, await sent)
    }

    const before = await introspect()
    assert.equal(before.active, true)
    assert.equal(before.client_id, 'web')
    assert.equal(before.aud, stage.scene.resource)
    await revoke(stage, party, token)

    assert.deepEqual(await introspect(), { active: false })
  })
})

describe('oauth4webapi with a key', () => {
  let stage: Stage

  before(async () => {
    stage = await openStage({ AUTHPLANE_DPOP_REQUIRE_NONCE: 'true' })
  })
  after(() => stage.scene.stop())

  test('gets bound tokens with a nonce, uses and refreshes them', async () => {
    const party = await register(stage)
    const DPoP = oauth.DPoP(party.client, await oauth.generateKeyPair('ES256'))
    const first = await signIn(stage, party, DPoP)
    assert.equal(first.token_type, 'dpop')

    const second = await refresh(stage, party, { token: first.refresh_token ?? '', DPoP })
    assert.equal(second.token_type, 'dpop')

    const response = await oauth.protectedResourceRequest(
      second.access_token,
      'POST',
      new URL(stage.scene.resource),
      new Headers({
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
      { ...insecure, DPoP },
    )
    assert.equal(response.status, 200)
  })

  test('does not refresh what is bound to another key', async () => {
    const party = await register(stage)
    const keys = await Promise.all([oauth.generateKeyPair('ES256'), oauth.generateKeyPair('ES256')])
    const [own, other] = keys.map((pair) => oauth.DPoP(party.client, pair))
    assert.ok(own !== undefined && other !== undefined)
    const { refresh_token: token = '' } = await signIn(stage, party, own)

    await assert.rejects(refresh(stage, party, { token, DPoP: other }), (error) => {
      assert.ok(error instanceof oauth.ResponseBodyError)
      return ['invalid_grant', 'invalid_dpop_proof'].includes(error.error)
    })
  })
})
