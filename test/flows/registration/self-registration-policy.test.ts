// What settings allow to clients that register themselves
// (src/flows/registration/self-registration-policy.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selfRegistrationPolicy } from '../../../src/flows/registration/self-registration-policy.ts'
import { testRegistration, testSettings } from '../../support/settings.ts'

test('the grants that are served, the switch and the ceiling come from the settings', () => {
  const registration = testRegistration({
    allowsPrivateUseSchemes: false,
    defaultClientScope: 'tools/echo',
  })
  const settings = testSettings({ registration })

  assert.deepEqual(selfRegistrationPolicy(settings), {
    enabledGrants: settings.features.grantTypes,
    allowsPrivateUseSchemes: false,
    defaultClientScope: 'tools/echo',
  })
})
