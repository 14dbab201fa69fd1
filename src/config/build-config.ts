// Puts the values of all keys together to the nested, frozen object that the program reads.
import { type Config, type Key, memberPath, type SecretName, settingEntries } from './schema.ts'

type Tree = { [name: string]: unknown }

/** The configuration of these values; secrets stay out. */
export function buildConfig(values: ReadonlyMap<Key, unknown>): Config {
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

/** The text of every secret; an empty one = not set. */
export function secretTextsOf(values: ReadonlyMap<Key, unknown>): ReadonlyMap<SecretName, string> {
  const secrets = new Map<SecretName, string>()
  for (const [key, { kind }] of settingEntries) {
    if (kind.name === 'secret') secrets.set(key as SecretName, values.get(key) as string)
  }
  return secrets
}

function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) deepFreeze(member)
  return Object.freeze(value)
}
