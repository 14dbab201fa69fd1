// Warnings about a configuration that is accepted: probably mistyped names, switches that may not
// mean what was meant, secrets that others can read (spec 06 §3.1, §5.1, §7, §10).
import { isLocalhostIssuer } from '../base/url.ts'
import { type Environment, secretVariables } from './environment.ts'
import { type ConfigFile, keyGroups } from './file.ts'
import type { Finding } from './findings.ts'
import { isDoubtfulFlag } from './kinds.ts'
import { nearestName } from './nearest.ts'
import { type Config, settingEntries } from './schema.ts'
import { unusedKeys, unusedVariables } from './unused-keys.ts'

interface Subject {
  readonly config: Config
  readonly file: ConfigFile | null
  readonly environment: Environment
}

/** One warning each, in a stable order. */
export function findWarnings(subject: Subject): readonly Finding[] {
  return [
    ...(subject.file?.unknownKeys ?? []).map(unknownKey),
    ...Object.keys(subject.environment).flatMap(unknownVariable),
    ...doubtfulFlags(subject.environment),
    ...readableSecrets(subject.file),
    ...issuerDoubts(subject.config),
    ...originDoubts(subject.config),
  ]
}

const knownKeys = [...settingEntries.map(([key]) => key), ...Object.keys(unusedKeys), ...keyGroups]

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
  ...settingEntries.map(([, { variable }]) => variable),
  ...Object.values(unusedKeys).flatMap(({ variable }) => (variable === null ? [] : [variable])),
  ...secretVariables.map((variable) => `${variable}_FILE`),
  ...unusedVariables,
]
const isKnownVariable: ReadonlySet<string> = new Set(knownVariables)

/** Only near misses: the prefix is also that of links that container platforms inject. */
function unknownVariable(variable: string): readonly Finding[] {
  if (!variable.startsWith('AUTHPLANE_') || isKnownVariable.has(variable)) return []
  const nearest = nearestName(variable, knownVariables, 3)
  if (nearest === null) return []
  return [
    {
      key: variable,
      variable,
      problem: 'unknown configuration variable',
      remedy: `the nearest variable is ${nearest}`,
    },
  ]
}

function doubtfulFlags(environment: Environment): readonly Finding[] {
  return settingEntries.flatMap(([key, { kind, variable }]) => {
    const text = environment[variable]
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

function issuerDoubts({ server: { issuer } }: Config): readonly Finding[] {
  if (isLocalhostIssuer(issuer) || !issuer.startsWith('http:')) return []
  return [
    {
      key: 'server.issuer',
      variable: 'AUTHPLANE_SERVER_ISSUER',
      problem: 'the issuer uses plain http',
      remedy: 'serve it over https: tokens and cookies cross the network unprotected',
    },
  ]
}

function originDoubts({ server: { allowedOrigins } }: Config): readonly Finding[] {
  const about = { key: 'server.allowed_origins', variable: 'AUTHPLANE_SERVER_ALLOWED_ORIGINS' }
  const isOrigin = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/\s?#@A-Z]+)$/
  return allowedOrigins
    .filter((origin) => !isOrigin.test(origin))
    .map((origin) => ({
      ...about,
      problem: 'an allowed origin can match nothing',
      remedy: `write ${JSON.stringify(origin)} as browsers do: https://host or https://host:port`,
    }))
}
