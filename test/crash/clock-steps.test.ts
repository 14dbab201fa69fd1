// A wall clock that jumps (reliability B7): deadlines follow the monotonic clock, and tokens carry
// the time that the clock shows when they are issued.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { decodeJwt, type JWTPayload } from 'jose'
import { systemClock } from '../../src/base/clock.ts'
import { listIssuances, readIssuance, revokeIssuance } from '../../src/flows/admin/issuances.ts'
import type { Services } from '../../src/flows/services.ts'
import { issueToken } from '../../src/flows/token/issue-token.ts'
import { readTokenCall } from '../../src/oauth/token-request.ts'
import { createInlineServices, type InlineServices } from '../support/inline-services.ts'
import { before } from '../support/interrupt.ts'
import { openPublicListener } from '../support/public-listener.ts'
import { secretOf, seedClient, seedResource } from '../support/seed.ts'

const hourMs = 3_600_000
const lifeSeconds = 900
const noFilter = { userId: null, resourceId: null, jti: null, limit: null }
const operator = { actorId: 'admin', ip: '', trace: null }

let offsetMs: number
let inline: InlineServices

const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + offsetMs }

beforeEach(async () => {
  offsetMs = 0
  inline = await createInlineServices({ clock, tokenLifeSeconds: lifeSeconds })
  await seedClient(inline.services, 'm2m', {})
  await seedResource(inline.services, 'r1', {})
})
afterEach(() => inline.stop())

async function issue(services: Services): Promise<JWTPayload> {
  const form = new Map([
    ['grant_type', 'client_credentials'],
    ['client_id', 'm2m'],
    ['client_secret', secretOf('m2m')],
    ['resource', 'https://r1.test/mcp'],
  ])
  const call = readTokenCall(form, {
    authorization: undefined,
    proof: null,
    caller: { ip: '', trace: null, requestId: 'r1' },
  })
  const { access_token } = await issueToken(services, call)
  return decodeJwt(access_token)
}

/** Services whose clock jumps when claims have been made and are not signed yet. */
function withStepBeforeSignature(stepMs: number): Services {
  const step = async (): Promise<void> => {
    offsetMs = stepMs
  }
  return { ...inline.services, signer: before(inline.services.signer, 'signAccessToken', step) }
}

for (const [name, stepMs] of [
  ['an hour back', -hourMs],
  ['an hour forward', hourMs],
  ['a day forward', 24 * hourMs],
] as const) {
  describe(`a clock that jumps ${name}`, () => {
    test('gives the next token its own time and the right end', async () => {
      await issue(inline.services)
      offsetMs = stepMs
      const fromSeconds = Math.floor(clock.nowMs() / 1000)
      const { iat = 0, nbf, exp } = await issue(inline.services)

      assert.ok(iat >= fromSeconds && iat <= clock.nowMs() / 1000)
      assert.equal(nbf, iat)
      assert.equal(exp, iat + lifeSeconds)
    })

    test('ends no message that is under way', async () => {
      const step = async (): Promise<void> => {
        offsetMs = stepMs
      }
      const storage = before(inline.services.storage, 'commitMachineIssuance', step)
      const { jti } = await issue({ ...inline.services, storage })

      assert.equal(inline.rows('SELECT id FROM issuances WHERE id = ?', jti).length, 1)
    })

    test('before a signature is an outage to the client, and nothing is issued', async () => {
      await assert.rejects(issue(withStepBeforeSignature(stepMs)), {
        name: 'OAuthError',
        code: 'temporarily_unavailable',
      })

      assert.deepEqual(inline.rows('SELECT id FROM issuances'), [])
    })

    test('before a signature costs one request: the signer lives and signs the next', async () => {
      await issue(withStepBeforeSignature(stepMs)).catch(() => undefined)

      assert.ok((await issue(inline.services)).jti)
      const snapshots = await inline.supervisor.snapshots()
      assert.ok(snapshots.length > 0)
      assert.ok(snapshots.every(({ restarts }) => restarts === 0))
    })

    test('leaves ids that are unlike each other, are found and can be revoked', async () => {
      const first = await issue(inline.services)
      offsetMs = stepMs
      const second = await issue(inline.services)
      const id = String(second.jti)
      await revokeIssuance(inline.services, operator, id)
      const query = { ...noFilter, clientId: 'm2m', since: { agoMs: hourMs / 2 } }
      const { issuances } = await listIssuances(inline.services, operator, query)

      assert.notEqual(second.jti, first.jti)
      assert.ok(issuances.some((issuance) => issuance.id === id))
      const { revokedAtMs } = await readIssuance(inline.services, operator, id)
      assert.ok(revokedAtMs !== null && Math.abs(revokedAtMs - clock.nowMs()) < 60_000)
    })
  })
}

test('whoever meets a step of the clock is told by HTTP when to come again', async (t) => {
  const listener = await openPublicListener(new Map(), async ({ services }) => {
    await seedClient(services, 'm2m', {})
  })
  t.after(() => listener.stop())
  const { signer } = listener.inline.services
  const ask = signer.ask.bind(signer)
  const { nowMs } = systemClock
  t.mock.method(signer, 'ask', (...[kind, request, options]: Parameters<typeof ask>) => {
    t.mock.method(systemClock, 'nowMs', () => nowMs() + hourMs)
    return ask(kind, request, options)
  })

  const response = await fetch(`http://127.0.0.1:${listener.port}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'm2m',
      client_secret: secretOf('m2m'),
    }),
  })

  assert.equal(response.status, 503)
  assert.equal(response.headers.get('retry-after'), '1')
  assert.equal(((await response.json()) as { error: string }).error, 'temporarily_unavailable')
})
