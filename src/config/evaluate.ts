// Everything that defaults, file and environment say together, right or wrong: values with their
// sources, seeds, findings and warnings (spec 06 §1 steps 1–7). Nothing is refused here.
import type { ResourceSeed } from '../records/resource-seed.ts'
import { buildConfig, secretTextsOf } from './build-config.ts'
import { findDoubts } from './doubts.ts'
import type { Environment } from './environment.ts'
import { readConfigFile } from './file.ts'
import type { Finding } from './findings.ts'
import { findNotBuiltYet } from './not-built-yet.ts'
import { readSettings } from './read-settings.ts'
import type { Subject } from './rules/rule.ts'
import type { Config, Key, SecretName } from './schema.ts'
import { type ProviderSeed, readProviderSeeds } from './seeds/provider-seeds.ts'
import { readResourceSeeds } from './seeds/resource-seeds.ts'
import type { Source } from './setting-source.ts'
import { findUnknownNames } from './unknown-names.ts'
import { validate } from './validate.ts'

export interface ConfigSources {
  /** Of `--config`; null = no file. */
  readonly path: string | null
  readonly environment: Environment
}

export interface Evaluation {
  /** With defaults in place of values that were refused. */
  readonly config: Config
  readonly secretTexts: ReadonlyMap<SecretName, string>
  readonly sources: ReadonlyMap<Key, Source>
  readonly isSound: (key: Key) => boolean
  readonly resourceSeeds: readonly ResourceSeed[]
  readonly providerSeeds: readonly ProviderSeed[]
  /** Refuse the configuration. */
  readonly findings: readonly Finding[]
  /** Names that nobody knows: warnings of the server, errors of who checks the configuration. */
  readonly unknown: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** Reads and judges everything. @throws ConfigError when the file cannot be read or is not YAML. */
export function evaluateConfig({ path, environment }: ConfigSources): Evaluation {
  const file = path === null ? null : readConfigFile(path)
  const { values, sources, isSound, ...read } = readSettings(file, environment)
  const config = buildConfig(values)
  const secretTexts = secretTextsOf(values)
  const subject: Subject = {
    config,
    secretTexts,
    variable: (name) => environment[name] ?? null,
    hasDeprecatedRef: read.hasDeprecatedRef,
  }
  const resources = readResourceSeeds(file, environment)
  const providers = readProviderSeeds(file, environment)
  const blocks = {
    resourceSeeds: resources.seeds,
    providerSeeds: providers.seeds,
    hasOidcProviders: holdsSomething(file?.blocks.get('oidc.providers')?.value),
  }
  return {
    config,
    secretTexts,
    sources,
    isSound,
    resourceSeeds: resources.seeds,
    providerSeeds: providers.seeds,
    findings: [
      ...(file?.findings ?? []),
      ...read.findings,
      ...validate(subject, isSound),
      ...resources.findings,
      ...providers.findings,
      ...findNotBuiltYet(subject, blocks, isSound),
    ],
    unknown: [
      ...findUnknownNames({ config, file, environment }),
      ...resources.unknown,
      ...providers.unknown,
    ],
    warnings: [
      ...findDoubts({ config, file, environment }),
      ...resources.warnings,
      ...providers.warnings,
    ],
  }
}

function holdsSomething(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}
