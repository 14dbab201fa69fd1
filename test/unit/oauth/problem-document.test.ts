// The common error body (src/oauth/problem-document.ts, spec 01 §1.6, B41, D13).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import {
  problemDocument,
  problemMediaType,
  reasonPhrase,
} from '../../../src/oauth/problem-document.ts'

test('the body has the members of OAuth and of RFC 9457', () => {
  const error = new OAuthError('invalid_scope', 'not that one')

  assert.deepEqual(problemDocument('https://auth.test/tenant', error), {
    error: 'invalid_scope',
    error_description: 'not that one',
    type: 'https://auth.test/tenant/errors/invalid_scope',
    title: 'Bad Request',
    detail: 'not that one',
    status: 400,
  })
})

test('title and status are those of the answer, not of the code', () => {
  const error = new OAuthError('invalid_request', 'too large', { status: 413 })

  const document = problemDocument('https://auth.test', error) as Record<string, unknown>

  assert.equal(document['title'], 'Content Too Large')
  assert.equal(document['status'], 413)
})

for (const status of [400, 401, 403, 404, 409, 413, 415, 429, 500, 503]) {
  test(`status ${status} has a reason phrase of its own`, () => {
    assert.match(reasonPhrase(status), /^[A-Z][A-Za-z ]+$/)
    assert.notEqual(reasonPhrase(status), reasonPhrase(999))
  })
}

describe('the media type', () => {
  const json = 'application/json'
  const problem = 'application/problem+json'
  const cases: readonly [string | undefined, string][] = [
    [undefined, problem],
    ['', problem],
    ['*/*', problem],
    ['application/*', problem],
    ['text/html', problem],
    [json, json],
    ['application/json; charset=utf-8', json],
    ['Application/JSON', json],
    ['text/html, application/json;q=0.9', json],
    ['application/json, */*', json],
    ['application/json, application/problem+json', problem],
    ['application/problem+json', problem],
    ['application/json, Application/Problem+JSON', problem],
    ['application/jsonp', problem],
    ['application/json-seq', problem],
    ['x-application/json', problem],
  ]
  for (const [accept, expected] of cases) {
    test(`for Accept "${accept ?? '(none)'}" is ${expected}`, () => {
      assert.equal(problemMediaType(accept), expected)
    })
  }
})
