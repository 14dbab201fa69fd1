// Reloading of the signing keys (B31).
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { reloadKeys } from '../../../src/flows/keys/reload-keys.ts'
import { askOptions } from '../../../src/flows/services.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'

async function start(t: TestContext): Promise<InlineServices> {
  const inline = await createInlineServices({})
  t.after(inline.stop)
  return inline
}

const told = ({ lines }: InlineServices, message: string): number =>
  lines.filter((line) => line.message === message).length

test('publishes what the store holds and says so once', async (t) => {
  const inline = await start(t)
  const { services } = inline
  const options = askOptions(services, null)
  await services.signer.ask('prepareKey', { algorithm: 'ES256', force: false }, options)
  assert.equal(services.publishedKeys.keys().prepared, null)

  await reloadKeys(services)

  assert.notEqual(services.publishedKeys.keys().prepared, null)
  assert.equal(told(inline, 'signing keys reloaded'), 1)
  assert.equal(inline.meterCalls[0]?.[0], 'keysReloaded')
})

test('keeps the old keys when the store cannot be read', async (t) => {
  const inline = await start(t)
  const before = inline.services.publishedKeys.keys()
  writeFileSync(join(inline.directory, 'keys', 'current.pem'), 'no key')

  await reloadKeys(inline.services)

  assert.deepEqual(inline.services.publishedKeys.keys(), before)
  assert.ok(inline.lines.some(({ level, message }) => level === 'error' && /not rel/.test(message)))
  assert.deepEqual(inline.meterCalls, [])
})

test('keeps the old keys when the store is gone', async (t) => {
  const inline = await start(t)
  const before = inline.services.publishedKeys.keys()
  rmSync(join(inline.directory, 'keys', 'current.pem'))

  await reloadKeys(inline.services)

  assert.deepEqual(inline.services.publishedKeys.keys(), before)
})

test('keeps the old keys and says why when the signer does not answer', async (t) => {
  const inline = await start(t)
  const before = inline.services.publishedKeys.keys()
  await inline.stopActor('signer')

  await reloadKeys(inline.services)

  assert.deepEqual(inline.services.publishedKeys.keys(), before)
  assert.equal(told(inline, 'signing keys not reloaded'), 1)
})
