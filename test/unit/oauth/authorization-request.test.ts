// What an authorize request may ask for, and in which order it is refused (spec 01 §6).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { utf8Bytes } from '../../../src/base/bytes.ts'
import {
  type AuthorizationContext,
  decideAuthorization,
  needsAllScopes,
  readAuthorizationRequest,
  requireCodeRequest,
  requireRecipient,
} from '../../../src/oauth/authorization-request.ts'
import { errorLocation } from '../../../src/oauth/authorization-response.ts'
import { parseForm } from '../../../src/oauth/form.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { PageRefusal, type PageRefusalReason } from '../../../src/oauth/page-refusal.ts'
import { client, resource } from '../../storage/records.ts'

const callback = 'https://app.test/cb'
const app = client({
  redirectUris: [callback, 'http://127.0.0.1/cb', 'cursor://auth/cb'],
  grantTypes: ['authorization_code'],
  scope: '',
})
const scopes = ['read', 'write', 'admin'].map((name) => ({ name, description: '', upstream: '' }))
const mcp = resource({ uri: 'https://mcp.test/mcp', scopes })

const words: Readonly<Record<string, string>> = {
  response_type: 'code',
  client_id: app.id,
  redirect_uri: callback,
  scope: 'read',
  state: 's',
  resource: mcp.uri,
  code_challenge: 'c'.repeat(43),
  code_challenge_method: 'S256',
}

/** The request of `words` with changes; an empty value leaves one out. */
function request(change: Readonly<Record<string, string>>) {
  const query = new URLSearchParams({ ...words, ...change }).toString()
  return readAuthorizationRequest(parseForm(utf8Bytes(query), null))
}

const context = (change: Partial<AuthorizationContext>): AuthorizationContext => ({
  client: app,
  resources: [mcp],
  allScopeNames: ['write', 'read', 'elsewhere'],
  requiresScope: false,
  ...change,
})

const isPage = (reason: PageRefusalReason) => (error: unknown) =>
  error instanceof PageRefusal && error.reason === reason
const isError = (code: string) => (error: unknown) =>
  error instanceof OAuthError && error.code === code

test('a request with everything is granted as it stands', () => {
  assert.equal(requireCodeRequest(request({})), app.id)
  assert.deepEqual(requireRecipient(app, request({})), { client: app, redirectUri: callback })
  assert.deepEqual(decideAuthorization(request({}), context({})), {
    resource: mcp,
    scope: 'read',
    isDefaultScope: false,
    codeChallenge: 'c'.repeat(43),
  })
})

describe('a page is all that there is', () => {
  for (const type of ['', 'token', 'id_token', 'code token', 'none', 'CODE']) {
    test(`for the response type "${type}"`, () => {
      const wrong = request({ response_type: type })
      assert.throws(() => requireCodeRequest(wrong), isPage('response-type'))
    })
  }

  test('for a client that there is not, or that is not active', () => {
    assert.throws(() => requireCodeRequest(request({ client_id: '' })), isPage('unknown-client'))
    assert.throws(() => requireRecipient(null, request({})), isPage('unknown-client'))
    for (const status of ['suspended', 'revoked'] as const) {
      const stopped = { ...app, status }
      assert.throws(() => requireRecipient(stopped, request({})), isPage('inactive-client'))
    }
  })

  test('for a redirect URI that is missing or not registered, even if only one is', () => {
    const one = { ...app, redirectUris: [callback] }
    for (const uri of ['', 'https://evil.test/cb', `${callback}/x`]) {
      const wrong = request({ redirect_uri: uri })
      assert.throws(() => requireRecipient(one, wrong), isPage('redirect-uri'))
    }
  })

  test('for a resource that is unknown, ambiguous or brokered', () => {
    const decide = (resources: AuthorizationContext['resources']) =>
      decideAuthorization(request({}), context({ resources }))
    assert.throws(() => decide([]), isPage('unknown-resource'))
    assert.throws(() => decide([mcp, mcp]), isPage('ambiguous-resource'))
    assert.throws(() => decide([{ ...mcp, backendKind: 'broker' }]), isPage('brokered-resource'))
  })
})

describe('the client is told', () => {
  test('that it is not registered for codes', () => {
    const machine = { ...app, grantTypes: ['client_credentials'] as const }
    assert.throws(
      () => decideAuthorization(request({}), context({ client: machine })),
      isError('unauthorized_client'),
    )
  })

  const unproven: readonly Readonly<Record<string, string>>[] = [
    { code_challenge: '' },
    { code_challenge_method: '' },
    { code_challenge_method: 'plain' },
    { code_challenge_method: 's256' },
    { code_challenge_method: 'S512' },
    { code_challenge_method: 'S256 ' },
    { code_challenge: 'c'.repeat(42) },
    { code_challenge: 'c'.repeat(44) },
    { code_challenge: 'c'.repeat(129) },
    { code_challenge: `${'c'.repeat(42)}=` },
    { code_challenge: `${'c'.repeat(42)}+` },
    { code_challenge: `${'c'.repeat(42)}/` },
  ]
  for (const change of unproven) {
    test(`that its challenge is missing or malformed: ${JSON.stringify(change)}`, () => {
      const wrong = request(change)
      assert.throws(() => decideAuthorization(wrong, context({})), isError('invalid_request'))
    })
  }

  test('that it asks beyond its ceiling or beyond the resource', () => {
    const narrow = { ...app, scope: 'read write' }
    const decide = (scope: string, given = app) =>
      decideAuthorization(request({ scope }), context({ client: given }))
    assert.throws(() => decide('read other'), isError('invalid_scope'))
    assert.throws(() => decide('read admin', narrow), isError('invalid_scope'))
    assert.equal(decide('write read', narrow).scope, 'write read')
  })

  test('that a scope is no scope', () => {
    const bad = request({ scope: 'r\u00e9ad "x', resource: '' })
    assert.throws(() => decideAuthorization(bad, context({})), isError('invalid_scope'))
  })

  test('that the resource has no scopes', () => {
    const bare = { ...mcp, scopes: [] }
    for (const scope of ['', 'read']) {
      const decide = () => decideAuthorization(request({ scope }), context({ resources: [bare] }))
      assert.throws(decide, isError('invalid_scope'))
    }
  })
})

describe('without a scope', () => {
  const silent = request({ scope: '' })

  test('a client gets what the resource has, sorted, within its ceiling', () => {
    assert.equal(decideAuthorization(silent, context({})).scope, 'admin read write')
    const narrow = { ...app, scope: 'write read other' }
    const decision = decideAuthorization(silent, context({ client: narrow }))
    assert.equal(decision.scope, 'read write')
    assert.equal(decision.isDefaultScope, true)
  })

  test('and without a resource it gets what all resources have', () => {
    const open = request({ scope: '', resource: '' })
    assert.equal(needsAllScopes(open), true)
    assert.equal(decideAuthorization(open, context({})).scope, 'elsewhere read write')
    assert.equal(needsAllScopes(silent), false)
  })

  test('a client is refused where one is required, or where nothing is left', () => {
    const strict = context({ requiresScope: true })
    assert.throws(() => decideAuthorization(silent, strict), isError('invalid_scope'))
    const elsewhere = context({ client: { ...app, scope: 'other' } })
    assert.throws(() => decideAuthorization(silent, elsewhere), isError('invalid_scope'))
  })
})

describe('offline_access', () => {
  test('is dropped where the resource does not declare it', () => {
    const asked = request({ scope: 'read offline_access' })
    assert.equal(decideAuthorization(asked, context({})).scope, 'read')
    const narrow = context({ client: { ...app, scope: 'read' } })
    assert.equal(decideAuthorization(asked, narrow).scope, 'read')
    const alone = request({ scope: 'offline_access' })
    assert.equal(decideAuthorization(alone, context({})).scope, 'admin read write')
  })

  test('is a scope like any other where the resource declares it', () => {
    const own = { name: 'offline_access', description: '', upstream: '' }
    const declaring = context({ resources: [{ ...mcp, scopes: [...scopes, own] }] })
    const asked = request({ scope: 'read offline_access' })
    assert.equal(decideAuthorization(asked, declaring).scope, 'read offline_access')
  })
})

test('no request leads to a location that is not registered', () => {
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom(...Object.values(words), 'token', 'https://evil.test/cb', `${callback}@e.test`),
    fc.constantFrom('http://127.0.0.1:7/cb', '//evil.test', 'javascript:alert(1)', 'plain'),
  )
  const change = fc.dictionary(fc.constantFrom(...Object.keys(words)), value)
  const registered =
    /^(?:https:\/\/app\.test\/cb|http:\/\/127\.0\.0\.1(?::\d{0,5})?\/cb|cursor:\/\/auth\/cb)$/
  let told = 0
  fc.assert(
    fc.property(change, (changed) => {
      let location: string
      try {
        const asked = request(changed)
        requireCodeRequest(asked)
        const { redirectUri } = requireRecipient(app, asked)
        location = errorLocation(
          { redirectUri, state: asked.state ?? '', issuer: 'https://auth.test' },
          { code: 'invalid_scope', description: 'no' },
        )
      } catch (error) {
        if (error instanceof PageRefusal || error instanceof OAuthError) return
        throw error
      }
      told += 1
      assert.match(location, /^[\x21-\x7e]+$/)
      const [target = ''] = location.split('?error=invalid_scope&', 1)
      assert.match(target, registered)
    }),
    { numRuns: 2000 },
  )
  assert.ok(told > 0, 'some requests were answered')
})
