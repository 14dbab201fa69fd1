// Where the server of a configuration answers to its own machine. Only two keys are read: a check
// inside a container has none of the secrets that the whole configuration needs.
import type { ListenAddress } from '../config/address.ts'
import type { Environment } from '../config/environment.ts'
import { type ConfigFile, readConfigFile } from '../config/file.ts'
import { ConfigError } from '../config/findings.ts'
import { type Key, settings } from '../config/schema.ts'
import { findSource, readSetting } from '../config/setting-source.ts'
import { UsageError } from './arguments.ts'

interface Sources {
  /** Of `--config`; null = no file. */
  readonly path: string | null
  readonly environment: Environment
}

/** URL of `/livez` on the public listener. @throws ConfigError, UsageError */
export function ownLivezUrl({ path, environment }: Sources): URL {
  const file = path === null ? null : readConfigFile(path)
  const { host, port } = readKey('server.address', { file, environment }) as ListenAddress
  const issuer = readKey('server.issuer', { file, environment }) as string
  if (port === 0) {
    throw new UsageError('server.address leaves the port to the system: say where with --url')
  }
  const basePath = new URL(issuer).pathname.replace(/\/$/, '')
  return new URL(`http://${reachable(host)}:${port}${basePath}/livez`)
}

function readKey(
  key: Key,
  sources: { readonly file: ConfigFile | null; readonly environment: Environment },
): unknown {
  const result = readSetting({ key, setting: settings[key], source: findSource(key, sources) })
  if ('value' in result) return result.value
  throw new ConfigError(result.finding === null ? [placeholderIn(key)] : [result.finding])
}

function placeholderIn(key: Key) {
  const { variable } = settings[key]
  return { key, variable, problem: 'holds a placeholder', remedy: 'replace it, or use --url' }
}

/** Every interface includes the loopback one of its kind. */
function reachable(host: string | null): string {
  if (host === null || host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
