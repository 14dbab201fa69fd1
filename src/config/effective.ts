// The effective configuration as an operator sees it: every key with its value in the form of the
// file, secrets masked, and where it came from (spec 00 B20).
import { formatDuration } from '../base/duration.ts'
import { formatListenAddress, type ListenAddress } from './address.ts'
import type { Evaluation } from './evaluate.ts'
import type { KindName } from './kinds.ts'
import { type Key, type SecretName, settingEntries, settings, valueIn } from './schema.ts'
import type { YamlValue } from './setting.ts'
import type { Source } from './setting-source.ts'

export interface EffectiveSetting {
  /** Null = the value was refused. */
  readonly value: YamlValue | null
  readonly source: string
}

/** Every key, in the order of the example file. */
export function effectiveSettings(
  evaluation: Evaluation,
): Readonly<Record<string, EffectiveSetting>> {
  return Object.fromEntries(
    settingEntries.map(([key]) => {
      const value = evaluation.isSound(key) ? shownValue(evaluation, key) : null
      const source = evaluation.sources.get(key) ?? { from: 'default' }
      return [key, { value, source: describeSource(key, source) }]
    }),
  )
}

const masked = '********'

function shownValue({ config, secretTexts }: Evaluation, key: Key): YamlValue {
  const kind = settings[key].kind.name
  if (kind === 'secret') return secretTexts.get(key as SecretName) === '' ? '' : masked
  return toYaml(kind, valueIn(config, key as Exclude<Key, SecretName>))
}

/** A value as it would be written in the file. */
function toYaml(kind: KindName, value: unknown): YamlValue {
  switch (kind) {
    case 'duration':
    case 'span':
      return formatDuration(value as number)
    case 'seconds':
      return formatDuration((value as number) * 1000)
    case 'address':
      return formatListenAddress(value as ListenAddress)
    case 'text':
    case 'secret':
    case 'flag':
    case 'integer':
    case 'decimal':
    case 'list':
    case 'choice':
      return value as YamlValue
  }
}

function describeSource(key: Key, source: Source): string {
  switch (source.from) {
    case 'default':
      return 'default'
    case 'file':
      return `file line ${source.line}`
    case 'variable':
      return `variable ${settings[key].variable}`
    case 'secret-file':
      return `secret file ${source.path}`
  }
}
