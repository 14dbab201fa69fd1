// A grant as a step in the trace of its request (src/flows/token/traced-grant.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Services } from '../../../src/flows/services.ts'
import { tracedGrant } from '../../../src/flows/token/traced-grant.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { readTokenCall } from '../../../src/oauth/token-request.ts'

const inner = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true }

/** Services of which only the tracer is used, and what it was told. */
function recording(): { readonly services: Services; readonly told: string[] } {
  const told: string[] = []
  const span = {
    context: inner,
    isRecorded: true,
    set: () => undefined,
    fail: (reason: string) => void told.push(`failed ${reason}`),
    end: () => void told.push('ended'),
  }
  const tracer = {
    accept: () => span,
    start: (name: string) => {
      told.push(name)
      return span
    },
  }
  return { services: { tracer } as unknown as Services, told }
}

const call = readTokenCall(new Map(), {
  authorization: undefined,
  proof: null,
  caller: { ip: '', trace: null, requestId: 'r' },
})

test('the work is done within the step, which ends with it', async () => {
  const { services, told } = recording()
  const response = { access_token: 'a', token_type: 'Bearer', expires_in: 1 } as const

  const issued = await tracedGrant(services, { name: 'Step', call }, async (within) => {
    assert.equal(within.caller.trace, inner)
    return response
  })

  assert.equal(issued, response)
  assert.deepEqual(told, ['Step', 'ended'])
})

test('a refusal fails the step under its error code, and goes on', async () => {
  const { services, told } = recording()
  const refusal = new OAuthError('invalid_grant', 'no')

  await assert.rejects(
    tracedGrant(services, { name: 'Step', call }, () => Promise.reject(refusal)),
    refusal,
  )
  assert.deepEqual(told, ['Step', 'failed invalid_grant', 'ended'])
})
