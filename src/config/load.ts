// Turns defaults, the YAML file and the environment, in this order of precedence, into a checked
// configuration, its secrets and warnings; refuses it with all findings at once (spec 06 §1).
import { assert } from '../base/assert.ts'
import { findWarnings } from './doubts.ts'
import { type Environment, secretVariables } from './environment.ts'
import { type ConfigFile, readConfigFile } from './file.ts'
import { ConfigError, type Finding } from './findings.ts'
import { findPlaceholders, unusedVariableOf } from './placeholders.ts'
import {
  type AnySetting,
  type Config,
  type Key,
  memberPath,
  type SecretName,
  settingEntries,
  settings,
} from './schema.ts'
import { createSecrets, type Secrets } from './secrets.ts'
import { findSource, readSetting } from './setting-source.ts'
import { validate } from './validate.ts'

export interface LoadedConfig {
  readonly config: Config
  readonly secrets: Secrets
  /** Doubtful things that do not stop the server; logged as one WARN each. */
  readonly warnings: readonly Finding[]
}

export interface ConfigSources {
  /** Of `--config`; null = no file. */
  readonly path: string | null
  readonly environment: Environment
}

/** Loads and checks everything. @throws ConfigError with all findings. */
export function loadConfig({ path, environment }: ConfigSources): LoadedConfig {
  const file = path === null ? null : readConfigFile(path)
  const findings: Finding[] = [...(file?.findings ?? [])]
  const values = new Map<Key, unknown>()
  const sound = new Set<Key>()
  for (const [key, setting] of settingEntries) {
    const result = readSetting({ key, setting, source: findSource(key, { file, environment }) })
    if ('finding' in result) {
      if (result.finding !== null) findings.push(result.finding)
      values.set(key, defaultOf(setting))
    } else {
      values.set(key, result.value)
      sound.add(key)
    }
  }
  findings.push(...placeholdersOf(file, environment))

  const config = buildConfig(values)
  const secretTexts = secretsOf(values)
  findings.push(...validate({ config, secretTexts, isSound: (key) => sound.has(key) }))
  if (findings.length > 0) throw new ConfigError(findings)
  assert(sound.size === settingEntries.length, 'a value that was refused has its finding')
  return {
    config,
    secrets: createSecrets(secretTexts),
    warnings: findWarnings({ config, file, environment }),
  }
}

/** Stands in for a value that was refused, so that the other checks can run. */
function defaultOf(setting: AnySetting): unknown {
  const reading = setting.kind.fromYaml(setting.fallback)
  return reading.ok ? reading.value : null
}

function placeholdersOf(file: ConfigFile | null, environment: Environment): readonly Finding[] {
  if (file === null) return []
  const variableOf = (key: string): string | null =>
    Object.hasOwn(settings, key) ? settings[key as Key].variable : unusedVariableOf(key)
  const isOverridden = (key: string): boolean => {
    const variable = variableOf(key)
    if (variable === null) return false
    const isSecret = secretVariables.includes(variable)
    return variable in environment || (isSecret && `${variable}_FILE` in environment)
  }
  return findPlaceholders(file.tree, isOverridden, variableOf)
}

function secretsOf(values: ReadonlyMap<Key, unknown>): ReadonlyMap<SecretName, string> {
  const secrets = new Map<SecretName, string>()
  for (const [key, { kind }] of settingEntries) {
    if (kind.name === 'secret') secrets.set(key as SecretName, values.get(key) as string)
  }
  return secrets
}

type Tree = { [name: string]: unknown }

function buildConfig(values: ReadonlyMap<Key, unknown>): Config {
  const root: Tree = {}
  for (const [key, { kind }] of settingEntries) {
    if (kind.name === 'secret') continue
    const path = memberPath(key)
    let group = root
    for (const name of path.slice(0, -1)) {
      group[name] ??= {}
      group = group[name] as Tree
    }
    group[path.at(-1) as string] = values.get(key)
  }
  // The shape is that of the type Config, which follows from the same table.
  return deepFreeze(root) as Config
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
