// What an operator should know about the configuration, told once at the start (spec 06 §7, 08 §3).
import type { Log } from '../base/telemetry.ts'
import { findRegistrationDoubts } from '../config/doubts.ts'
import type { Finding } from '../config/findings.ts'
import type { CompleteSecrets } from '../config/generated-secrets.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { readRegistrationMode } from '../flows/admin/registration-mode.ts'
import type { Services } from '../flows/services.ts'

/** Logs findings that do not stop the server, and where a generated admin key is. */
export function tellAboutConfiguration(
  log: Log,
  { config, warnings }: LoadedConfig,
  generated: Pick<CompleteSecrets, 'adminKeyPath' | 'warnings'>,
): void {
  for (const finding of [...warnings, ...generated.warnings]) warn(log, finding)
  if (config.server.allowedOrigins.length === 0) {
    log.warn('CORS is disabled', {
      key: 'server.allowed_origins',
      variable: 'AUTHPLANE_SERVER_ALLOWED_ORIGINS',
      consequence: 'browser clients fail their preflight on /oauth/token and /.well-known/',
      remedy: 'list the origins of your browser clients, or "*" for any',
    })
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
