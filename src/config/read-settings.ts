// The value of every key from the source that wins, deprecated spellings included (spec 06 §1 steps
// 1–5, §3.4).
import { type Environment, secretVariables } from './environment.ts'
import type { ConfigFile } from './file.ts'
import type { Finding } from './findings.ts'
import { findInText, findPlaceholders } from './placeholders.ts'
import { type Key, settingEntries, settings } from './schema.ts'
import type { AnySetting } from './setting.ts'
import { findSource, readSetting, type Source } from './setting-source.ts'

export interface SettingsRead {
  /** Of every key; the default where a value was refused. */
  readonly values: ReadonlyMap<Key, unknown>
  readonly sources: ReadonlyMap<Key, Source>
  readonly findings: readonly Finding[]
  /** Whether the value of a key was accepted. */
  readonly isSound: (key: Key) => boolean
  /** Whether `oidc.client_secret_ref` came from its deprecated spelling. */
  readonly hasDeprecatedRef: boolean
}

/** Reads all keys, each on its own. */
export function readSettings(file: ConfigFile | null, environment: Environment): SettingsRead {
  const findings: Finding[] = []
  const values = new Map<Key, unknown>()
  const sources = new Map<Key, Source>()
  const sound = new Set<Key>()
  for (const [key, setting] of settingEntries) {
    const source = findSource(key, { file, environment })
    sources.set(key, source)
    const result = readSetting({ key, setting, source })
    if ('finding' in result) {
      if (result.finding !== null) findings.push(result.finding)
      values.set(key, defaultOf(setting))
    } else {
      values.set(key, result.value)
      sound.add(key)
    }
  }
  const hasDeprecatedRef = takeDeprecatedRef(file, { values, sources, findings })
  findings.push(...placeholdersOf(file, environment))
  return { values, sources, findings, isSound: (key) => sound.has(key), hasDeprecatedRef }
}

/** Stands in for a value that was refused, so that the other checks can run. */
function defaultOf(setting: AnySetting): unknown {
  const reading = setting.kind.fromYaml(setting.fallback)
  return reading.ok ? reading.value : null
}

/**
 * The old key counts where the new one is empty, and then drops an inline secret, as it did when it
 * was current.
 */
function takeDeprecatedRef(
  file: ConfigFile | null,
  into: {
    readonly values: Map<Key, unknown>
    readonly sources: Map<Key, Source>
    readonly findings: Finding[]
  },
): boolean {
  const key = 'oidc.client_secret_env'
  const old = file?.deprecated.get(key)
  if (file === null || old === undefined || old.value === '') return false
  const { value, line } = old
  if (typeof value !== 'string') {
    const remedy = `correct ${file.path}, line ${line}`
    into.findings.push({ key, variable: null, problem: 'is not a string', remedy })
    return false
  }
  // A placeholder is found in the file as a whole.
  if (into.values.get('oidc.client_secret_ref') !== '' || findInText(key, value, null) !== null)
    return false
  into.values.set('oidc.client_secret_ref', value)
  into.sources.set('oidc.client_secret_ref', { from: 'file', path: file.path, value, line })
  into.values.set('oidc.client_secret', '')
  into.sources.set('oidc.client_secret', { from: 'default' })
  return true
}

function placeholdersOf(file: ConfigFile | null, environment: Environment): readonly Finding[] {
  if (file === null) return []
  const variableOf = (key: string): string | null =>
    Object.hasOwn(settings, key) ? settings[key as Key].variable : null
  const isOverridden = (key: string): boolean => {
    const variable = variableOf(key)
    if (variable === null) return false
    const isSecret = secretVariables.includes(variable)
    return variable in environment || (isSecret && `${variable}_FILE` in environment)
  }
  return findPlaceholders(file.tree, isOverridden, variableOf)
}
