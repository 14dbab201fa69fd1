// Early refusal of work while a mailbox is nearly full (src/http/hooks/shed-load.ts, B21).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { fullestShare, shedLoad } from '../../../src/http/hooks/shed-load.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'

const loadOf = (depth: number) => ({ load: () => ({ depth, capacity: 100, highWater: depth }) })

test('the fullest mailbox counts', () => {
  assert.equal(fullestShare([loadOf(10), loadOf(70), loadOf(30)]), 0.7)
  assert.equal(fullestShare([]), 0)
})

test('shedding begins at the upper bound and ends below the lower one', async () => {
  let depth = 0
  const actor = { load: () => ({ depth, capacity: 100, highWater: 100 }) }
  const server = Fastify()
  server.setErrorHandler<Error>((error, _request, reply) => {
    assert.ok(error instanceof OAuthError && error.code === 'temporarily_unavailable')
    reply.code(error.status).send()
  })
  server.get('/', { onRequest: shedLoad([loadOf(0), actor]) }, () => 'served')
  const statuses: number[] = []

  for (depth of [0, 79, 80, 79, 60, 59, 79, 100, 60, 0]) {
    statuses.push((await server.inject('/')).statusCode)
  }

  assert.deepEqual(statuses, [200, 200, 503, 503, 503, 200, 200, 503, 503, 200])
  await server.close()
})
