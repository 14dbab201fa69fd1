// Loads configuration from literal YAML and variables, for the tests of this folder.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Evaluation, evaluateConfig } from '../../../src/config/evaluate.ts'
import { ConfigError, type Finding } from '../../../src/config/findings.ts'
import { type LoadedConfig, loadConfig } from '../../../src/config/load.ts'

export type Variables = Readonly<Record<string, string>>

/** Runs `use` in a new directory that is removed afterwards. */
export function inDirectory<Result>(use: (directory: string) => Result): Result {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-config-'))
  try {
    return use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The configuration of `yaml` (null = no file) and variables. */
export function load(yaml: string | null, environment: Variables, fileMode = 0o600): LoadedConfig {
  if (yaml === null) return loadConfig({ path: null, environment })
  return inDirectory((directory) => {
    const path = join(directory, 'config.yaml')
    writeFileSync(path, yaml, { mode: fileMode })
    return loadConfig({ path, environment })
  })
}

/** What `yaml` (null = no file) and variables say together, refused or not. */
export function evaluate(yaml: string | null, environment: Variables): Evaluation {
  if (yaml === null) return evaluateConfig({ path: null, environment })
  return inDirectory((directory) => {
    const path = join(directory, 'config.yaml')
    writeFileSync(path, yaml, { mode: 0o600 })
    return evaluateConfig({ path, environment })
  })
}

/** The error that refuses this configuration, or a failure when it is accepted. */
export function refusal(yaml: string | null, environment: Variables): ConfigError {
  try {
    load(yaml, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

export function findingsOf(yaml: string | null, environment: Variables): readonly Finding[] {
  return refusal(yaml, environment).findings
}

/** YAML of one dotted key. */
export function yamlOf(key: string, value: string): string {
  const names = key.split('.')
  return names
    .map((name, depth) => {
      const end = depth === names.length - 1 ? ` ${value}` : ''
      return `${'  '.repeat(depth)}${name}:${end}`
    })
    .join('\n')
}

export const strong = 'k7mEo2Ql9ZtX4vRw8YbN'
/** What a production issuer needs. */
export const production: Variables = {
  AUTHPLANE_SERVER_ISSUER: 'https://auth.example.com',
  AUTHPLANE_SESSION_SECRET: strong,
  AUTHPLANE_SESSION_SECURE: 'true',
  AUTHPLANE_ADMIN_API_KEY: `${strong}2`,
}
