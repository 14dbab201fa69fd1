// Renders config.example.yaml from the schema: every key with its default, its variable and one
// line.
import { type AnySetting, settingEntries, type YamlValue } from './schema.ts'

const intro = `\
# Every key of authserver with its default. None is required: without a file and without variables
# the server runs on localhost. A variable wins over this file. For a secret, the variable with
# _FILE at its end names a file that holds it; that is better than writing it here.
`

/** The text of the example file. */
export function renderExample(): string {
  const lines: string[] = []
  let open: readonly string[] = []
  for (const [key, setting] of settingEntries) {
    const names = key.split('.')
    const groups = names.slice(0, -1)
    const shared = groups.findIndex((name, index) => name !== open[index])
    const from = shared === -1 ? groups.length : shared
    if (from === 0) lines.push('')
    for (const [depth, name] of groups.entries()) {
      if (depth >= from) lines.push(`${indent(depth)}${name}:`)
    }
    open = groups
    lines.push(...renderSetting(names, setting))
  }
  return `${intro}${lines.join('\n')}\n`
}

function renderSetting(
  names: readonly string[],
  { doc, variable, fallback }: AnySetting,
): readonly string[] {
  const margin = indent(names.length - 1)
  const value = renderValue(fallback)
  return [`${margin}# ${doc}`, `${margin}# ${variable}`, `${margin}${names.at(-1)}: ${value}`]
}

/** JSON is YAML; plain words stay unquoted. */
function renderValue(value: YamlValue): string {
  return typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value)
    ? value
    : JSON.stringify(value)
}

function indent(depth: number): string {
  return '  '.repeat(depth)
}
