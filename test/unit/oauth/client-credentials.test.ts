// How clients present themselves (src/oauth/client-credentials.ts, spec 01 §5.2, spec 09 CA).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseClientCredentials } from '../../../src/oauth/client-credentials.ts'
import type { Form } from '../../../src/oauth/form.ts'
import { OAuthError, type OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
const form = (members: Record<string, string>): Form => new Map(Object.entries(members))
const nothing = form({})
const valid = form({ client_id: 'conf', client_secret: 'right' })

const refuses = (code: OAuthErrorCode) => (error: unknown) =>
  error instanceof OAuthError && error.code === code

describe('a Basic header', () => {
  const cases: readonly [string, string, { clientId: string; secret: string | null }][] = [
    ['gives id and secret', basic('conf:s3cret'), { clientId: 'conf', secret: 's3cret' }],
    ['splits at the first colon', basic('conf:a:b'), { clientId: 'conf', secret: 'a:b' }],
    ['is form-decoded', basic('a%3Ab:%25+%2B%C3%A9'), { clientId: 'a:b', secret: '% +é' }],
    ['with an empty secret presents none', basic('conf:'), { clientId: 'conf', secret: null }],
    [
      'may spell the scheme in lower case',
      basic('a:b').replace('Basic', 'basic'),
      { clientId: 'a', secret: 'b' },
    ],
    [
      'may spell the scheme in upper case',
      basic('a:b').replace('Basic', 'BASIC'),
      { clientId: 'a', secret: 'b' },
    ],
    [
      'may have several spaces after the scheme',
      basic('a:b').replace(' ', '   '),
      { clientId: 'a', secret: 'b' },
    ],
  ]
  for (const [behaviour, header, expected] of cases) {
    test(behaviour, () => {
      assert.deepEqual(parseClientCredentials(header, nothing), expected)
    })
  }

  const broken: readonly [string, string][] = [
    ['is empty', ''],
    ['has no credentials', 'Basic'],
    ['has blank credentials', 'Basic '],
    ['is of another scheme', 'Bearer abc'],
    ['has a scheme that only begins alike', 'BasicX YTpi'],
    ['has no padding', 'Basic YTpiYg'],
    ['has too much padding', 'Basic YTpi===='],
    ['has padding inside', 'Basic YT=pi'],
    ['uses the URL-safe alphabet', `Basic ${Buffer.from('a:???>>>').toString('base64url')}`],
    ['has a space inside', 'Basic YT pi'],
    ['has a space behind', 'Basic YTpi '],
    ['has a tab after the scheme', 'Basic\tYTpi'],
    ['has a second member', 'Basic YTpi, Basic YTpi'],
    ['has no colon', basic('conf')],
    ['has no id', basic(':secret')],
    ['holds broken percent-encoding in the id', basic('%zz:secret')],
    ['holds broken percent-encoding in the secret', basic('conf:100%')],
    ['holds an encoded NUL', basic('conf%00:secret')],
    ['holds a raw NUL', basic('conf\0:secret')],
    [
      'holds bytes that are no UTF-8',
      `Basic ${Buffer.from([0x61, 0x3a, 0xe9]).toString('base64')}`,
    ],
    ['has bits behind the last character', 'Basic YTpiYh=='],
  ]
  for (const [fault, header] of broken) {
    test(`that ${fault} is refused, whatever the body says`, () => {
      assert.throws(() => parseClientCredentials(header, nothing), refuses('invalid_client'))
      assert.throws(() => parseClientCredentials(header, valid), refuses('invalid_client'))
    })
  }
})

describe('two ways at once', () => {
  test('are refused when the secrets are equal', () => {
    const both = form({ client_secret: 'right' })
    assert.throws(
      () => parseClientCredentials(basic('conf:right'), both),
      refuses('invalid_request'),
    )
  })

  test('are refused when the secrets differ', () => {
    assert.throws(
      () => parseClientCredentials(basic('conf:wrong'), valid),
      refuses('invalid_request'),
    )
  })

  test('are not meant by a body that only repeats the id', () => {
    const presented = parseClientCredentials(basic('conf:right'), form({ client_id: 'conf' }))

    assert.deepEqual(presented, { clientId: 'conf', secret: 'right' })
  })

  test('are refused when the body names another id', () => {
    const other = form({ client_id: 'm2m' })
    assert.throws(
      () => parseClientCredentials(basic('conf:right'), other),
      refuses('invalid_client'),
    )
  })
})

describe('the form', () => {
  test('gives id and secret', () => {
    assert.deepEqual(parseClientCredentials(undefined, valid), {
      clientId: 'conf',
      secret: 'right',
    })
  })

  test('without a secret presents none', () => {
    const presented = parseClientCredentials(undefined, form({ client_id: 'pub' }))

    assert.deepEqual(presented, { clientId: 'pub', secret: null })
  })

  test('without an id is refused', () => {
    const secretOnly = form({ client_secret: 'right' })
    assert.throws(() => parseClientCredentials(undefined, secretOnly), refuses('invalid_client'))
    assert.throws(() => parseClientCredentials(undefined, nothing), refuses('invalid_client'))
  })
})

test('every failed authentication has the same text', () => {
  const texts = ['', 'Bearer x', basic('conf'), basic('%zz:a')].map((header) => {
    try {
      return parseClientCredentials(header, nothing).clientId
    } catch (error) {
      return (error as OAuthError).message
    }
  })

  assert.deepEqual(new Set(texts), new Set(['client authentication failed']))
})

test('property: form-encoded credentials survive the header', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .filter((value) => !value.includes('\0'))
  const encode = (value: string): string => new URLSearchParams({ a: value }).toString().slice(2)
  fc.assert(
    fc.property(text, text, (clientId, secret) => {
      const header = basic(`${encode(clientId)}:${encode(secret)}`)
      assert.deepEqual(parseClientCredentials(header, nothing), { clientId, secret })
    }),
  )
})

test('property: a random header is refused as invalid_client or read, nothing else', () => {
  const header = fc.oneof(
    fc.string(),
    fc.uint8Array().map((bytes) => `Basic ${Buffer.from(bytes).toString('base64')}`),
  )
  fc.assert(
    fc.property(header, (value) => {
      try {
        assert.notEqual(parseClientCredentials(value, nothing).clientId, '')
      } catch (error) {
        assert.ok(refuses('invalid_client')(error), `${error}`)
      }
    }),
    { numRuns: 1000 },
  )
})
