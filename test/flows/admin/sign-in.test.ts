// The trace of a checked admin key (spec 05 §2).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordSignIn } from '../../../src/flows/admin/sign-in.ts'
import { createInlineServices } from '../../support/inline-services.ts'

const operator = { actorId: 'admin', trace: null }

test('a sign-in leaves a row without an address', async (t) => {
  const { services, rows, stop } = await createInlineServices({})
  t.after(stop)

  await recordSignIn(services, operator)

  assert.deepEqual(rows('SELECT action, actor_id, client_id, ip, detail FROM audit_events'), [
    {
      action: 'admin.ui.login',
      actor_id: 'admin',
      client_id: '',
      ip: '',
      detail: 'api_key_verified',
    },
  ])
})

test('a sign-in does not fail for want of its row', async (t) => {
  const { services, stopActor, stop, meterCalls } = await createInlineServices({})
  t.after(stop)
  await stopActor('storage')

  await recordSignIn(services, operator)

  assert.deepEqual(meterCalls, [['auditEventDropped', 'admin.ui.login']])
})
