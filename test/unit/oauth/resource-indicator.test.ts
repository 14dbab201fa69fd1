// Spellings of one resource (src/oauth/resource-indicator.ts, RFC 8707 §2, decision B28).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { canonicalResource, resourcePath } from '../../../src/oauth/resource-indicator.ts'

describe('these spellings meet', () => {
  const pairs: readonly [string, string, string][] = [
    ['host in other case', 'https://MCP1.Test/mcp', 'https://mcp1.test/mcp'],
    ['scheme in other case', 'HTTPS://mcp1.test/mcp', 'https://mcp1.test/mcp'],
    ['default port of https', 'https://mcp1.test:443/mcp', 'https://mcp1.test/mcp'],
    ['default port of http', 'http://mcp1.test:80/mcp', 'http://mcp1.test/mcp'],
    ['slash in place of no path', 'https://mcp1.test/', 'https://mcp1.test'],
    ['slash, port and case together', 'HTTPS://MCP1.test:443/', 'https://mcp1.test'],
    ['IPv6 hosts in other case', 'http://[::FFFF]/a', 'http://[::ffff]/a'],
    ['a private scheme in other case', 'MCP://Server-One/tools', 'mcp://server-one/tools'],
    ['a scheme without authority in other case', 'URN:example:tools', 'urn:example:tools'],
  ]
  for (const [name, left, right] of pairs) {
    test(name, () => {
      assert.notEqual(canonicalResource(left), null)
      assert.equal(canonicalResource(left), canonicalResource(right))
    })
  }
})

describe('these stay apart', () => {
  const pairs: readonly [string, string, string][] = [
    ['a slash after a path', 'https://mcp1.test/mcp/', 'https://mcp1.test/mcp'],
    ['paths in other case', 'https://mcp1.test/MCP', 'https://mcp1.test/mcp'],
    ['another port', 'https://mcp1.test:8443/', 'https://mcp1.test/'],
    ['the default port of the other scheme', 'http://mcp1.test:443', 'http://mcp1.test'],
    ['another scheme', 'http://mcp1.test', 'https://mcp1.test'],
    ['a query', 'https://mcp1.test/mcp?a=1', 'https://mcp1.test/mcp'],
    ['an empty query', 'https://mcp1.test/mcp?', 'https://mcp1.test/mcp'],
    ['dot segments', 'https://mcp1.test/a/../mcp', 'https://mcp1.test/mcp'],
    ['percent-encoded letters', 'https://mcp1.test/%6dcp', 'https://mcp1.test/mcp'],
    ['an encoded slash', 'https://mcp1.test/a%2fb', 'https://mcp1.test/a/b'],
    ['doubled slashes', 'https://mcp1.test//', 'https://mcp1.test/'],
    ['a dot behind the host', 'https://mcp1.test./mcp', 'https://mcp1.test/mcp'],
    ['paths of a URN in other case', 'urn:example:TOOLS', 'urn:example:tools'],
  ]
  for (const [name, left, right] of pairs) {
    test(name, () => {
      assert.notEqual(canonicalResource(left), canonicalResource(right))
    })
  }
})

describe('no resource is', () => {
  const cases: readonly [string, string][] = [
    ['an empty text', ''],
    ['a relative reference', '/mcp'],
    ['a reference without scheme', '//mcp1.test/mcp'],
    ['a bare name', 'mcp1'],
    ['a URI with a fragment', 'https://mcp1.test/mcp#x'],
    ['a URI with an empty fragment', 'https://mcp1.test/mcp#'],
    ['a URI with a user', 'https://user@mcp1.test/mcp'],
    ['a URI with user and password', 'https://user:secret@mcp1.test/mcp'],
    ['a URI with an empty user', 'https://@mcp1.test/mcp'],
    ['a URI with an empty user and password', 'https://:@mcp1.test/mcp'],
    ['a URI without the slashes of its authority', 'https:mcp1.test/mcp'],
    ['a URI with one slash before its host', 'https:/mcp1.test/mcp'],
    ['a URI with three slashes before its host', 'https:///mcp1.test/mcp'],
    ['a URI with a space', 'https://mcp1.test/a b'],
    ['a URI with a space before it', ' https://mcp1.test/mcp'],
    ['a URI with a tab', 'https://mcp1.test/\tmcp'],
    ['a URI with a line break behind it', 'https://mcp1.test/mcp\n'],
    ['a URI with a backslash', 'https://mcp1.test\\mcp'],
    ['a URI with a NUL', 'https://mcp1.test/\0'],
    ['a URI with a port that is none', 'https://mcp1.test:99999/'],
  ]
  for (const [name, text] of cases) {
    test(name, () => {
      assert.equal(canonicalResource(text), null)
    })
  }
})

test('property: the canonical form is its own canonical form', () => {
  const text = fc.oneof(
    fc.webUrl({ withQueryParameters: true }),
    fc.webUrl().map((url) => url.toUpperCase()),
    fc.string({
      unit: fc.constantFrom('h', 't', 'p', 's', ':', '/', 'A', '.', '@', '4', '?', '%'),
    }),
    fc
      .tuple(fc.constantFrom('https:', 'HTTP://', 'a:', 'a://', 'https://a:443'), fc.string())
      .map(([head, tail]) => head + tail),
  )
  fc.assert(
    fc.property(text, (uri) => {
      const canonical = canonicalResource(uri)
      if (canonical !== null) assert.equal(canonicalResource(canonical), canonical)
    }),
    { numRuns: 5000 },
  )
})

test('property: a final slash is the only part of a path that may be dropped', () => {
  fc.assert(
    fc.property(fc.webPath(), (path) => {
      const canonical = canonicalResource(`https://mcp1.test${path}`)
      assert.equal(canonical, `https://mcp1.test${path === '/' ? '' : path}`)
    }),
  )
})

describe('the path of a resource', () => {
  const cases: readonly [string, string][] = [
    ['https://mcp1.test/mcp', 'mcp'],
    ['https://mcp1.test/a/b/', 'a/b/'],
    ['https://mcp1.test', ''],
    ['https://mcp1.test/mcp?a=1', 'mcp'],
    ['', ''],
    ['no uri', ''],
  ]
  for (const [uri, path] of cases) {
    test(`of "${uri}" is "${path}"`, () => {
      assert.equal(resourcePath(uri), path)
    })
  }
})
