// The route of faults for outside tests (spec 00 B27, 05 §4.8).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { TestFault } from '../../../src/http/admin/fault-routes.ts'
import { apiDocumentOf } from '../../support/openapi-check.ts'
import { problem, startAdmin } from './admin-harness.ts'

const path = '/admin/test/faults'
const crash = { actor: 'signer', kind: 'crash' }

async function startTested(t: TestContext, refusal: string | null = null) {
  const asked: TestFault[] = []
  const injectFault = (fault: TestFault) => {
    asked.push(fault)
    return refusal
  }
  return { admin: await startAdmin(t, { injectFault }), asked }
}

test('does not exist on a server that is not under test, nor in its API document', async (t) => {
  const admin = await startAdmin(t)

  const answer = await admin.send('POST', path, crash)
  const unknown = await admin.send('POST', '/admin/test/nothing', crash)

  assert.equal(answer.status, 404)
  assert.equal(answer.text, unknown.text)
  assert.equal(path in apiDocumentOf(admin.server).paths, false)
})

test('is in the API document of a server under test', async (t) => {
  const { admin } = await startTested(t)

  assert.ok(path in apiDocumentOf(admin.server).paths)
})

test('needs the key', async (t) => {
  const { admin, asked } = await startTested(t)

  const answer = await admin.sendRaw({ method: 'POST', url: path, payload: JSON.stringify(crash) })

  assert.equal(answer.status, 401)
  assert.deepEqual(asked, [])
})

test('asks for what the body says and answers nothing', async (t) => {
  const { admin, asked } = await startTested(t)
  const delay = { actor: 'storage', kind: 'delay', at: 'commit.after', count: 3, delay_ms: 250 }

  const first = await admin.send('POST', path, crash)
  const second = await admin.send('POST', path, delay)

  assert.deepEqual([first.status, first.text, second.status], [204, '', 204])
  assert.deepEqual(asked, [
    { actor: 'signer', at: null, kind: 'crash', how: 'throw', count: 1, delayMs: 0 },
    { actor: 'storage', at: 'commit.after', kind: 'delay', how: 'throw', count: 3, delayMs: 250 },
  ])
})

test('says why this server cannot do it', async (t) => {
  const { admin } = await startTested(t, 'this version has no actor grant-vault')

  const answer = await admin.send('POST', path, { ...crash, actor: 'grant-vault' })

  assert.equal(answer.status, 400)
  assert.deepEqual(
    answer.json,
    problem(400, 'Bad Request', 'this version has no actor grant-vault'),
  )
})

const refused: readonly (readonly [unknown, RegExp])[] = [
  [{ kind: 'crash' }, /^actor is required$/],
  [{ actor: 'signer' }, /^kind is required$/],
  [{ ...crash, actor: 'http' }, /^actor must be one of signer, storage, dpop-replay, grant-vault$/],
  [{ ...crash, kind: 'panic' }, /^kind must be one of crash, hang, delay, error$/],
  [{ ...crash, at: 'commit' }, /^at must be one of consume\.before, /],
  [{ ...crash, how: 'loudly' }, /^how must be one of throw, reject, exit, heap, spin, kill$/],
  [{ actor: 'signer', kind: 'hang', how: 'spin' }, /^how is for a crash$/],
  [{ ...crash, count: -1 }, /^count must be 0 to 1000000$/],
  [{ ...crash, count: 1.5 }, /^count must be a whole number$/],
  [{ actor: 'signer', kind: 'delay' }, /^delay_ms must be 1 to 60000$/],
  [{ actor: 'signer', kind: 'delay', delay_ms: 60_001 }, /^delay_ms must be 1 to 60000$/],
  [{ ...crash, times: 2 }, /^unknown field "times"$/],
]

for (const [body, detail] of refused) {
  test(`refuses ${JSON.stringify(body)}`, async (t) => {
    const { admin, asked } = await startTested(t)

    const answer = await admin.send('POST', path, body)

    assert.equal(answer.status, 400)
    assert.match(answer.json.detail, detail)
    assert.deepEqual(asked, [])
  })
}
