// Turns defaults, the YAML file and the environment, in this order of precedence, into a checked
// configuration, its secrets, seeds and warnings; refuses it with all findings at once (spec 06
// §1).
import { assert } from '../base/assert.ts'
import type { ResourceSeed } from '../records/resource-seed.ts'
import { type ConfigSources, evaluateConfig } from './evaluate.ts'
import { ConfigError, type Finding } from './findings.ts'
import { type Config, settingEntries } from './schema.ts'
import { createSecrets, type Secrets } from './secrets.ts'
import type { ProviderSeed } from './seeds/provider-seeds.ts'

export interface LoadedConfig {
  readonly config: Config
  readonly secrets: Secrets
  /** Made at every start of the server, in this order, unless their slugs exist. */
  readonly providerSeeds: readonly ProviderSeed[]
  readonly resourceSeeds: readonly ResourceSeed[]
  /** Doubtful things that do not stop the server; logged as one WARN each. */
  readonly warnings: readonly Finding[]
}

/** Loads and checks everything. @throws ConfigError with all findings. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const evaluation = evaluateConfig(sources)
  const { config, findings, unknown, warnings, secretTexts } = evaluation
  if (findings.length > 0) throw new ConfigError(findings)
  const isComplete = settingEntries.every(([key]) => evaluation.isSound(key))
  assert(isComplete, 'a value that was refused has its finding')
  return {
    config,
    secrets: createSecrets(secretTexts),
    providerSeeds: evaluation.providerSeeds,
    resourceSeeds: evaluation.resourceSeeds,
    warnings: [...unknown, ...warnings],
  }
}
