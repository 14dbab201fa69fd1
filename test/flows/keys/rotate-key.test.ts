// Rotation of the signing key as a use case (architecture §5, spec 02 §7.5).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { rotateKey } from '../../../src/flows/keys/rotate-key.ts'
import { askOptions } from '../../../src/flows/services.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'

const operator = { actorId: 'admin', trace: null }

async function start(t: TestContext): Promise<InlineServices> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

/** Calls `look` before each message of `kind` goes to the real signer. */
function before(t: TestContext, inline: InlineServices, kind: string, look: () => unknown): void {
  const { signer } = inline.services
  const ask = signer.ask.bind(signer)
  t.mock.method(signer, 'ask', async (...[asked, request, options]: Parameters<typeof ask>) => {
    if (asked === kind) await look()
    return ask(asked, request, options)
  })
}

test('publishes the new key before anything can be signed with it', async (t) => {
  const inline = await start(t)
  const { publishedKeys } = inline.services
  let published = ''
  before(t, inline, 'activateKey', () => {
    published = publishedKeys.jwks()
  })

  const key = await rotateKey(inline.services, operator, { force: false })

  const kids = JSON.parse(published).keys.map(({ kid }: { kid: string }) => kid)
  assert.ok(kids.includes(key.kid))
  assert.notEqual(kids[0], key.kid)
})

test('keeps the key before as the previous one', async (t) => {
  const inline = await start(t)
  const { publishedKeys } = inline.services
  const { kid } = publishedKeys.keys().current

  const key = await rotateKey(inline.services, operator, { force: false })

  assert.deepEqual(publishedKeys.keys().current, key)
  assert.equal(publishedKeys.keys().previous?.kid, kid)
  assert.equal(publishedKeys.keys().prepared, null)
})

test('makes one rotation of two that are asked for at once', async (t) => {
  const { services } = await start(t)

  const results = await Promise.allSettled([
    rotateKey(services, operator, { force: false }),
    rotateKey(services, operator, { force: false }),
  ])

  const rotated = results.filter(({ status }) => status === 'fulfilled')
  assert.ok(rotated.length >= 1)
  const outcome = await services.signer.ask('readKeys', {}, askOptions(services, null))
  assert.deepEqual(outcome.reply, services.publishedKeys.keys())
})

test('refuses to go on when another rotation has replaced the new key', async (t) => {
  const inline = await start(t)
  const { services } = inline
  const { signer } = services
  const ask = signer.ask.bind(signer)
  before(t, inline, 'activateKey', () =>
    ask('prepareKey', { algorithm: 'ES256', force: true }, askOptions(services, null)),
  )

  await assert.rejects(rotateKey(services, operator, { force: false }), {
    name: 'AdminError',
    code: 'conflict',
  })
  assert.deepEqual(inline.meterCalls, [])
})

test('stands although its audit row is lost, and tells the log all of it', async (t) => {
  const inline = await start(t)
  await inline.stopActor('storage')

  const { kid } = await rotateKey(inline.services, operator, { force: false })

  assert.equal(inline.services.publishedKeys.keys().current.kid, kid)
  assert.deepEqual(inline.meterCalls, [['keyRotated'], ['auditEventDropped', 'key.rotated']])
  const line = inline.lines.find(({ message }) => message === 'audit event dropped')
  assert.equal(line?.fields['detail'], `kid=${kid} alg=ES256`)
})
