// Who may register clients (spec 05 §4.8, 06 §4.4): the mode that an administrator has stored, else
// the configured one. Read whenever it is used (B33).
import type { TraceContext } from '../../base/telemetry.ts'
import { type RegistrationMode, registrationModes } from '../../records/runtime-setting.ts'
import { askOptions, type Services } from '../services.ts'

/** The mode in force. @throws ActorError */
export async function readRegistrationMode(
  services: Services,
  trace: TraceContext | null,
): Promise<RegistrationMode> {
  const { mode, isSwitchable } = services.settings.registration
  if (!isSwitchable) return mode
  const stored = await readStoredMode(services, trace)
  if (stored === null) return mode
  const known = registrationModeOf(stored)
  if (known !== null) return known
  services.log.error('stored registration mode ignored: it is none that this server knows', {
    stored,
    used: mode,
  })
  return mode
}

/** What an administrator has stored, whatever it is; null = nothing. @throws ActorError */
export async function readStoredMode(
  services: Services,
  trace: TraceContext | null,
): Promise<string | null> {
  const options = askOptions(services, trace)
  const outcome = await services.storage.ask('readSetting', { key: 'dcr_mode' }, options)
  return outcome.reply.value
}

/** The mode of this name, or null. */
export function registrationModeOf(text: string): RegistrationMode | null {
  return registrationModes.find((mode) => mode === text) ?? null
}
