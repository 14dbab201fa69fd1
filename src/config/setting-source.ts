// Where the value of one key comes from (variable, secret file, YAML, default) and whether it
// can be used (spec 06 §1 step 3, §2).
import { readFileSync } from 'node:fs'
import { messageOf } from '../base/errors.ts'
import type { Environment } from './environment.ts'
import type { ConfigFile } from './file.ts'
import { type Finding, quote } from './findings.ts'
import type { Reading } from './kinds.ts'
import { findInText } from './placeholders.ts'
import { type Key, settings } from './schema.ts'
import type { AnySetting } from './setting.ts'

export type Source =
  | { readonly from: 'variable'; readonly text: string }
  | { readonly from: 'secret-file'; readonly path: string; readonly isAlsoVariable: boolean }
  | { readonly from: 'file'; readonly path: string; readonly value: unknown; readonly line: number }
  | { readonly from: 'default' }

interface Sources {
  readonly file: ConfigFile | null
  readonly environment: Environment
}

/** The source that wins for `key`. Any set variable counts, an empty one too. */
export function findSource(key: Key, { file, environment }: Sources): Source {
  const { kind, variable } = settings[key]
  if (variable !== null) {
    const text = environment[variable]
    const secretPath = kind.name === 'secret' ? environment[`${variable}_FILE`] : undefined
    if (secretPath !== undefined)
      return { from: 'secret-file', path: secretPath, isAlsoVariable: text !== undefined }
    if (text !== undefined) return { from: 'variable', text }
  }
  const inFile = file?.settings.get(key)
  if (file === null || inFile === undefined) return { from: 'default' }
  return { from: 'file', path: file.path, ...inFile }
}

interface Sought {
  readonly key: Key
  readonly setting: AnySetting
  readonly source: Source
}

/** The value, or why there is none; null = the placeholder check of the file will say so. */
type Result = { readonly value: unknown } | { readonly finding: Finding | null }

/** Reads one value and checks it against its kind and rule. */
export function readSetting(sought: Sought): Result {
  const { setting, source } = sought
  switch (source.from) {
    case 'default':
      return judge(sought, setting.kind.fromYaml(setting.fallback), setting.fallback)
    case 'file':
      if (holdsPlaceholder(source.value)) return { finding: null }
      return judge(sought, setting.kind.fromYaml(source.value), source.value)
    case 'variable': {
      const finding = findInText(sought.key, source.text, null)
      if (finding !== null) return { finding: { ...finding, variable: setting.variable } }
      return judge(sought, setting.kind.fromText(source.text), source.text)
    }
    case 'secret-file':
      return readSecretFile(sought, source)
  }
}

function holdsPlaceholder(value: unknown): boolean {
  const texts = Array.isArray(value) ? value : [value]
  return texts.some((text) => typeof text === 'string' && findInText('', text, null) !== null)
}

function judge(sought: Sought, reading: Reading<unknown>, raw: unknown): Result {
  const { kind, rule } = sought.setting
  if (!reading.ok) {
    const shown = kind.name === 'secret' ? 'the value' : quote(raw)
    return { finding: findingOf(sought, `${shown} is not ${reading.expected}`) }
  }
  const problem = rule === undefined ? null : rule(reading.value as never)
  return problem === null ? { value: reading.value } : { finding: findingOf(sought, problem) }
}

function findingOf({ key, setting, source }: Sought, problem: string): Finding {
  return { key, variable: setting.variable, problem, remedy: `correct ${placeOf(source, setting)}` }
}

function placeOf(source: Source, { variable }: AnySetting): string {
  switch (source.from) {
    case 'variable':
      return `the variable ${variable}`
    case 'secret-file':
      return `the file that ${variable}_FILE names`
    case 'file':
      return `${source.path}, line ${source.line}`
    case 'default':
      return `it with ${variable}`
  }
}

const secretFileBytesMax = 64 * 1024

/** The content of the file less one newline at its end, as editors and `echo` leave it. */
function readSecretFile(
  sought: Sought,
  { path, isAlsoVariable }: { readonly path: string; readonly isAlsoVariable: boolean },
): Result {
  const { key, setting } = sought
  const { variable } = setting
  const refuse = (problem: string, remedy: string): Result => ({
    finding: { key, variable: `${variable}_FILE`, problem, remedy },
  })
  if (isAlsoVariable)
    return refuse(`is set, and so is ${variable}`, 'keep one of the two and unset the other')
  try {
    const content = readFileSync(path)
    if (content.byteLength > secretFileBytesMax)
      return refuse(`its file is larger than ${secretFileBytesMax} bytes`, 'name the right file')
    const text = content.toString('utf8').replace(/\r?\n$/, '')
    if (text === '') return refuse('its file is empty', `fill the file or unset ${variable}_FILE`)
    return judge(sought, setting.kind.fromText(text), text)
  } catch (error) {
    const remedy = 'let it name a file that the server may read'
    return refuse(`its file cannot be read: ${messageOf(error)}`, remedy)
  }
}
