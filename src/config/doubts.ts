// Warnings about a configuration that is accepted: switches that may not mean what was meant,
// secrets that others can read, combinations that are weak or useless (spec 06 §3.4, §5.1, §7,
// §10).
import { isLocalhostIssuer } from '../base/url.ts'
import type { RegistrationMode } from '../records/runtime-setting.ts'
import type { Environment } from './environment.ts'
import type { ConfigFile } from './file.ts'
import type { Finding } from './findings.ts'
import { isDoubtfulFlag } from './kinds.ts'
import { type Config, type Key, settingEntries, settings } from './schema.ts'
import { deprecatedKeys } from './special-names.ts'

interface Subject {
  readonly config: Config
  readonly file: ConfigFile | null
  readonly environment: Environment
}

/** One warning each, in a stable order. */
export function findDoubts({ config, file, environment }: Subject): readonly Finding[] {
  return [
    ...[...(file?.deprecated.keys() ?? [])].map(deprecated),
    ...doubtfulFlags(environment),
    ...readableSecrets(file),
    ...originDoubts(config),
    ...policyDoubts.flatMap(({ key, isDoubtful, problem, remedy }) =>
      isDoubtful(config) ? [doubt(key, problem, remedy)] : [],
    ),
  ]
}

function doubt(key: Key, problem: string, remedy: string): Finding {
  return { key, variable: settings[key].variable, problem, remedy }
}

function deprecated(key: keyof typeof deprecatedKeys): Finding {
  const problem = 'this key is deprecated'
  return { key, variable: null, problem, remedy: `use ${deprecatedKeys[key]}` }
}

function doubtfulFlags(environment: Environment): readonly Finding[] {
  return settingEntries.flatMap(([key, { kind, variable }]) => {
    const text = variable === null ? undefined : environment[variable]
    if (kind.name !== 'flag' || text === undefined || !isDoubtfulFlag(text)) return []
    const problem = 'the variable says neither yes nor no and counts as false'
    return [{ key, variable, problem, remedy: 'write true or false' }]
  })
}

function readableSecrets(file: ConfigFile | null): readonly Finding[] {
  if (file === null || !file.isReadableByOthers) return []
  const secrets = settingEntries.filter(([key, { kind }]) => {
    const value = file.settings.get(key)?.value
    return kind.name === 'secret' && value !== undefined && value !== ''
  })
  return secrets.map(([key, { variable }]) => ({
    key,
    variable,
    problem: 'the configuration file holds a secret and others may read it',
    remedy: `chmod 600 ${file.path}, or move the secret to ${variable}_FILE`,
  }))
}

function originDoubts({ server: { allowedOrigins } }: Config): readonly Finding[] {
  const isOrigin = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/\s?#@A-Z]+)$/
  return allowedOrigins
    .filter((origin) => !isOrigin.test(origin))
    .map((origin) =>
      doubt(
        'server.allowed_origins',
        'an allowed origin can match nothing',
        `write ${JSON.stringify(origin)} as browsers do: https://host or https://host:port`,
      ),
    )
}

interface Policy {
  readonly key: Key
  readonly isDoubtful: (config: Config) => boolean
  readonly problem: string
  readonly remedy: string
}

const policyDoubts: readonly Policy[] = [
  {
    key: 'server.issuer',
    isDoubtful: ({ server }) =>
      !isLocalhostIssuer(server.issuer) && server.issuer.startsWith('http:'),
    problem: 'the issuer uses plain http',
    remedy: 'serve it over https: tokens and cookies cross the network unprotected',
  },
  {
    key: 'session.fail_closed',
    isDoubtful: ({ session }) => !session.failClosed,
    problem: 'a session counts although its user cannot be looked up',
    remedy: 'set it to true: disabled users stay signed in while storage fails',
  },
  {
    key: 'session.same_site',
    isDoubtful: ({ session }) => session.sameSite === 'none' && !session.secure,
    problem: 'browsers drop cookies with SameSite=None that are not Secure',
    remedy: 'set session.secure to true, or use lax',
  },
  {
    key: 'cimd.allow_private_addresses',
    isDoubtful: ({ cimd }) => cimd.enabled && cimd.allowPrivateAddresses,
    problem: 'metadata documents are fetched from private addresses',
    remedy: 'set it to false: a client could reach 169.254.169.254, the cloud metadata address',
  },
  {
    key: 'outbound.allow_private_addresses',
    isDoubtful: ({ outbound }) => outbound.allowPrivateAddresses,
    problem: 'providers and upstreams may be private addresses and use http',
    remedy: 'set it to false outside of development',
  },
  {
    key: 'oidc.show_local_login',
    isDoubtful: ({ oidc }) => !oidc.showLocalLogin && (!oidc.enabled || oidc.displayName === ''),
    problem: 'the sign-in page has neither a password form nor a button',
    remedy: 'set it to true, or give the provider a display_name',
  },
  {
    key: 'admin.burst',
    isDoubtful: ({ admin }) => admin.requestsPerSecond > 0 !== admin.burst > 0,
    problem: 'the admin listener is not limited: one of its two limits is 0',
    remedy: 'set admin.requests_per_second and admin.burst, or neither',
  },
  {
    key: 'observability.logging.outputs.stdout',
    isDoubtful: ({ observability: { logging } }) =>
      !logging.outputs.stdout && !logging.outputs.otel,
    problem: 'nothing is logged',
    remedy: 'set stdout or otel to true',
  },
]

/**
 * Warnings that depend on who may register clients: on the stored mode, where there is one, which
 * is known only when storage is open (spec 06 §7 steps 14–16).
 */
export function findRegistrationDoubts(config: Config, mode: RegistrationMode): readonly Finding[] {
  const posture =
    mode === 'open'
      ? [
          doubt(
            'dcr.mode',
            'anybody may register clients',
            'set it to approved_redirects or admin_only if that is not intended',
          ),
        ]
      : []
  const ceiling =
    mode !== 'admin_only' && config.oauth.defaultClientScope.trim() === ''
      ? [
          doubt(
            'oauth.default_client_scope',
            'clients that register themselves may ask for every scope',
            'list the scopes that they may ask for, separated by spaces',
          ),
        ]
      : []
  return [...posture, ...ceiling]
}
