// The state of the server and its configuration as administrators see them (spec 05 §4.8): drivers
// and flags, never a secret, a path or a DSN.
import { limits } from '../../base/limits.ts'
import type { RegistrationMode } from '../../records/runtime-setting.ts'
import type { Operator } from '../audit.ts'
import { readRegistrationMode } from '../registration/registration-mode.ts'
import type { Services } from '../services.ts'
import type { Settings, SystemFacts } from '../settings.ts'

export interface Subsystem {
  readonly name: 'storage' | 'signing' | 'encryption'
  readonly status: 'healthy' | 'unhealthy' | 'not_configured'
  /** Empty = none. */
  readonly driver: string
}

export interface SystemStatus {
  readonly version: string
  readonly uptimeSeconds: number
  readonly subsystems: readonly Subsystem[]
}

export interface Notice {
  readonly id: string
  readonly severity: 'warning'
  readonly title: string
  readonly body: string
}

export interface SystemConfig {
  readonly issuer: string
  readonly signingAlgorithm: Settings['signingAlgorithm']
  /** The mode that is in force. */
  readonly registrationMode: RegistrationMode
  readonly facts: SystemFacts
  readonly notices: readonly Notice[]
}

/** Asks each part whether it works. Never rejects: a part that does not answer is unhealthy. */
export async function readSystemStatus(
  services: Services,
  operator: Operator,
): Promise<SystemStatus> {
  const { system } = services.settings
  const options = {
    deadlineMs: services.clock.monotonicMs() + limits.healthAskMs,
    trace: operator.trace,
  }
  const [storage, signing] = await Promise.all([
    healthOf(services.storage.ask('ping', {}, options)),
    healthOf(services.signer.ask('readKeys', {}, options)),
  ])
  const encryption = system.encryptionDriver === '' ? 'not_configured' : 'healthy'
  return {
    version: system.version,
    uptimeSeconds: Math.max(0, Math.floor((services.clock.nowMs() - system.startedAtMs) / 1000)),
    subsystems: [
      { name: 'storage', status: storage, driver: system.storageDriver },
      { name: 'signing', status: signing, driver: system.signingKeyStore },
      { name: 'encryption', status: encryption, driver: system.encryptionDriver },
    ],
  }
}

async function healthOf(answer: Promise<unknown>): Promise<'healthy' | 'unhealthy'> {
  try {
    await answer
    return 'healthy'
  } catch {
    return 'unhealthy' // why is told by the actor's own log
  }
}

/** The configuration with the registration mode that is in force. @throws ActorError */
export async function readSystemConfig(
  services: Services,
  operator: Operator,
): Promise<SystemConfig> {
  const { settings } = services
  const registrationMode = await readRegistrationMode(services, operator.trace)
  const { defaultClientScope } = settings.registration
  const lacksCeiling = registrationMode !== 'admin_only' && defaultClientScope === ''
  return {
    issuer: settings.features.issuer,
    signingAlgorithm: settings.signingAlgorithm,
    registrationMode,
    facts: settings.system,
    notices: lacksCeiling ? [scopeCeilingNotice] : [],
  }
}

const scopeCeilingNotice: Notice = {
  id: 'oauth-default-client-scope-required-v0.3.0',
  severity: 'warning',
  title: 'Clients that register themselves have no scope ceiling',
  body:
    'Registration is open to clients, and oauth.default_client_scope is empty. A later release ' +
    'will grant such clients no scope at all. Set oauth.default_client_scope to the scopes that ' +
    'they may ask for, or set the registration mode to admin_only.',
}
