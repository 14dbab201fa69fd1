// Client ID Metadata Documents (src/oauth/client-metadata-document.ts, spec 01 §12, CM-06, CM-08,
// CM-12, CM-13).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  decideClientDocument,
  isDocumentId,
  isJsonMediaType,
  readDocumentUrl,
} from '../../../src/oauth/client-metadata-document.ts'
import type { SelfRegistrationPolicy } from '../../../src/oauth/registration.ts'

const url = 'https://client.test/app.json'

const policy: SelfRegistrationPolicy = {
  enabledGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
  allowsPrivateUseSchemes: true,
  defaultClientScope: 'tools/echo',
}

const document = {
  client_id: url,
  client_name: 'Example',
  redirect_uris: ['https://client.test/cb'],
}

const decide = (change: Readonly<Record<string, unknown>>) =>
  decideClientDocument(Buffer.from(JSON.stringify({ ...document, ...change })), url, policy)

function problemsOf(change: Readonly<Record<string, unknown>>): string {
  const decision = decide(change)
  assert.ok(!decision.ok, JSON.stringify(change))
  return decision.problems.join('; ')
}

function accepted(change: Readonly<Record<string, unknown>>) {
  const decision = decide(change)
  assert.ok(decision.ok, decision.ok ? '' : decision.problems.join('; '))
  return decision.accepted
}

describe('a client id', () => {
  test('stands for a document when it is a URL', () => {
    assert.equal(isDocumentId(url), true)
    assert.equal(isDocumentId('http://client.test/a'), true)
    for (const id of ['app', 'ftp://client.test/a', 'HTTPS://client.test/a', ' https://x/a']) {
      assert.equal(isDocumentId(id), false, id)
    }
  })

  for (const id of [
    url,
    'https://claude.ai/oauth/claude-code-client-metadata',
    'https://vscode.dev/oauth/client-metadata.json',
    'https://client.test:8443/a?b=c',
    'https://client.test//a/',
    'https://xn--bcher-kva.test/a',
    'https://[2606:4700::1111]/a',
  ]) {
    test(`can be ${id}`, () => assert.equal(readDocumentUrl(id, true)?.href, id))
  }

  for (const id of [
    'http://client.test/a',
    'ftp://client.test/a',
    'https://client.test',
    'https://client.test/',
    'https://client.test//',
    'https://client.test/?a=b',
    'https://client.test/a/../b',
    'https://client.test/./a',
    'https://client.test/..',
    'https://client.test/%2e%2e/a',
    'https://client.test/a#b',
    'https://client.test/a#',
    'https://user@client.test/a',
    'https://user:pass@client.test/a',
    'https://@client.test/a',
    'https://:443/a',
    'https:///a',
    'https://client.test:/a',
    'https://client.test:443/a',
    'https://CLIENT.test/a',
    'https:client.test/a',
    'https:\\\\client.test\\a',
    'https://client.test\\a',
    'https://client.test/a b',
    'https://client.test/a\n',
    'https://client.test/\u00e4',
    'https://b\u00fccher.test/a',
    'https://127.1/a',
    'https://2130706433/a',
    'https://0x7f.0.0.1/a',
    'https://0177.0.0.1/a',
    `https://client.test/${'a'.repeat(2048)}`,
    'https://',
    'https',
    '',
  ]) {
    test(`cannot be ${JSON.stringify(id.slice(0, 60))}`, () => {
      assert.equal(readDocumentUrl(id, true), null)
    })
  }

  test('can be an http URL where https is not required', () => {
    assert.equal(readDocumentUrl('http://127.0.0.1:9500/a.json', false)?.port, '9500')
    assert.equal(readDocumentUrl('ftp://client.test/a', false), null)
  })

  test('that is fetched is always exactly the URL that is fetched', () => {
    const parts = fc.tuple(
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.string(),
    )
    fc.assert(
      fc.property(parts, ([start, rest]) => {
        const read = readDocumentUrl(start + rest, true)
        if (read !== null) assert.equal(read.href, start + rest)
      }),
    )
  })
})

test('JSON comes as application/json or under a name that ends with +json', () => {
  for (const type of [
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json ;x=y',
    'application/client-id+json',
    'application/vnd.x.y-1+json; a=b',
  ]) {
    assert.equal(isJsonMediaType(type), true, type)
  }
  for (const type of [
    undefined,
    '',
    'text/html',
    'text/json',
    'application/jsonp',
    'application/json\u000bx',
    'application/json x',
    'application/+json',
    'application/jsonx+xml',
    'application/x+jsonp',
    'xapplication/json',
    'application/ json',
  ]) {
    assert.equal(isJsonMediaType(type), false, String(type))
  }
})

describe('a document', () => {
  test('makes a public client with the defaults', () => {
    assert.deepEqual(accepted({}), {
      name: 'Example',
      redirectUris: ['https://client.test/cb'],
      grantTypes: ['authorization_code', 'refresh_token'],
      responseTypes: ['code'],
      tokenEndpointAuthMethod: 'none',
      scope: 'tools/echo',
      isAgent: false,
      agentDescription: '',
      applicationType: null,
      dpopBoundAccessTokens: false,
    })
  })

  test('must name exactly its own URL', () => {
    for (const id of [
      'https://client.test/App.json',
      'https://client.test/app.json/',
      'https://client.test/app%2ejson',
      'https://CLIENT.test/app.json',
      'https://evil.test/app.json',
      '',
      null,
      [url],
    ]) {
      assert.match(problemsOf({ client_id: id }), /client_id of the document is not its URL/)
    }
  })

  test('must have a name and redirect URIs that may be registered', () => {
    assert.match(problemsOf({ client_name: undefined }), /client_name is required/)
    assert.match(problemsOf({ redirect_uris: undefined }), /redirect_uris is required/)
    assert.match(problemsOf({ redirect_uris: [] }), /redirect_uris is required/)
    assert.match(problemsOf({ redirect_uris: ['javascript:alert(1)'] }), /forbidden scheme/)
    assert.match(problemsOf({ redirect_uris: ['http://client.test/cb'] }), /uses http/)
  })

  test('must not speak of a secret that both sides know', () => {
    for (const method of ['client_secret_basic', 'client_secret_post', 'client_secret_jwt']) {
      assert.match(problemsOf({ token_endpoint_auth_method: method }), /shared secret/)
    }
    assert.match(problemsOf({ client_secret: 'x' }), /shared secret/)
    assert.match(problemsOf({ client_secret: null }), /shared secret/)
    assert.match(problemsOf({ client_secret_expires_at: 0 }), /shared secret/)
  })

  test('is of a public client whatever other method it names', () => {
    for (const method of ['none', 'private_key_jwt', 'tls_client_auth', undefined]) {
      assert.equal(accepted({ token_endpoint_auth_method: method }).tokenEndpointAuthMethod, 'none')
    }
    const supported = { token_endpoint_auth_methods_supported: ['none', 'client_secret_post'] }
    assert.equal(accepted(supported).tokenEndpointAuthMethod, 'none')
  })

  test('must not ask for grants of machines', () => {
    for (const type of [
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ]) {
      assert.match(problemsOf({ grant_types: ['authorization_code', type] }), /needs a secret/)
    }
  })

  test('may name grants that only other servers have', () => {
    const device = 'urn:ietf:params:oauth:grant-type:device_code'

    const { grantTypes } = accepted({
      grant_types: ['authorization_code', 'refresh_token', device],
    })

    assert.deepEqual(grantTypes, ['authorization_code', 'refresh_token'])
    assert.match(problemsOf({ grant_types: [device] }), /at least one grant type/)
    assert.match(problemsOf({ grant_types: ['authorization_code', 7] }), /list of strings/)
    assert.match(problemsOf({ grant_types: 'authorization_code' }), /list of strings/)
  })

  test('cannot give itself a scope', () => {
    assert.equal(accepted({ scope: 'admin' }).scope, 'tools/echo')
  })

  test('must be one JSON object in strict UTF-8, without a member named twice', () => {
    const twice = JSON.stringify(document).replace('{', '{"client_id":"x",')
    for (const body of ['', 'null', '[]', '"x"', '{', twice, `\ufeff${JSON.stringify(document)}`]) {
      assert.equal(decideClientDocument(Buffer.from(body), url, policy).ok, false, body)
    }
    const latin = Buffer.from(JSON.stringify({ ...document, client_name: '\u00e4' }), 'latin1')
    assert.equal(decideClientDocument(latin, url, policy).ok, false)
  })

  test('of any bytes is decided about', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.jsonValue(), (bytes, value) => {
        assert.equal(decideClientDocument(bytes, url, policy).ok, false)
        const text = Buffer.from(JSON.stringify(value))
        assert.equal(decideClientDocument(text, url, policy).ok, false)
      }),
    )
  })
})

test('known documents of installed clients are accepted', () => {
  const loopback = ['http://localhost/callback', 'http://127.0.0.1/callback']
  const usual = {
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }

  const claudeCode = accepted({ ...usual, client_name: 'Claude Code', redirect_uris: loopback })
  const codex = accepted({
    ...usual,
    client_name: 'Codex',
    redirect_uris: loopback,
    token_endpoint_auth_methods_supported: ['none'],
    application_type: 'native',
  })
  const opencode = accepted({
    ...usual,
    client_name: 'opencode',
    client_uri: 'https://opencode.ai',
    logo_uri: 'https://opencode.ai/web-app-manifest-512x512.png',
    application_type: 'native',
    redirect_uris: loopback.toReversed(),
    token_endpoint_auth_methods_supported: ['none'],
  })
  const visualStudioCode = accepted({
    ...usual,
    client_name: 'Visual Studio Code',
    grant_types: [...usual.grant_types, 'urn:ietf:params:oauth:grant-type:device_code'],
    application_type: 'native',
    client_uri: 'https://vscode.dev/product',
    redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
  })

  assert.deepEqual(claudeCode.redirectUris, loopback)
  assert.equal(codex.applicationType, 'native')
  assert.equal(opencode.name, 'opencode')
  assert.deepEqual(visualStudioCode.grantTypes, usual.grant_types)
})
