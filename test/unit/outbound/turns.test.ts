// Turns at something of which only so much may happen at once (src/outbound/turns.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from '../../../src/outbound/turns.ts'
import { createHandClock } from '../../support/hand-clock.ts'

function start() {
  const clock = createHandClock(0)
  return { clock, turns: createTurns({ clock, placesMax: 2, waitersMax: 2, waitMsMax: 100 }) }
}

test('places are given until all are taken', async () => {
  const { turns, clock } = start()

  assert.ok((await turns.take()) !== null && (await turns.take()) !== null)
  const third = turns.take()
  clock.advance(100)

  assert.equal(await third, null)
})

test('who waits gets the place that becomes free, in the order of coming', async () => {
  const { turns, clock } = start()
  const first = await turns.take()
  await turns.take()
  const [third, fourth] = [turns.take(), turns.take()]

  first?.()
  assert.ok((await third) !== null)
  clock.advance(100)

  assert.equal(await fourth, null)
})

test('a place is given back once, however often it is left', async () => {
  const { turns, clock } = start()
  const first = await turns.take()
  await turns.take()

  first?.()
  first?.()
  assert.ok((await turns.take()) !== null)
  const next = turns.take()
  clock.advance(100)

  assert.equal(await next, null)
})

test('who finds the waiting room full is told at once', async () => {
  const { turns } = start()
  await turns.take()
  await turns.take()
  const waiting = [turns.take(), turns.take()]

  assert.equal(await turns.take(), null)
  assert.equal(waiting.length, 2)
})

test('who has waited too long takes no place away later', async () => {
  const { turns, clock } = start()
  const first = await turns.take()
  await turns.take()
  const late = turns.take()
  clock.advance(100)
  await late

  first?.()

  assert.ok((await turns.take()) !== null)
})
