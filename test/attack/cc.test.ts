// Attack catalogue, group CC: the client_credentials grant (spec 09, spec 01 §10.5).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type AttackTarget,
  ccBody,
  issues,
  r1,
  r2,
  refused,
  startTarget,
} from '../support/attack.ts'

let target: AttackTarget

before(async () => {
  target = await startTarget({})
})

after(() => target.stop())

describe('CC-02 beyond the ceiling', () => {
  test('control: within it a token is issued', async () => {
    const body = ccBody('m2m', { scope: 'tools/echo', resource: r1 })
    assert.equal((await issues(target, () => target.token(body)))['scope'], 'tools/echo')
  })

  for (const scope of [
    'tools/query',
    'tools/echo tools/query',
    'tools/*',
    '*',
    'TOOLS/ECHO',
    'tools/echo,tools/query',
    'offline_access',
    'tools',
    'tools/echo/x',
    'tools/ech\u00f6',
  ]) {
    test(`"${scope}" is refused with and without a resource`, async () => {
      await refused(target, () => target.token(ccBody('m2m', { scope })), 'invalid_scope')
      const bound = ccBody('m2m', { scope, resource: r1 })
      await refused(target, () => target.token(bound), 'invalid_scope')
    })
  }

  test('a scope that the resource does not declare is refused', async () => {
    const body = ccBody('conf', { scope: 'tools/query', resource: r2 })
    await refused(target, () => target.token(body), 'invalid_scope')
  })

  test('an omitted scope is never more than ceiling and catalog', async () => {
    const m2m = await issues(target, () => target.token(ccBody('m2m', { resource: r1 })))
    const conf = await issues(target, () => target.token(ccBody('conf', { resource: r2 })))

    assert.equal(m2m['scope'], 'tools/echo')
    assert.equal(conf['scope'], 'tools/echo')
  })
})

describe('CC-03 an empty ceiling', () => {
  test('control: without scope and resource there is a token without scope', async () => {
    const body = await issues(target, () => target.token(ccBody('noscope', {})))

    assert.equal(Object.hasOwn(body, 'scope'), false)
  })

  test('allows no explicit scope', async () => {
    const body = ccBody('noscope', { scope: 'tools/echo' })
    await refused(target, () => target.token(body), 'invalid_scope')
  })

  test('allows no resource', async () => {
    const body = ccBody('noscope', { resource: r1 })
    await refused(target, () => target.token(body), 'invalid_scope')
  })
})

test('CC-05 no refresh token is ever part of the answer', async () => {
  for (const change of [{}, { resource: r1 }, { scope: 'tools/echo' }]) {
    const body = await issues(target, () => target.token(ccBody('conf', change)))
    assert.equal(Object.hasOwn(body, 'refresh_token'), false)
    assert.equal(body['token_type'], 'Bearer')
  }
  const offline = ccBody('conf', { scope: 'tools/echo offline_access' })
  await refused(target, () => target.token(offline), 'invalid_scope')
})

test('a resource whose URI has changed is no target under the old one', async () => {
  target.execute("UPDATE resources SET uri = 'https://moved.test/mcp' WHERE slug = 'r2'")
  target.execute("UPDATE resources SET uri_key = 'https://moved.test/mcp' WHERE slug = 'r2'")

  await refused(target, () => target.token(ccBody('conf', { resource: r2 })), 'invalid_target')

  await issues(target, () => target.token(ccBody('conf', { resource: 'https://moved.test/mcp' })))
})

for (const resource of [
  'r1',
  `${r1}/`,
  `${r1}#x`,
  `${r1}?x`,
  'https://mcp1.test',
  'https://user@mcp1.test/mcp',
  'https://mcp1.test/%6dcp',
  'https://mcp1.test:444/mcp',
  'http://mcp1.test/mcp',
  ' https://mcp1.test/mcp',
  'javascript:alert(1)',
]) {
  test(`the resource ${resource} is not R1`, async () => {
    await refused(target, () => target.token(ccBody('conf', { resource })), 'invalid_target')
  })
}
