// What an operator should know about the configuration, told once at the start (spec 06 §7, 08 §3).
import type { Log } from '../base/telemetry.ts'
import type { LoadedConfig } from '../config/load.ts'

/** Logs findings that do not stop the server, and where a generated admin key is. */
export function warnAboutConfiguration(
  log: Log,
  { config, warnings }: LoadedConfig,
  generated: { readonly adminKeyPath: string | null },
): void {
  for (const finding of warnings) log.warn(finding.message)
  if (config.server.allowedOrigins.length === 0) {
    log.warn('CORS is disabled', {
      key: 'server.allowed_origins',
      variable: 'AUTHPLANE_SERVER_ALLOWED_ORIGINS',
      consequence: 'browser clients fail their preflight on /oauth/token and /.well-known/',
      remedy: 'list the origins of your browser clients, or "*" for any',
    })
  }
  if (generated.adminKeyPath !== null) {
    log.info('admin key is in a file', { path: generated.adminKeyPath })
  }
}
