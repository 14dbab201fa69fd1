// Which URLs a proof may name (src/oauth/dpop-target.ts, spec 02 §6.3, decision D6).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { matchesTarget, proofTargets } from '../../../src/oauth/dpop-target.ts'

const target = 'https://auth.test/tenant/oauth/token'

describe('the targets of an endpoint', () => {
  test('are its URL below the issuer alone when the request is not believed', () => {
    assert.deepEqual(proofTargets('https://auth.test/tenant', '/oauth/token', null), [target])
  })

  test('are that and the URL of the request otherwise, which has the same path', () => {
    const requested = { scheme: 'http', host: 'Inner:8080' }

    assert.deepEqual(proofTargets('https://auth.test/tenant', '/oauth/token', requested), [
      target,
      'http://Inner:8080/tenant/oauth/token',
    ])
  })

  test('are one when both are the same', () => {
    const requested = { scheme: 'https', host: 'auth.test' }

    assert.deepEqual(proofTargets('https://auth.test', '/oauth/token', requested), [
      'https://auth.test/oauth/token',
    ])
  })
})

describe('names the target:', () => {
  for (const htu of [
    target,
    'HTTPS://auth.test/tenant/oauth/token',
    'https://AUTH.test/tenant/oauth/token',
    `${target}?a=b`,
    `${target}#a`,
    `${target}?a#b`,
  ]) {
    test(htu, () => assert.equal(matchesTarget(htu, ['https://other.test/x', target]), true))
  }
})

describe('does not name it:', () => {
  for (const htu of [
    '',
    '/tenant/oauth/token',
    'auth.test/tenant/oauth/token',
    '//auth.test/tenant/oauth/token',
    'http://auth.test/tenant/oauth/token',
    'https://auth.test:443/tenant/oauth/token',
    'https://auth.test./tenant/oauth/token',
    'https://user@auth.test/tenant/oauth/token',
    'https://auth.test@evil.test/tenant/oauth/token',
    'https://evil.test/tenant/oauth/token',
    'https://auth.test/tenant/oauth/TOKEN',
    'https://auth.test/tenant/oauth/token/',
    'https://auth.test/tenant//oauth/token',
    'https://auth.test/tenant/x/../oauth/token',
    'https://auth.test/tenant/oauth/%74oken',
    'https://auth.test/oauth/token',
    'https://auth.test',
    ` ${target}`,
    `${target} `,
    `${target}\n`,
    'https:\\\\auth.test/tenant/oauth/token',
    'https:///auth.test/tenant/oauth/token',
  ]) {
    test(JSON.stringify(htu), () => assert.equal(matchesTarget(htu, [target]), false))
  }
})

test('no target, no match', () => {
  assert.equal(matchesTarget(target, []), false)
  assert.equal(matchesTarget(target, ['not a url']), false)
})

test('a port is part of the target', () => {
  const local = ['http://127.0.0.1:9000/oauth/token']

  assert.equal(matchesTarget('http://127.0.0.1:9000/oauth/token', local), true)
  assert.equal(matchesTarget('http://127.0.0.1/oauth/token', local), false)
  assert.equal(matchesTarget('http://127.0.0.1:9001/oauth/token', local), false)
})
