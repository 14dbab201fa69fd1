// What the settings allow to clients that register themselves (spec 01 §11, §12).
import type { SelfRegistrationPolicy } from '../../oauth/registration.ts'
import type { Settings } from '../settings.ts'

/** The rules for their metadata. */
export function selfRegistrationPolicy({
  features,
  registration,
}: Pick<Settings, 'features' | 'registration'>): SelfRegistrationPolicy {
  return {
    enabledGrants: features.grantTypes,
    allowsPrivateUseSchemes: registration.allowsPrivateUseSchemes,
    defaultClientScope: registration.defaultClientScope,
  }
}
