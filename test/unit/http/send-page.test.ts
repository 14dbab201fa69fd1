// Where the forms of a page may lead, as sources of a content security policy (D9).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formTarget } from '../../../src/http/pages/send-page.ts'

const targets = {
  'https://app.test/cb?x=1': 'https://app.test',
  'http://127.0.0.1:4711/cb': 'http://127.0.0.1:4711',
  'http://[::1]:4711/cb': 'http:',
  'cursor://anysphere.cursor/cb': 'cursor:',
  'com.example.app:/cb': 'com.example.app:',
  "https://app.test;script-src 'unsafe-inline'/": null,
  'no url': null,
}

for (const [redirectUri, expected] of Object.entries(targets)) {
  test(`a form for ${redirectUri} may lead to ${expected ?? 'no other place'}`, () => {
    assert.equal(formTarget(redirectUri), expected)
  })
}
