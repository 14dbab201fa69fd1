// Which redirect URIs may be registered (spec 01 §5.3, B6; spec 09 RU rows).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRedirectUri } from '../../../src/oauth/redirect-uri.ts'

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
