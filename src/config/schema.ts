// Every configuration key: kind, default, variable, one line of documentation, and the rule
// that its value alone must pass (spec 06 §4). A new key is one entry here: the type `Config`,
// loading, the example file and the names of secrets follow. Rules between keys are in
// validate.ts.
import { limits } from '../base/limits.ts'
import { parseUrl } from '../base/url.ts'
import {
  address,
  choice,
  decimal,
  duration,
  flag,
  integer,
  isNetwork,
  type Kind,
  list,
  seconds,
  secret,
  text,
} from './kinds.ts'

/** Says what a value must be when it is not, else null. */
type Rule<Value> = (value: Value) => string | null

/** A value as it is written in YAML. */
export type YamlValue = string | boolean | number | readonly string[]

interface Options<Value> {
  /** The default, as it would be written in the file. */
  readonly fallback: YamlValue
  readonly variable: string
  readonly doc: string
  readonly rule?: Rule<Value>
}

interface Setting<K extends Kind<unknown>> extends Options<ValueOf<K>> {
  readonly kind: K
}

/** A setting of whatever kind, for code that walks all of them. */
export type AnySetting = Omit<Options<never>, 'rule'> & {
  readonly kind: Kind<unknown>
  readonly rule?: (value: never) => string | null
}

type ValueOf<K> = K extends Kind<infer Value> ? Value : never

const setting = <K extends Kind<unknown>>(kind: K, options: Options<ValueOf<K>>): Setting<K> => ({
  kind,
  ...options,
})

function between(min: number, max: number): Rule<number> {
  return (value) => (value >= min && value <= max ? null : `must be between ${min} and ${max}`)
}

const nonEmpty: Rule<string> = (value) => (value.trim() === '' ? 'must not be empty' : null)

/** RFC 8414 §2, and spec 06 §5.1. No repair: clients compare the issuer as a string. */
const issuerRule: Rule<string> = (value) => {
  // Credentials are refused because `http://localhost:1@example.org` would pass for localhost.
  const isPlain = /^https?:\/\/[^\s/\\?#@]+(?:\/[^\s\\?#]*)?$/.test(value)
  if (!isPlain || parseUrl(value) === null)
    return 'must be an absolute http or https URL without credentials, query and fragment'
  return value.endsWith('/') ? 'must not end with a slash' : null
}

const networksRule: Rule<readonly string[]> = (values) =>
  values.every(isNetwork) ? null : 'must hold IP addresses or networks such as 10.0.0.0/8 only'

const pathRule: Rule<string> = (value) =>
  /^\/[A-Za-z0-9._~/-]*$/.test(value) ? null : 'must be a path that begins with a slash'

export const settings = {
  'server.issuer': setting(text, {
    fallback: 'http://localhost:9000',
    variable: 'AUTHPLANE_SERVER_ISSUER',
    doc: 'URL of this server in tokens and metadata, no slash at its end; localhost = development',
    rule: issuerRule,
  }),
  'server.address': setting(address, {
    fallback: ':9000',
    variable: 'AUTHPLANE_SERVER_ADDRESS',
    doc: 'public listener',
  }),
  'server.read_timeout': setting(duration, {
    fallback: '30s',
    variable: 'AUTHPLANE_SERVER_READ_TIMEOUT',
    doc: 'longest time to receive a request',
  }),
  'server.write_timeout': setting(duration, {
    fallback: '30s',
    variable: 'AUTHPLANE_SERVER_WRITE_TIMEOUT',
    doc: 'longest time to answer a request',
  }),
  'server.idle_timeout': setting(duration, {
    fallback: '120s',
    variable: 'AUTHPLANE_SERVER_IDLE_TIMEOUT',
    doc: 'how long a kept-alive connection may wait for its next request',
  }),
  'server.shutdown_wait': setting(duration, {
    fallback: '10s',
    variable: 'AUTHPLANE_SERVER_SHUTDOWN_WAIT',
    doc: 'time to finish open requests of both listeners at a stop',
  }),
  'server.allowed_origins': setting(list, {
    fallback: [],
    variable: 'AUTHPLANE_SERVER_ALLOWED_ORIGINS',
    doc: 'origins of browser clients (CORS); "*" = any, empty = none',
  }),
  'server.trusted_proxies': setting(list, {
    fallback: [],
    variable: 'AUTHPLANE_SERVER_TRUSTED_PROXIES',
    doc: 'addresses or networks of proxies whose X-Forwarded-For is believed',
    rule: networksRule,
  }),

  'storage.driver': setting(
    choice({ allowed: ['sqlite'], notBuiltYet: ['postgres'], empty: null, anyCase: false }),
    {
      fallback: 'sqlite',
      variable: 'AUTHPLANE_STORAGE_DRIVER',
      doc: 'where everything but signing keys is kept: sqlite',
    },
  ),
  'storage.sqlite.path': setting(text, {
    fallback: 'data/authserver.db',
    variable: 'AUTHPLANE_STORAGE_SQLITE_PATH',
    doc: 'database file; its directory is the data directory, made when missing',
    rule: nonEmpty,
  }),
  'storage.sqlite.wal': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_STORAGE_SQLITE_WAL',
    doc: 'write-ahead log; readers then never wait for the writer',
  }),

  'signing.algorithm': setting(
    choice({ allowed: ['ES256', 'RS256'], notBuiltYet: [], empty: null, anyCase: false }),
    {
      fallback: 'ES256',
      variable: 'AUTHPLANE_SIGNING_ALGORITHM',
      doc: 'ES256 or RS256, of keys that are made from now on',
    },
  ),
  'signing.key_store': setting(
    choice({
      allowed: ['keyfile'],
      notBuiltYet: ['vault_transit', 'postgres_key'],
      empty: 'keyfile',
      anyCase: false,
    }),
    {
      fallback: 'keyfile',
      variable: 'AUTHPLANE_SIGNING_KEY_STORE',
      doc: 'where signing keys are kept: keyfile (a directory)',
    },
  ),
  'signing.key_path': setting(text, {
    fallback: 'data/keys',
    variable: 'AUTHPLANE_SIGNING_KEY_PATH',
    doc: 'directory of the signing keys',
    rule: nonEmpty,
  }),

  'session.secret': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_SESSION_SECRET',
    doc: 'at least 16 characters; signs cookies and nonces; empty on localhost = generated once',
  }),
  'session.secure': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_SESSION_SECURE',
    doc: 'cookies over https only; must be true unless the issuer is localhost',
  }),

  'rate_limit.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_RATE_LIMIT_ENABLED',
    doc: 'limit requests per source address on the public listener',
  }),
  'rate_limit.requests_per_second': setting(decimal, {
    fallback: 100,
    variable: 'AUTHPLANE_RATE_LIMIT_RPS',
    doc: 'lasting rate of one source address',
  }),
  'rate_limit.burst': setting(integer, {
    fallback: 200,
    variable: 'AUTHPLANE_RATE_LIMIT_BURST',
    doc: 'requests one source address may send at once',
  }),

  'admin.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_ADMIN_ENABLED',
    doc: 'admin listener: API and metrics',
  }),
  'admin.address': setting(address, {
    fallback: ':9001',
    variable: 'AUTHPLANE_ADMIN_ADDRESS',
    doc: 'admin listener; must differ from server.address',
  }),
  'admin.api_key': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_ADMIN_API_KEY',
    doc: 'at least 16 characters; empty on localhost = generated once',
  }),
  'admin.generate_key': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_ADMIN_GENERATE_KEY',
    doc: 'false = never generate an admin key; without one the admin API refuses every request',
  }),

  'client_credentials.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_CLIENT_CREDENTIALS_ENABLED',
    doc: 'the client_credentials grant',
  }),
  'client_credentials.token_expiry': setting(seconds, {
    fallback: '1h',
    variable: 'AUTHPLANE_CLIENT_CREDENTIALS_TOKEN_EXPIRY',
    doc: 'life of its access tokens, in whole seconds',
  }),
  client_secret_pepper: setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_CLIENT_SECRET_PEPPER',
    doc: 'key of the stored hashes of client secrets; changing it invalidates those secrets',
  }),

  'observability.logging.level': setting(
    choice({
      allowed: ['debug', 'info', 'warn', 'error'],
      notBuiltYet: [],
      empty: null,
      anyCase: true,
    }),
    {
      fallback: 'info',
      variable: 'AUTHPLANE_LOG_LEVEL',
      doc: 'debug, info, warn or error',
    },
  ),
  'observability.logging.format': setting(
    choice({ allowed: ['json', 'text'], notBuiltYet: [], empty: null, anyCase: false }),
    {
      fallback: 'json',
      variable: 'AUTHPLANE_LOG_FORMAT',
      doc: 'json or text',
    },
  ),
  'observability.metrics.provider': setting(
    choice({
      allowed: ['prometheus', 'none'],
      notBuiltYet: ['otel', 'both'],
      empty: null,
      anyCase: false,
    }),
    {
      fallback: 'prometheus',
      variable: 'AUTHPLANE_METRICS_PROVIDER',
      doc: 'prometheus or none',
    },
  ),
  'observability.metrics.path': setting(text, {
    fallback: '/metrics',
    variable: 'AUTHPLANE_METRICS_PATH',
    doc: 'path of the metrics on the admin listener',
    rule: pathRule,
  }),

  'actors.storage.commit_rows_max': setting(integer, {
    fallback: limits.commitRowsMax,
    variable: 'AUTHPLANE_ACTORS_STORAGE_COMMIT_ROWS_MAX',
    doc: 'most units of work in one database commit',
    rule: between(1, 100_000),
  }),
  'actors.storage.mailbox_max': setting(integer, {
    fallback: limits.storageMailboxMessagesMax,
    variable: 'AUTHPLANE_ACTORS_STORAGE_MAILBOX_MAX',
    doc: 'most messages waiting for storage; beyond it requests get 503',
    rule: between(16, 1_000_000),
  }),
  'actors.signer.mailbox_max': setting(integer, {
    fallback: limits.signerMailboxMessagesMax,
    variable: 'AUTHPLANE_ACTORS_SIGNER_MAILBOX_MAX',
    doc: 'most messages waiting for the signer; beyond it requests get 503',
    rule: between(16, 1_000_000),
  }),
} as const

type Settings = typeof settings

/** Dotted name of a key. */
export type Key = keyof Settings

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

type Unit<S> = S extends { readonly kind: { readonly name: 'duration' } }
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
  const unit = { duration: 'Ms', seconds: 'Seconds' }[settings[key].kind.name as string] ?? ''
  return [...path.slice(0, -1), `${path.at(-1)}${unit}`]
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
