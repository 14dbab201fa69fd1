// Which requests are refused while too many messages wait (src/http/hooks/shed-load.ts, B21).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/base/clock.ts'
import { limits } from '../../../src/base/limits.ts'
import { createLoadShedder, type LoadClass } from '../../../src/http/hooks/shed-load.ts'

const classes: readonly LoadClass[] = ['page', 'token', 'inspection']

/** The classes that are refused while two actors have these messages waiting. */
function refusedWith(
  first: { readonly depth: number; readonly capacity: number },
  second: { readonly depth: number; readonly capacity: number },
): readonly string[] {
  const shedder = createLoadShedder(
    [first, second].map((load) => ({ load: () => ({ ...load, highWater: 0, settled: 0 }) })),
    systemClock,
  )
  for (const name of classes) shedder.guard('POST', `/${name}`, name)
  return classes.filter((name) => shedder.isRefused('POST', `/${name}`))
}

test('classes are given up one after the other, by all messages that wait', () => {
  const { page, token, inspection } = limits.waitingMessagesMax
  const refusedAt = (waiting: number) => {
    const depth = Math.floor(waiting / 3)
    const capacity = 10_000
    return refusedWith({ depth, capacity }, { depth: waiting - depth, capacity })
  }

  assert.deepEqual(refusedAt(page - 1), [])
  assert.deepEqual(refusedAt(page), ['page'])
  assert.deepEqual(refusedAt(token - 1), ['page'])
  assert.deepEqual(refusedAt(token), ['page', 'token'])
  assert.deepEqual(refusedAt(inspection - 1), ['page', 'token'])
  assert.deepEqual(refusedAt(inspection), classes)
})

test('a small mailbox that is nearly full refuses every class', () => {
  const empty = { depth: 0, capacity: 100 }

  assert.deepEqual(refusedWith(empty, { depth: 79, capacity: 100 }), [])
  assert.deepEqual(refusedWith(empty, { depth: 80, capacity: 100 }), classes)
})

test('other methods and paths have no class', () => {
  const full = { load: () => ({ depth: 10_000, capacity: 10_000, highWater: 0, settled: 0 }) }
  const shedder = createLoadShedder([full], systemClock)
  shedder.guard('POST', '/oauth/token', 'token')

  assert.equal(shedder.isRefused('POST', '/oauth/token'), true, 'control')
  assert.equal(shedder.isRefused('OPTIONS', '/oauth/token'), false)
  assert.equal(shedder.isRefused('POST', '/oauth/token/'), false)
  assert.equal(shedder.isRefused('GET', '/livez'), false)
})
