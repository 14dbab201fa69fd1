// The configuration as the server would load it, looked at and not used.
import { type ConfigReport, checkConfig } from '../config/check.ts'
import { takeEnvironment } from '../config/environment.ts'

/** The report on the file of `--config` and this process's environment. */
export function checkConfiguration(configPath: string | null): ConfigReport {
  return checkConfig({ path: configPath, environment: takeEnvironment() })
}
