// Discovery documents over real storage (spec 01 §3.1, §3.3).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { describeProtectedResource, describeServer } from '../../../src/flows/discovery/describe.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'
import { scopesOf, seedResource } from '../../support/seed.ts'

type Document = Readonly<Record<string, unknown>>

let inline: InlineServices

before(async () => {
  inline = await createInlineServices({ issuer: 'https://auth.test' })
  const { services } = inline
  await seedResource(services, 'b', { scopes: scopesOf('write', 'read') })
  await seedResource(services, 'a', { scopes: scopesOf('read', 'admin') })
  await seedResource(services, 'here', { uri: 'https://auth.test/mcp' })
  await seedResource(services, 'mcp', { uri: 'https://elsewhere.test/other' })
  await seedResource(services, 'deep', { uri: 'https://deep.test/a/b/c' })
  await seedResource(services, 'twin1', { uri: 'https://t1.test/twin' })
  await seedResource(services, 'twin2', { uri: 'https://t2.test/twin' })
  await seedResource(services, 'nouri', { uri: '' })
  await seedResource(services, 'name with space', { uri: 'https://space.test/x' })
})

after(() => inline.stop())

async function uriFor(ref: string | null): Promise<unknown> {
  const document = (await describeProtectedResource(inline.services, ref)) as Document | null
  return document?.['resource'] ?? null
}

test('scopes are those of all resources, each once, in order of first appearance', async () => {
  const document = (await describeServer(inline.services)) as Document

  assert.deepEqual(document['scopes_supported'], [
    'write',
    'read',
    'admin',
    'tools/echo',
    'offline_access',
  ])
})

describe('a protected resource is found', () => {
  const cases: readonly [string, string, string | null][] = [
    ['by URI on our origin before a slug of the same name', 'mcp', 'https://auth.test/mcp'],
    ['by slug when no URI on our origin is meant', 'b', 'https://b.test/mcp'],
    ['by slug with a space', 'name with space', 'https://space.test/x'],
    ['by a path of several segments on whatever host', 'a/b/c', 'https://deep.test/a/b/c'],
    ['by path only when it is one resource', 'twin', null],
    ['only by the whole path', 'a/b', null],
    ['only when it has a URI', 'nouri', null],
    ['only when it exists', 'nope', null],
    ['only in the spelling of its slug', 'B', null],
    ['never by an empty reference', '', null],
    ['never by a reference with NUL', 'b\0', null],
    ['never by a reference with a line break', 'b\n', null],
    ['never by what is left of broken UTF-8', 'b\ufffd', null],
  ]
  for (const [name, ref, uri] of cases) {
    test(name, async () => {
      assert.equal(await uriFor(ref), uri)
    })
  }

  test('never by the bare path when none is our origin', async () => {
    assert.equal(await uriFor(null), null)
  })
})

for (const uri of ['https://own.test', 'https://own.test/']) {
  test(`the bare path is the resource ${uri} of an issuer with that origin`, async () => {
    const own = await createInlineServices({ issuer: 'https://own.test/tenant' })
    try {
      await seedResource(own.services, 'root', { uri })
      const document = await describeProtectedResource(own.services, null)
      assert.equal((document as Document)['resource'], uri)
      assert.deepEqual((document as Document)['authorization_servers'], ['https://own.test/tenant'])
    } finally {
      await own.stop()
    }
  })
}

for (const [ref, slug, reason] of [
  ['twin', /^twin[12]$/, 'the reference is ambiguous'],
  ['nouri', /^nouri$/, 'the resource has no URI'],
] as const) {
  test(`the log tells an operator why ${ref} is not served`, async () => {
    await uriFor(ref)

    const line = inline.lines.findLast(({ level }) => level === 'warn')
    assert.equal(line?.message, 'protected resource metadata cannot be served')
    assert.match(String(line?.fields['slug']), slug)
    assert.equal(line?.fields['reason'], reason)
  })
}

describe('when storage is gone', () => {
  let broken: InlineServices

  before(async () => {
    broken = await createInlineServices({})
    await broken.stopActor('storage')
  })
  after(() => broken.stop())

  test('server metadata only loses its scopes', async () => {
    const document = (await describeServer(broken.services)) as Document

    assert.equal(document['issuer'], 'https://auth.test')
    assert.equal(Object.hasOwn(document, 'scopes_supported'), false)
  })

  test('protected resource metadata is an ActorError, not a missing resource', async () => {
    await assert.rejects(describeProtectedResource(broken.services, 'b'), ActorError)
  })
})
