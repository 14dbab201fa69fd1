// The token of a request about one (src/oauth/presented-token.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readPresentedToken } from '../../../src/oauth/presented-token.ts'

test('the token is taken as it was sent', () => {
  assert.equal(readPresentedToken(new Map([['token', ' a.b.c ']])), ' a.b.c ')
})

for (const [what, form] of [
  ['absent', new Map()],
  ['empty', new Map([['token', '']])],
] as const) {
  test(`a token that is ${what} is refused`, () => {
    assert.throws(() => readPresentedToken(form), { code: 'invalid_request' })
  })
}
