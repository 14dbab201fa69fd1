// How long documents are used (src/outbound/document-life.ts, RFC 9111, spec 01 §12).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { documentLifeMs } from '../../../src/outbound/document-life.ts'

const nowMs = Date.parse('2026-11-21T00:00:00Z')
const hourMs = 3_600_000
const lifeOf = (headers: { 'cache-control'?: string; expires?: string }, lifeMsMax = hourMs) =>
  documentLifeMs(headers, { nowMs, lifeMsMax })
const at = (ms: number): string => new Date(nowMs + ms).toUTCString()

test('an answer that says nothing lives as long as any', () => {
  assert.equal(lifeOf({}), hourMs)
  assert.equal(lifeOf({ 'cache-control': 'public, immutable' }), hourMs)
})

for (const header of [
  'no-store',
  'no-cache',
  'No-Store, max-age=600',
  'max-age=600, no-cache',
  'private, no-cache="set-cookie"',
  'max-age=0',
  'max-age=soon',
]) {
  test(`an answer with "${header}" is not kept`, () => {
    assert.equal(lifeOf({ 'cache-control': header }), 0)
  })
}

test('max-age counts between the floor and the ceiling', () => {
  assert.equal(lifeOf({ 'cache-control': 'max-age=600' }), 600_000)
  assert.equal(lifeOf({ 'cache-control': 'public, MAX-AGE="600"' }), 600_000)
  assert.equal(lifeOf({ 'cache-control': 'max-age=1' }), 60_000)
  assert.equal(lifeOf({ 'cache-control': 'max-age=86400' }), hourMs)
})

test('the ceiling wins over the floor', () => {
  assert.equal(lifeOf({ 'cache-control': 'max-age=600' }, 30_000), 30_000)
  assert.equal(lifeOf({}, 0), 0)
})

test('Expires counts where there is no max-age', () => {
  assert.equal(lifeOf({ expires: at(600_000) }), 600_000)
  assert.equal(lifeOf({ expires: at(-1000) }), 0)
  assert.equal(lifeOf({ expires: '0' }), 0)
  assert.equal(lifeOf({ expires: at(-1000), 'cache-control': 'max-age=600' }), 600_000)
})

test('no header makes a life beyond the ceiling or below zero', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), (cacheControl, expires, lifeMsMax) => {
      const life = lifeOf({ 'cache-control': cacheControl, expires }, lifeMsMax)
      assert.ok(life >= 0 && life <= lifeMsMax)
    }),
  )
})
