// Zero configuration (spec 00 B30): on localhost the secrets that nobody set are generated
// once, kept beside the database, readable by the owner only, and used again at the next start.
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import { isLocalhostIssuer } from '../base/url.ts'
import { ConfigError, type Finding } from './findings.ts'
import type { LoadedConfig } from './load.ts'
import { type Config, type SecretName, settings } from './schema.ts'
import type { Secrets } from './secrets.ts'

export interface CompleteSecrets {
  readonly secrets: Secrets
  /** File of the admin key in use when it is a generated one, to tell the operator; else null. */
  readonly adminKeyPath: string | null
  readonly warnings: readonly Finding[]
}

/**
 * Adds what is missing of session secret and admin key; production is never touched, and what was
 * set always wins. @throws ConfigError when a file cannot be made or does not hold a usable secret.
 */
export function completeSecrets(
  { config, secrets }: Pick<LoadedConfig, 'config' | 'secrets'>,
  random: Random,
): CompleteSecrets {
  if (!isLocalhostIssuer(config.server.issuer)) return { secrets, adminKeyPath: null, warnings: [] }
  const warnings: Finding[] = []
  const more = new Map<SecretName, string>()
  const directory = dataDirectory(config)
  const keep = (name: SecretName, file: string): string | null => {
    const path = directory === null ? null : join(directory, file)
    if (path === null) return null
    more.set(name, takeKeptSecret({ name, path, random, warnings }))
    return path
  }

  if (!secrets.has('session.secret') && keep('session.secret', 'session.secret') === null) {
    more.set('session.secret', random.secret())
    warnings.push(about('session.secret', 'the session secret lives as long as this process'))
  }
  let adminKeyPath: string | null = null
  if (config.admin.enabled && !secrets.has('admin.api_key')) {
    if (config.admin.generateKey) adminKeyPath = keep('admin.api_key', 'admin.key')
    if (adminKeyPath === null)
      warnings.push(about('admin.api_key', 'the admin API has no key and refuses every request'))
  }
  return { secrets: secrets.with(more), adminKeyPath, warnings }
}

/** Where generated files live, or null for a database in memory, which has no such place. */
function dataDirectory({ storage }: Config): string | null {
  return storage.sqlite.path === ':memory:' ? null : dirname(storage.sqlite.path)
}

function about(key: SecretName, problem: string): Finding {
  const { variable } = settings[key]
  return { key, variable, problem, remedy: `set ${variable} or ${variable}_FILE` }
}

interface Kept {
  readonly name: SecretName
  readonly path: string
  readonly random: Random
  readonly warnings: Finding[]
}

const charactersMin = 16

function takeKeptSecret({ name, path, random, warnings }: Kept): string {
  const { variable } = settings[name]
  const refuse = (problem: string, remedy: string): never => {
    throw new ConfigError([{ key: name, variable, problem: `${path} ${problem}`, remedy }])
  }
  let text: string
  try {
    text = readKept(path) ?? createKept(path, random)
    if ((statSync(path).mode & 0o077) !== 0)
      warnings.push({
        key: name,
        variable,
        problem: 'others may read a generated secret',
        remedy: `chmod 600 ${path}`,
      })
  } catch (error) {
    const remedy = `make its directory writable, or set ${variable} or ${variable}_FILE`
    return refuse(`cannot be used: ${messageOf(error)}`, remedy)
  }
  if (text.length >= charactersMin) return text
  return refuse('holds no usable secret', 'delete it, and a new one is made at the next start')
}

function readKept(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Makes the file appear whole or not at all; of two processes that try at once, one wins. */
function createKept(path: string, random: Random): string {
  const directory = dirname(path)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const text = random.secret()
  const draft = `${path}.${random.opaqueId()}`
  try {
    writeDurably(draft, `${text}\n`)
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readFileSync(path, 'utf8').trim()
  } finally {
    rmSync(draft, { force: true })
  }
  syncDirectory(directory)
  return text
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
