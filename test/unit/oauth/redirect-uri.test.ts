// Which redirect URIs may be registered, and which requests match them (spec 01 §5.3, B6; spec 09
// RU rows).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  destinationOf,
  matchesRedirectUri,
  readRedirectUri,
} from '../../../src/oauth/redirect-uri.ts'

const accepted = {
  https: [
    'https://app.test/cb',
    'https://app.test',
    'https://app.test:8443/cb?k=v',
    'HTTPS://a.test/',
  ],
  loopback: [
    'http://localhost/cb',
    'http://localhost:3000/cb',
    'http://127.0.0.1/',
    'http://127.0.0.1:33418/',
    'http://[::1]:5000/cb?k=v',
  ],
  'private-use': [
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'com.example.app:/cb',
    'vscode://extension/auth?flow=1',
  ],
}

for (const [kind, uris] of Object.entries(accepted)) {
  for (const uri of uris) {
    test(`takes ${uri} as ${kind}`, () => {
      assert.deepEqual(readRedirectUri(uri), { kind })
    })
  }
}

const refused: readonly (readonly [uri: string, problem: RegExp])[] = [
  ['', /absolute/],
  ['/cb', /absolute/],
  ['app.test/cb', /absolute/],
  ['https:app.test/cb', /no host/],
  ['https:///cb', /no host/],
  ['https://app.test/cb#x', /fragment/],
  ['https://app.test/cb#', /fragment/],
  ['com.example.app:/cb#x', /fragment/],
  ['https://user:pw@app.test/cb', /credentials/],
  ['https://@app.test/cb', /credentials/],
  ['https://*.app.test/cb', /wildcard/],
  ['http://app.test/cb', /http/],
  ['http://localhost.evil.test/cb', /http/],
  ['http://localhost@evil.test/cb', /credentials/],
  ['http://LOCALHOST/cb', /http/],
  ['http://127.1/cb', /http/],
  ['http://0.0.0.0/cb', /http/],
  ['http://127.0.0.2/cb', /http/],
  ['https://app.test/c b', /characters/],
  ['https://app.test/cb\r\nSet-Cookie: x=1', /characters/],
  ['https://app.test\\@evil.test/cb', /characters/],
  ['https://\u0430pp.test/cb', /characters/],
  ['https://app.test/cb\0', /characters/],
  ['https://app.test/cb?code=x', /code/],
  ['https://app.test/cb?a=b&iss=x', /iss/],
  ['https://app.test/cb?%73tate=x', /state/],
  ['com.example.app:/cb?error=x', /error/],
  ['cursor:', /nothing/],
  ['cursor://', /nothing/],
  [`https://app.test/${'a'.repeat(2048)}`, /longer/],
]

for (const [uri, problem] of refused) {
  test(`refuses ${JSON.stringify(uri.slice(0, 60))}`, () => {
    const reading = readRedirectUri(uri)

    assert.ok('problem' in reading)
    assert.match(reading.problem, problem)
  })
}

for (const scheme of [
  'javascript',
  'data',
  'file',
  'blob',
  'vbscript',
  'about',
  'ws',
  'wss',
  'ftp',
]) {
  for (const spelling of [scheme, scheme.toUpperCase()]) {
    test(`never accepts the scheme ${spelling}`, () => {
      const reading = readRedirectUri(`${spelling}://app.test/cb`)

      assert.ok('problem' in reading)
      assert.match(reading.problem, /forbidden scheme/)
    })
  }
}

describe('matching', () => {
  test('any port on a registered loopback host', () => {
    for (const registered of ['http://127.0.0.1/cb', 'http://127.0.0.1:33418/cb']) {
      for (const port of ['', ':1', ':33418', ':65535']) {
        assert.equal(matchesRedirectUri([registered], `http://127.0.0.1${port}/cb`), true, port)
      }
    }
    assert.equal(matchesRedirectUri(['http://[::1]/cb?k=v'], 'http://[::1]:9/cb?k=v'), true)
    assert.equal(matchesRedirectUri(['https://localhost:1/cb'], 'https://localhost:2/cb'), true)
  })

  test('nothing else about a loopback URI', () => {
    const registered = ['http://127.0.0.1/cb']
    const others = [
      'http://localhost/cb',
      'http://[::1]/cb',
      'https://127.0.0.1/cb',
      'http://127.0.0.1/cb/',
      'http://127.0.0.1/cb?x=1',
      'http://127.0.0.1/cb#x',
      'http://127.0.0.1',
      'http://127.0.0.1:65536/cb',
      'http://127.0.0.1:99999999/cb',
      'http://127.0.0.1:x/cb',
      'http://127.0.0.1:1@evil.test/cb',
      'http://127.0.0.1.evil.test/cb',
      'http://127.0.0.1:1:2/cb',
      'http://127.1/cb',
      'http://127.0.0.1:1\n/cb',
      'HTTP://127.0.0.1/cb',
      ' http://127.0.0.1/cb',
    ]
    for (const other of others) assert.equal(matchesRedirectUri(registered, other), false, other)
  })

  test('a port counts everywhere else', () => {
    assert.equal(matchesRedirectUri(['https://app.test/cb'], 'https://app.test/cb'), true)
    assert.equal(matchesRedirectUri(['https://app.test/cb'], 'https://app.test:443/cb'), false)
    assert.equal(matchesRedirectUri(['cursor://host/cb'], 'cursor://host:1/cb'), false)
    assert.equal(matchesRedirectUri([], 'https://app.test/cb'), false)
  })

  test('whatever is asked for, host and path are registered ones', () => {
    const registered = ['https://app.test/cb', 'http://127.0.0.1/cb', 'http://localhost:1/']
    const pieces = fc.constantFrom(
      ...['http://', 'https://', '127.0.0.1', 'localhost', 'app.test', 'evil.test'],
      ...[':', '80', '@', '/', '/cb', '?', '#', '\\', '.', '%2f', '\r\n', '//'],
    )
    const uri = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''))
    const near = fc.oneof(
      uri,
      fc.integer().map((port) => `http://127.0.0.1:${port}/cb`),
    )
    fc.assert(
      fc.property(near, (requested) => {
        if (!matchesRedirectUri(registered, requested)) return
        const { protocol, hostname, pathname, search, hash, username } = new URL(requested)
        const origins = ['https: app.test /cb', 'http: 127.0.0.1 /cb', 'http: localhost /']
        assert.ok(origins.includes(`${protocol} ${hostname} ${pathname}`), requested)
        assert.equal(search + hash + username, '')
      }),
      { numRuns: 3000 },
    )
  })
})

describe('the destination', () => {
  const cases: readonly (readonly [uri: string, destination: object])[] = [
    ['https://app.test/cb', { kind: 'site', name: 'app.test' }],
    ['https://app.test:8443/cb', { kind: 'site', name: 'app.test:8443' }],
    ['https://user@evil.test/cb', { kind: 'site', name: 'evil.test' }],
    ['https://\u0430pp.test/cb', { kind: 'site', name: 'xn--pp-6kc.test' }],
    ['http://127.0.0.1:5000/cb', { kind: 'loopback', name: '127.0.0.1:5000' }],
    ['http://[::1]/cb', { kind: 'loopback', name: '[::1]' }],
    ['https://localhost:1/cb', { kind: 'loopback', name: 'localhost:1' }],
    ['cursor://anysphere.cursor-mcp/cb', { kind: 'app', name: 'cursor' }],
    ['com.example.app:/cb', { kind: 'app', name: 'com.example.app' }],
  ]
  for (const [uri, destination] of cases) {
    test(`of ${uri} is shown as it is`, () => assert.deepEqual(destinationOf(uri), destination))
  }
})
