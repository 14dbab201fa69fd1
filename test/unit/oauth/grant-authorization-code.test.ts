// What is checked of a code before it is spent (src/oauth/grant-authorization-code.ts, spec 01
// §10.3).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type CodeRequest,
  decideAuthorizationCode,
  readCodeRequest,
  requireSameRecipient,
} from '../../../src/oauth/grant-authorization-code.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import type { Authorization } from '../../../src/records/authorization.ts'
import type { GrantStanding } from '../../../src/records/grant-standing.ts'
import {
  grantAuthorization,
  grantClient,
  grantResource,
  grantStanding,
  grantVerifier,
} from '../../support/grant-records.ts'

const request: CodeRequest = {
  code: 'code',
  redirectUri: 'https://app.test/callback',
  codeVerifier: grantVerifier,
  resource: null,
}

function codeOf(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    assert.ok(error instanceof OAuthError)
    return error.code
  }
}

interface Case {
  readonly authorization?: Partial<Authorization>
  readonly standing?: Partial<GrantStanding>
  readonly request?: Partial<CodeRequest>
}

function decide(of: Case) {
  const standing = grantStanding(of.standing)
  return decideAuthorizationCode(
    grantAuthorization(of.authorization),
    { client: standing.client ?? grantClient(), standing },
    { ...request, ...of.request },
  )
}

describe('before the client is authenticated', () => {
  const check = (clientId: string, redirectUri: string | null) =>
    codeOf(() => requireSameRecipient(grantAuthorization(), clientId, { ...request, redirectUri }))

  test('the client and redirect URI of the authorization pass', () => {
    assert.equal(check('app', 'https://app.test/callback'), null)
  })

  test('another client is refused', () => {
    assert.equal(check('other', 'https://app.test/callback'), 'invalid_client')
  })

  for (const [what, uri] of [
    ['a missing redirect URI', null],
    ['one with a slash more', 'https://app.test/callback/'],
    ['one with its host in capitals', 'https://APP.test/callback'],
    ['one with another port', 'https://app.test:8443/callback'],
  ] as const) {
    test(`${what} is refused`, () => {
      assert.equal(check('app', uri), 'invalid_grant')
    })
  }
})

describe('a code of its authenticated client', () => {
  test('is good for what the user allowed', () => {
    const decision = decide({})

    assert.equal(decision.userId, 'alice')
    assert.equal(decision.scope, 'read write')
    assert.equal(decision.resource?.uri, grantResource.uri)
    assert.equal(decision.consentId, 'consent-1')
  })

  test('of an authorization without a resource needs no consent', () => {
    const decision = decide({
      authorization: { resource: '' },
      standing: { resource: null, consent: null },
    })

    assert.equal(decision.resource, null)
    assert.equal(decision.consentId, null)
  })

  test('is refused to a client that is not registered for the grant', () => {
    const client = grantClient({ grantTypes: ['refresh_token'] })

    assert.equal(
      codeOf(() => decide({ standing: { client } })),
      'unauthorized_client',
    )
  })

  for (const codeVerifier of [null, 'w'.repeat(43)]) {
    test(`is refused with the verifier ${codeVerifier}`, () => {
      assert.equal(
        codeOf(() => decide({ request: { codeVerifier } })),
        'invalid_grant',
      )
    })
  }

  test('is refused after the consent was revoked', () => {
    assert.equal(
      codeOf(() => decide({ standing: { consent: null } })),
      'invalid_grant',
    )
  })

  test('does not let anybody probe the registry without the verifier', () => {
    const probe = { codeVerifier: 'w'.repeat(43), resource: 'https://unknown.test' }

    assert.equal(
      codeOf(() => decide({ request: probe })),
      'invalid_grant',
    )
  })
})

describe('the resource of a token request', () => {
  const withResource = (resource: string, standing: Partial<GrantStanding> = {}) =>
    codeOf(() => decide({ request: { resource }, standing }))

  test('may repeat that of the authorization', () => {
    assert.equal(withResource(grantResource.uri), null)
  })

  test('may be spelled with another case of scheme and host', () => {
    assert.equal(withResource('HTTPS://MCP.test/mcp'), null)
  })

  test('may be another name of the same registered row', () => {
    assert.equal(withResource('urn:other-name', { requested: [grantResource] }), null)
  })

  for (const [what, resource] of [
    ['another path', 'https://mcp.test/other'],
    ['a slash after the path', 'https://mcp.test/mcp/'],
  ] as const) {
    test(`is refused with ${what}`, () => {
      assert.equal(withResource(resource), 'invalid_target')
    })
  }

  test('is refused when the authorization was for none', () => {
    const refusal = codeOf(() =>
      decide({
        authorization: { resource: '' },
        standing: { requested: [grantResource] },
        request: { resource: grantResource.uri },
      }),
    )

    assert.equal(refusal, 'invalid_target')
  })
})

test('a request without a code is malformed', () => {
  assert.equal(
    codeOf(() => readCodeRequest(new Map())),
    'invalid_request',
  )
})
