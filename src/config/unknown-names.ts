// Names of keys and variables that nobody knows, with what was probably meant (spec 06 §3.1, 00
// B20). A warning of the server, an error of `authserver config check`.
import { type Environment, secretVariables } from './environment.ts'
import { type ConfigFile, keyGroups } from './file.ts'
import type { Finding } from './findings.ts'
import { nearestName } from './nearest.ts'
import { type Config, settingEntries } from './schema.ts'
import { blockKeys, deprecatedKeys, keylessVariables } from './special-names.ts'

/** One finding per unknown key of the file, then per unknown variable. */
export function findUnknownNames(subject: {
  readonly config: Config
  readonly file: ConfigFile | null
  readonly environment: Environment
}): readonly Finding[] {
  const named = namedVariables(subject.config)
  return [
    ...(subject.file?.unknownKeys ?? []).map(unknownKey),
    ...Object.entries(subject.environment).flatMap(([variable, text]) =>
      named.has(variable) ? [] : unknownVariable(variable, text),
    ),
  ]
}

const knownKeys = [
  ...settingEntries.map(([key]) => key),
  ...Object.keys(deprecatedKeys),
  ...blockKeys,
  ...keyGroups,
]

function unknownKey(key: string): Finding {
  const nearest = namesake(key) ?? nearestName(key, knownKeys, Math.max(3, key.length / 3))
  return {
    key,
    variable: null,
    problem: 'unknown configuration key',
    remedy: nearest === null ? 'remove it' : `the nearest key is ${nearest}`,
  }
}

/** The only key that has the same last name, for a key that stands in the wrong group. */
function namesake(key: string): string | null {
  const last = `.${key.split('.').at(-1)}`
  const [only, ...others] = knownKeys.filter((candidate) => candidate.endsWith(last))
  return only !== undefined && others.length === 0 ? only : null
}

const knownVariables: readonly string[] = [
  ...settingEntries.flatMap(([, { variable }]) => (variable === null ? [] : [variable])),
  ...secretVariables.map((variable) => `${variable}_FILE`),
  ...keylessVariables,
]
const isKnownVariable: ReadonlySet<string> = new Set(knownVariables)

/** Whether container platforms inject this for a service whose name begins with authplane. */
function isServiceLink(variable: string, text: string): boolean {
  if (/_PORT$/.test(variable)) return /^(?:tcp|udp|sctp):/.test(text)
  return /_(?:SERVICE_(?:HOST|PORT)|PORT_\d+_(?:TCP|UDP|SCTP))(?:_\w+)?$/.test(variable)
}

function unknownVariable(variable: string, text: string): readonly Finding[] {
  if (!variable.startsWith('AUTHPLANE_') || isKnownVariable.has(variable)) return []
  // Secrets of upstreams may have any name under the second prefix (spec 06 §5.2).
  const isForeign = isServiceLink(variable, text) || variable.startsWith('AUTHPLANE_VAULT_')
  const nearest = nearestName(variable, knownVariables, isForeign ? 1 : 3)
  if (nearest === null && isForeign) return []
  return [
    {
      key: variable,
      variable: null,
      problem: 'unknown configuration variable',
      remedy: nearest === null ? unknownRemedy(variable) : `the nearest variable is ${nearest}`,
    },
  ]
}

function unknownRemedy(variable: string): string {
  const isFileOfKnown = isKnownVariable.has(variable.replace(/_FILE$/, ''))
  return isFileOfKnown ? 'unset it: only secrets have a _FILE variable' : 'unset it'
}

/** Variables whose names the configuration holds: places of secrets (spec 06 §5.2). */
function namedVariables({ oidc, dataEncryption }: Config): ReadonlySet<string> {
  const { aesMaster, vaultTransitEncrypt } = dataEncryption
  return new Set([
    oidc.clientSecretRef,
    aesMaster.keyEnv,
    aesMaster.oldKeyEnv,
    vaultTransitEncrypt.tokenEnv,
    vaultTransitEncrypt.approle.roleIdEnv,
    vaultTransitEncrypt.approle.secretIdEnv,
  ])
}
