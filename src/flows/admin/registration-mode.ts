// Who may register clients (spec 05 §4.8, 06 §4.4): the mode that an administrator has stored, else
// the configured one. Read whenever it is used (B33).
import { keyValue } from '../../base/key-value.ts'
import type { TraceContext } from '../../base/telemetry.ts'
import { type RegistrationMode, registrationModes } from '../../records/runtime-setting.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'

/** The mode in force. @throws ActorError */
export async function readRegistrationMode(
  services: Services,
  trace: TraceContext | null,
): Promise<RegistrationMode> {
  const { mode, isSwitchable } = services.settings.registration
  if (!isSwitchable) return mode
  const stored = await readStored(services, trace)
  if (stored === null) return mode
  const known = modeOf(stored)
  if (known !== null) return known
  services.log.error('stored registration mode ignored: it is none that this server knows', {
    stored,
    used: mode,
  })
  return mode
}

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
  if ((await readStored(services, operator.trace)) === mode) return mode
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
  const mode = modeOf(requested)
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

async function readStored(services: Services, trace: TraceContext | null): Promise<string | null> {
  const options = askOptions(services, trace)
  const outcome = await services.storage.ask('readSetting', { key: 'dcr_mode' }, options)
  return outcome.reply.value
}

function modeOf(text: string): RegistrationMode | null {
  return registrationModes.find((mode) => mode === text) ?? null
}
