// docs/reference/configuration.md: every key, from the schema.
import { type Key, settingEntries } from '../../src/config/schema.ts'
import type { AnySetting, YamlValue } from '../../src/config/setting.ts'
import { deprecatedKeys, removedKeys } from '../../src/config/special-names.ts'
import { code, codes, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

type Entry = readonly [Key, AnySetting]

export const configurationPage: Page = {
  path: 'docs/reference/configuration.md',
  render: () => {
    const groups = groupsOf(settingEntries)
    return fillPage('configuration', {
      contents: [...groups.keys()].map((name) => `[${name}](#${name})`).join(' · '),
      keys: [...groups].map(([name, entries]) => `## ${name}\n\n${keyTable(entries)}`).join('\n\n'),
    })
  },
}

/** The entries by the first part of their names, as they come. */
function groupsOf(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  return Map.groupBy(entries, ([key]) => key.split('.')[0] ?? key)
}

function keyTable(entries: readonly Entry[]): string {
  const rows = entries.map(([key, { kind, fallback, variable, doc }]) => [
    code(key),
    typeOf({ kind, fallback }),
    defaultOf(fallback),
    variable === null ? 'none' : code(variable),
    doc,
  ])
  return table(['Key', 'Type', 'Default', 'Variable', 'Meaning'], rows)
}

const typeNames: Readonly<Record<AnySetting['kind']['name'], string>> = {
  text: 'text',
  secret: 'secret',
  flag: 'true or false',
  integer: 'whole number',
  decimal: 'number',
  duration: 'duration',
  span: 'duration',
  seconds: 'duration',
  list: 'list',
  choice: 'choice',
  address: 'address',
}

function typeOf({ kind }: Pick<AnySetting, 'kind' | 'fallback'>): string {
  return kind.allowed === undefined ? typeNames[kind.name] : codes(kind.allowed)
}

function defaultOf(fallback: YamlValue): string {
  if (fallback === '' || (Array.isArray(fallback) && fallback.length === 0)) return 'empty'
  return code(typeof fallback === 'string' ? fallback : JSON.stringify(fallback))
}

/** Keys of older versions and what took their place. */
export function removedTable(): string {
  const rows = Object.entries(removedKeys).map(([key, successor]) => [code(key), successor])
  return table(['Removed', 'Instead'], rows)
}

/** Keys that still work, with a warning. */
export function deprecatedTable(): string {
  const rows = Object.entries(deprecatedKeys).map(([key, successor]) => [
    code(key),
    code(successor),
  ])
  return table(['Deprecated', 'Write instead'], rows)
}

/** Variables of secrets, each of which has a twin with `_FILE`. */
export function secretTable(): string {
  const rows = settingEntries
    .filter(([, { kind }]) => kind.name === 'secret')
    .map(([key, { variable }]) => [code(key), code(variable ?? ''), code(`${variable}_FILE`)])
  return table(['Key', 'Variable', 'Variable that names a file'], rows)
}
