// Every configuration key (spec 06 §4, 00 B49), composed of the tables under keys/, in the order of
// the example file. A new key is one entry there: the type `Config`, loading, the example file, the
// reference and the names of secrets follow. Rules between keys are under rules/.
import { adminKeys, rateLimitKeys, sessionKeys } from './keys/access.ts'
import { actorKeys } from './keys/actors.ts'
import { grantKeys, oauthKeys } from './keys/grants.ts'
import { observabilityKeys } from './keys/observability.ts'
import { registrationKeys } from './keys/registration.ts'
import { serverKeys } from './keys/server.ts'
import { dataEncryptionKeys, signingKeys, storageKeys } from './keys/stores.ts'
import { connectKeys, oidcKeys } from './keys/upstreams.ts'
import type { AnySetting, ValueOf } from './setting.ts'

export const settings = {
  ...serverKeys,
  ...storageKeys,
  ...signingKeys,
  ...registrationKeys,
  ...sessionKeys,
  ...rateLimitKeys,
  ...adminKeys,
  ...oauthKeys,
  ...grantKeys,
  ...oidcKeys,
  ...dataEncryptionKeys,
  ...connectKeys,
  ...observabilityKeys,
  ...actorKeys,
} as const

type Settings = typeof settings

/** Dotted name of a key. */
export type Key = keyof Settings

/** Type of the value of a key. */
export type KeyValue<K extends Key> = ValueOf<Settings[K]['kind']>

/** Keys whose values never enter `Config`. */
export type SecretName = {
  [K in Key]: Settings[K]['kind']['name'] extends 'secret' ? K : never
}[Key]

/** All keys with what is known of them, in the order of the example file. */
export const settingEntries = Object.entries(settings) as unknown as readonly [Key, AnySetting][]

/** The parsed configuration: grouped like the file, in camelCase, durations with their unit. */
export type Config = Nested<Settings>

type Nested<Table> = {
  readonly [K in keyof Table & string as MemberName<
    K,
    Table[K]
  >]: K extends `${infer Group}.${string}`
    ? Nested<Under<Table, Group>>
    : Table[K] extends { readonly kind: infer K2 }
      ? ValueOf<K2>
      : never
}

type Under<Table, Group extends string> = {
  [K in keyof Table as K extends `${Group}.${infer Rest}` ? Rest : never]: Table[K]
}

type MemberName<K extends string, S> = S extends { readonly kind: { readonly name: 'secret' } }
  ? never
  : K extends `${infer Group}.${string}`
    ? Camel<Group>
    : `${Camel<K>}${Unit<S>}`

type Unit<S> = S extends { readonly kind: { readonly name: 'duration' | 'span' } }
  ? 'Ms'
  : S extends { readonly kind: { readonly name: 'seconds' } }
    ? 'Seconds'
    : ''

type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text

/** The path of a key in `Config`; the runtime twin of the types above. */
export function memberPath(key: Key): readonly string[] {
  const path = key.split('.').map(toCamelCase)
  const unit =
    { duration: 'Ms', span: 'Ms', seconds: 'Seconds' }[settings[key].kind.name as string] ?? ''
  return [...path.slice(0, -1), `${path.at(-1)}${unit}`]
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The value of a key that is no secret. */
export function valueIn<K extends Exclude<Key, SecretName>>(config: Config, key: K): KeyValue<K> {
  let value: unknown = config
  for (const name of memberPath(key)) value = (value as Readonly<Record<string, unknown>>)[name]
  // The path and the type follow from the same table.
  return value as KeyValue<K>
}
