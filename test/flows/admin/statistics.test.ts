// Numbers of the overview without a transport (spec 05 §4.8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revokeIssuance } from '../../../src/flows/admin/issuances.ts'
import { readStatistics } from '../../../src/flows/admin/statistics.ts'
import type { Services } from '../../../src/flows/services.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedClient, seedResource, seedToken } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }
const noon = Date.UTC(2026, 2, 1, 12)
const hourMs = 3_600_000

const at = (services: Services, nowMs: number): Services => ({
  ...services,
  clock: { ...services.clock, nowMs: () => nowMs },
})

test('counts the tokens of the day, wherever they are kept', async (t) => {
  const { services, stop } = await createInlineServices({})
  t.after(stop)
  await seedClient(services, 'c', {})
  await seedResource(services, 'r', {})
  const yesterday = at(services, noon - 13 * hourMs)
  await seedToken(yesterday, { clientId: 'c', resourceId: 'r', lifeMs: 24 * hourMs })
  await seedToken(at(services, noon - 2 * hourMs), {
    clientId: 'c',
    resourceId: 'r',
    lifeMs: hourMs,
  })
  await seedToken(at(services, noon), { clientId: 'c', resourceId: 'r', lifeMs: hourMs })
  await seedToken(at(services, noon), { clientId: 'c', resourceId: null, lifeMs: hourMs })
  const revoked = await seedToken(at(services, noon), {
    clientId: 'c',
    resourceId: 'r',
    lifeMs: hourMs,
  })
  await revokeIssuance(at(services, noon), operator, revoked)

  const statistics = await readStatistics(at(services, noon), operator)

  assert.deepEqual(statistics, {
    clients: 1,
    users: 0,
    activeTokens: 2,
    revokedTokens: 1,
    connections: 0,
  })
})

test('a day begins at midnight in UTC', async (t) => {
  const { services, stop } = await createInlineServices({})
  t.after(stop)
  await seedClient(services, 'c', {})
  const midnight = Date.UTC(2026, 2, 2)
  for (const ms of [midnight - 1, midnight, midnight + 1]) {
    await seedToken(at(services, ms), { clientId: 'c', resourceId: null, lifeMs: hourMs })
  }

  const { activeTokens } = await readStatistics(at(services, midnight + 1000), operator)

  assert.equal(activeTokens, 2)
})
