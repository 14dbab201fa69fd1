// Settings that an administrator changes at run time (spec 05 §4.8, 06 §1 step 9). They are stored,
// win over the configuration, and are read whenever they are used (B33).

export const runtimeSettingKeys = ['dcr_mode'] as const
export type RuntimeSettingKey = (typeof runtimeSettingKeys)[number]

/** Who may register clients (spec 06 §4.4). */
export const registrationModes = ['open', 'approved_redirects', 'admin_only'] as const
export type RegistrationMode = (typeof registrationModes)[number]
