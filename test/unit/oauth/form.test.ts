// Strict form reading (src/oauth/form.ts, decision B10, spec 09 TP-04…TP-11, CA-18).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../../src/base/limits.ts'
import { decodeFormComponent, parseForm } from '../../../src/oauth/form.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'

const parse = (text: string): Record<string, string> =>
  Object.fromEntries(parseForm(Buffer.from(text), null))

const isMalformed = (error: unknown): boolean =>
  error instanceof OAuthError && error.code === 'invalid_request' && error.status === 400

describe('a well-formed body', () => {
  const cases: readonly [string, string, Record<string, string>][] = [
    ['of no bytes is an empty form', '', {}],
    ['of separators only is an empty form', '&&&', {}],
    ['keeps the equals signs of a value', 'a=b=c==', { a: 'b=c==' }],
    ['reads plus as a space in names and values', 'a+b=c+d', { 'a b': 'c d' }],
    ['reads an encoded plus as a plus', 'a=1%2B1', { a: '1+1' }],
    ['decodes percent-encoding once', 'a=%2525', { a: '%25' }],
    ['takes hex digits of either case', 'a=%c3%A9', { a: 'é' }],
    ['keeps a byte order mark as it is', '%EF%BB%BFa=1', { '\ufeffa': '1' }],
    ['counts an empty value as omitted', 'scope=&a=1', { a: '1' }],
    ['counts a name without equals sign as omitted', 'scope&a=1', { a: '1' }],
    ['takes the first of several resources', 'resource=a&resource=b', { resource: 'a' }],
    ['takes the first of several audiences', 'audience=a&audience=b', { audience: 'a' }],
    ['skips an empty resource before a full one', 'resource=&resource=b', { resource: 'b' }],
    [
      'treats brackets and dots as parts of a name',
      'scope[]=a&a.b=c',
      { 'scope[]': 'a', 'a.b': 'c' },
    ],
    [
      'takes a repeated name in other spelling as the other name it is',
      'a=1&A=2',
      { a: '1', A: '2' },
    ],
  ]
  for (const [behaviour, text, expected] of cases) {
    test(behaviour, () => {
      assert.deepEqual(parse(text), expected)
    })
  }
})

describe('a malformed body is refused:', () => {
  const cases: readonly [string, string | Uint8Array][] = [
    ['a lone percent sign', 'a=%'],
    ['a percent sign before one digit', 'a=%a'],
    ['a percent sign before no digits', 'a=%zz'],
    ['a broken name', '%zz=a'],
    ['bytes that are no UTF-8, percent-encoded', 'a=%ff%fe'],
    ['bytes that are no UTF-8, raw', Uint8Array.of(0x61, 0x3d, 0xff)],
    ['an overlong slash', 'a=%c0%af'],
    ['an overlong NUL', 'a=%c0%80'],
    ['an encoded surrogate', 'a=%ed%a0%80'],
    ['an encoded NUL in a value', 'a=b%00c'],
    ['an encoded NUL in a name', 'a%00=b'],
    ['a raw NUL', 'a=\0'],
    ['a parameter twice with equal values', 'scope=a&scope=a'],
    ['a parameter twice with different values', 'client_id=a&client_id=b'],
    ['a parameter twice, first empty', 'scope=&scope=a'],
    ['a parameter twice, then empty', 'scope=a&scope='],
    ['a parameter twice in different encodings', 'scope=a&%73cope=b'],
  ]
  for (const [name, body] of cases) {
    test(name, () => {
      assert.throws(() => parseForm(Buffer.from(body), null), isMalformed)
    })
  }
})

describe('the number of parameters', () => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `p${index}=1`).join('&')

  test('may be as large as the bound', () => {
    assert.equal(parseForm(Buffer.from(many(limits.formParametersMax)), null).size, 64)
  })

  test('may not exceed the bound', () => {
    assert.throws(
      () => parseForm(Buffer.from(many(limits.formParametersMax + 1)), null),
      isMalformed,
    )
  })

  test('counts repeated resources and empty values too', () => {
    assert.throws(() => parseForm(Buffer.from('resource=a&'.repeat(65)), null), isMalformed)
    assert.throws(() => parseForm(Buffer.from(many(65).replaceAll('=1', '=')), null), isMalformed)
  })

  test('does not count empty parts between separators', () => {
    assert.deepEqual(parse(`${'&'.repeat(1000)}a=1${'&'.repeat(1000)}`), { a: '1' })
  })
})

for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
  test(`the name ${name} is a name like any other`, () => {
    const form = parseForm(Buffer.from(`${name}=x`), null)

    assert.equal(form.get(name), 'x')
    assert.equal(form.get('grant_type'), undefined)
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false)
  })
}

test('property: what URLSearchParams writes is read back as it was', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'))
  const entries = fc.uniqueArray(fc.tuple(value, value), {
    selector: ([name]) => name,
    maxLength: 64,
  })
  fc.assert(
    fc.property(entries, (pairs) => {
      const written = new URLSearchParams(pairs.map(([name, text]) => [name, text])).toString()
      assert.deepEqual([...parseForm(Buffer.from(written), null)], pairs)
    }),
  )
})

test('property: random bytes give a form without empty values, or an OAuthError', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .string({ unit: fc.constantFrom('%', '&', '=', '+', '0', 'f', 'a', '\0', 'é') })
      .map((text): Uint8Array => Buffer.from(text)),
  )
  fc.assert(
    fc.property(noise, (bytes) => {
      try {
        for (const value of parseForm(bytes, null).values()) assert.notEqual(value, '')
      } catch (error) {
        assert.ok(isMalformed(error), `${error}`)
      }
    }),
    { numRuns: 1000 },
  )
})

test('property: a component is decoded as URLSearchParams does, or refused', () => {
  const text = fc.string({ unit: fc.constantFrom('%', '2', 'B', 'a', '+', 'c', '3', 'é') })
  fc.assert(
    fc.property(text, (component) => {
      const decoded = decodeFormComponent(component)
      if (decoded === null) return
      assert.equal(decoded, new URLSearchParams(`a=${component}`).get('a'))
    }),
    { numRuns: 1000 },
  )
})

test('the parameter that is a list keeps all its values, however many', () => {
  const names = Array.from({ length: 200 }, (_, index) => `s${index}`)
  const body = Buffer.from(names.map((name) => `scopes=${name}`).join('&'))

  assert.equal(parseForm(body, 'scopes').get('scopes'), names.join(' '))
  assert.throws(() => parseForm(body, null), isMalformed)
  assert.throws(() => parseForm(Buffer.from('action=allow&action=deny'), 'scopes'), isMalformed)
})
