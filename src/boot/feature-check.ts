// The self-check of the features at the start of the server (spec 06 §6): one line each, and no
// server with a feature that cannot work.
import type { Log } from '../base/telemetry.ts'
import { ConfigError } from '../config/findings.ts'
import type { Config } from '../config/schema.ts'
import type { Secrets } from '../config/secrets.ts'
import { findMisconfigured, selfCheck } from '../config/self-check.ts'
import type { ResourceSeed } from '../records/resource-seed.ts'

/** Logs what the configuration makes of each feature. @throws ConfigError when one cannot work. */
export function checkFeatures(
  log: Log,
  given: {
    readonly config: Config
    readonly secrets: Secrets
    readonly seeds: readonly ResourceSeed[]
  },
): void {
  const features = selfCheck(given.config, given.secrets, given.seeds)
  for (const { feature, status, detail, key, remedy } of features) {
    const level = status === 'misconfigured' ? 'error' : 'info'
    log[level]('feature check', { feature, status, detail, key, remedy: remedy ?? undefined })
  }
  const findings = findMisconfigured(features)
  if (findings.length > 0) throw new ConfigError(findings)
}
