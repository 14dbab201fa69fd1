// What an operator should know about the configuration, told once at the start (spec 06 §7, 08 §3).
import type { Log } from '../base/telemetry.ts'
import { findRegistrationDoubts } from '../config/doubts.ts'
import type { Finding } from '../config/findings.ts'
import type { CompleteSecrets } from '../config/generated-secrets.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { readRegistrationMode } from '../flows/registration/registration-mode.ts'
import type { Services } from '../flows/services.ts'
import { corsDisabled } from '../http/hooks/cors.ts'
import { issuerPath } from '../oauth/server-metadata.ts'

/** Logs findings that do not stop the server, and where a generated admin key is. */
export function tellAboutConfiguration(
  log: Log,
  { config, warnings }: LoadedConfig,
  generated: Pick<CompleteSecrets, 'adminKeyPath' | 'warnings'>,
): void {
  for (const finding of [...warnings, ...generated.warnings]) warn(log, finding)
  if (config.server.allowedOrigins.length === 0) {
    const { message, fields } = corsDisabled(issuerPath(config.server.issuer))
    log.warn(message, fields)
  }
  if (generated.adminKeyPath !== null) {
    log.info('the admin key is in a file', { path: generated.adminKeyPath })
  }
}

/**
 * Tells who may register clients: what is stored may differ from what is configured (spec 06 §7
 * steps 14 to 16). @throws ActorError
 */
export async function warnAboutRegistration(services: Services, config: Config): Promise<void> {
  const mode = await readRegistrationMode(services, null)
  for (const finding of findRegistrationDoubts(config, mode)) warn(services.log, finding)
}

function warn(log: Log, { key, variable, problem, remedy }: Finding): void {
  log.warn(problem, { key, ...(variable === null ? null : { variable }), remedy })
}
