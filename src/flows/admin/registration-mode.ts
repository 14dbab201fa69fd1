// Changing who may register clients (spec 05 §4.8): in force at once, and over restarts.
import { keyValue } from '../../base/key-value.ts'
import { type RegistrationMode, registrationModes } from '../../records/runtime-setting.ts'
import { adminEvent, type Operator } from '../audit.ts'
import {
  readRegistrationMode,
  readStoredMode,
  registrationModeOf,
} from '../registration/registration-mode.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'

/**
 * Stores a mode, which is in force at once and survives restarts, and returns it. To store what is
 * stored already writes nothing. @throws AdminError `invalid`, ActorError.
 */
export async function changeRegistrationMode(
  services: Services,
  operator: Operator,
  requested: string,
): Promise<RegistrationMode> {
  const mode = acceptedMode(services, requested)
  if ((await readStoredMode(services, operator.trace)) === mode) return mode
  const before = await readRegistrationMode(services, operator.trace)
  await services.storage.ask(
    'changeSetting',
    {
      key: 'dcr_mode',
      value: mode,
      nowMs: services.clock.nowMs(),
      audit: adminEvent(services, operator, {
        action: 'dcr.mode_updated',
        clientId: '',
        detail: `${keyValue('old', before)} ${keyValue('new', mode)}`,
      }),
    },
    askOptions(services, operator.trace),
  )
  return mode
}

function acceptedMode(services: Services, requested: string): RegistrationMode {
  const mode = registrationModeOf(requested)
  if (mode === null) {
    throw new AdminError('invalid', `mode must be one of ${registrationModes.join(', ')}`)
  }
  const { approvedRedirects } = services.settings.registration
  if (mode === 'approved_redirects' && approvedRedirects.length === 0) {
    throw new AdminError(
      'invalid',
      'dcr.approved_redirects is empty: in mode approved_redirects nobody could register',
    )
  }
  return mode
}
