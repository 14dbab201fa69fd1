// Attack catalogue, row DS-05: more sources than the limiter can remember (spec 09). The catalogue
// names a million; what bounds them shows as soon as there is one more than fits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify from 'fastify'
import { systemClock } from '../../src/base/clock.ts'
import { limits } from '../../src/base/limits.ts'
import { clientAddressReader } from '../../src/http/client-address.ts'
import { requestAddress } from '../../src/http/fastify-server.ts'
import { addRateLimit } from '../../src/http/hooks/rate-limit.ts'

/** Sends one request from an address; resolves with its status. */
function limited(): (remoteAddress: string) => Promise<number> {
  const server = fastify()
  addRateLimit(server, {
    perSecond: 0.000001,
    burst: 1,
    clock: systemClock,
    addressOf: requestAddress(clientAddressReader([])),
    exemptPaths: new Set(),
    refuse: (reply) => void reply.code(429).send(),
  })
  server.get('/', (_request, reply) => reply.code(204).send())
  return async (remoteAddress) => (await server.inject({ url: '/', remoteAddress })).statusCode
}

const ipv4 = (index: number): string => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`

test('DS-05 a flood of sources pushes out the oldest and takes no more room', async () => {
  const send = limited()
  for (let index = 0; index < limits.rateLimitSourcesMax; index += 1) {
    assert.equal(await send(ipv4(index)), 204)
  }
  assert.equal(await send(ipv4(1)), 429, 'control: as many as fit are remembered')

  assert.equal(await send(ipv4(limits.rateLimitSourcesMax)), 204)

  assert.equal(await send(ipv4(0)), 204, 'the oldest is forgotten')
  assert.equal(await send(ipv4(1)), 429, 'one that was seen since is not')
})

test('one network of IPv6 is one source, however many addresses it has', async () => {
  const send = limited()
  assert.equal(await send('2001:db8:1:2::1'), 204)

  for (let index = 2; index < 500; index += 1) {
    assert.equal(await send(`2001:db8:1:2:${index.toString(16)}::1`), 429)
  }
  assert.equal(await send('2001:db8:1:3::1'), 204, 'control: another network is another source')
})
