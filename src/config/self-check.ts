// What the configuration makes of each feature, told in one block at the start (spec 06 §6). What
// the loading refuses already, such as a bad chain depth, cannot be misconfigured here any more.
import type { ResourceSeed } from '../records/resource-seed.ts'
import type { Finding } from './findings.ts'
import { type Config, type Key, type SecretName, settings } from './schema.ts'
import { isBrokerSeed } from './seeds/resource-seeds.ts'

export interface FeatureStatus {
  readonly feature: string
  readonly status: 'enabled' | 'disabled' | 'misconfigured'
  readonly detail: string
  /** What switches it, or what is wrong. */
  readonly key: string
  /** The way out of a misconfiguration, else null. */
  readonly remedy: string | null
}

interface Subject {
  readonly config: Config
  readonly hasSecret: (name: SecretName) => boolean
  readonly seeds: readonly ResourceSeed[]
  /** Somebody wants to connect upstreams: a key of it is set, or a seed needs it. */
  readonly wantsConnect: boolean
}

/** One status per feature, in the order in which they are told. */
export function selfCheck(
  config: Config,
  secrets: { readonly has: (name: SecretName) => boolean },
  seeds: readonly ResourceSeed[],
): readonly FeatureStatus[] {
  const { redirectBaseUrl, allowedReturnUrls } = config.connect
  const wantsConnect =
    secrets.has('connect.state_secret') ||
    redirectBaseUrl !== '' ||
    allowedReturnUrls.length > 0 ||
    seeds.some(isBrokerSeed)
  const subject = {
    config,
    hasSecret: (name: SecretName) => secrets.has(name),
    seeds,
    wantsConnect,
  }
  return checks.map((check) => notedIfUnserved(check(subject)))
}

/** Features whose settings count already, and whose endpoints this version does not have. */
const unserved: ReadonlySet<string> = new Set(['token_exchange', 'xaa'])

function notedIfUnserved(status: FeatureStatus): FeatureStatus {
  if (status.status !== 'enabled' || !unserved.has(status.feature)) return status
  return { ...status, detail: `${status.detail}; not served by this version` }
}

/** Misconfigured features as findings, which refuse the start. */
export function findMisconfigured(features: readonly FeatureStatus[]): readonly Finding[] {
  return features.flatMap(({ feature, status, detail, key, remedy }) => {
    if (status !== 'misconfigured') return []
    const variable = Object.hasOwn(settings, key) ? settings[key as Key].variable : null
    return [{ key, variable, problem: `${feature}: ${detail}`, remedy: remedy ?? '' }]
  })
}

type Check = (subject: Subject) => FeatureStatus

function on(feature: string, key: string, detail: string): FeatureStatus {
  return { feature, status: 'enabled', detail, key, remedy: null }
}

function off(feature: string, key: string, detail: string): FeatureStatus {
  return { feature, status: 'disabled', detail, key, remedy: null }
}

function wrong(
  feature: string,
  fault: { readonly key: string; readonly detail: string; readonly remedy: string },
): FeatureStatus {
  return { feature, status: 'misconfigured', ...fault }
}

function bySwitch(feature: string, isOn: boolean, detail: string): FeatureStatus {
  const key = `${feature}.enabled`
  return isOn ? on(feature, key, detail) : off(feature, key, `${key} is false`)
}

const dataEncryption: Check = ({ config, wantsConnect }) => {
  const { driver } = config.dataEncryption
  const key = 'data_encryption.driver'
  if (driver !== '') return on('data_encryption', key, `driver ${driver}`)
  if (!wantsConnect) return off('data_encryption', key, 'no driver, and nothing needs one')
  return wrong('data_encryption', {
    key,
    detail: 'no driver, and connected upstreams need one to store their tokens',
    remedy: 'set data_encryption.driver, or remove the connect keys and broker resources',
  })
}

const connect: Check = ({ config, hasSecret, wantsConnect }) => {
  const feature = 'connect'
  if (!wantsConnect)
    return off(feature, 'connect.state_secret', 'no connect key is set and no seed needs it')
  const isMissing = (key: 'connect.state_secret' | 'connect.redirect_base_url'): FeatureStatus =>
    wrong(feature, { key, detail: `${key} is not set`, remedy: `set ${key}` })
  if (!hasSecret('connect.state_secret')) return isMissing('connect.state_secret')
  if (config.connect.redirectBaseUrl === '') return isMissing('connect.redirect_base_url')
  return on(feature, 'connect.state_secret', `callbacks below ${config.connect.redirectBaseUrl}`)
}

const tokenExchange: Check = ({ config: { tokenExchange: exchange } }) =>
  bySwitch('token_exchange', exchange.enabled, `chains of up to ${exchange.maxChainDepth} actors`)

const clientCredentials: Check = ({ config }) => {
  const { enabled, tokenExpirySeconds } = config.clientCredentials
  return bySwitch('client_credentials', enabled, `tokens live ${tokenExpirySeconds}s`)
}

const dpop: Check = ({ config }) => {
  const { enabled, requireNonce, proofLifetimeSeconds } = config.dpop
  const nonce = requireNonce ? 'required' : 'optional'
  return bySwitch('dpop', enabled, `proofs live ${proofLifetimeSeconds}s, nonce ${nonce}`)
}

const dcr: Check = ({ config }) => on('dcr', 'dcr.mode', `mode ${config.dcr.mode}`)

const scopeCeiling: Check = ({ config }) => {
  const key = 'oauth.default_client_scope'
  const names = config.oauth.defaultClientScope.split(/\s+/).filter((name) => name !== '')
  if (names.length === 0) return off(key, key, 'no ceiling for clients that register themselves')
  // RFC 6749 §3.3. A comma is allowed there and is a slip here: lists are separated by spaces.
  const bad = names.find((name) => !/^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/.test(name))
  if (bad === undefined) return on(key, key, names.join(' '))
  return wrong(key, {
    key,
    detail: `${JSON.stringify(bad)} is no scope name`,
    remedy: bad.includes(',') ? 'separate the names by spaces' : 'correct the name',
  })
}

const seeded: Check = ({ seeds }) => {
  const feature = 'resources(seeded)'
  if (seeds.length === 0) return off(feature, 'resources', 'none')
  const index = seeds.findIndex(
    (seed) => isBrokerSeed(seed) && seed.policy.connectAllowedReturnUrls.length === 0,
  )
  if (index === -1) return on(feature, 'resources', `${seeds.length} in the configuration`)
  return wrong(feature, {
    key: `resources[${index}].policy.connect.allowed_return_urls`,
    detail: `the broker resource ${seeds[index]?.slug ?? ''} has no return URLs`,
    remedy: 'list where the connect flow may return to',
  })
}

const xaa: Check = ({ config, seeds }) => {
  const withUri = seeds.filter(({ uri }) => uri !== null && uri !== '').length
  const detail = `require_resource ${config.xaa.requireResource}, ${withUri} seeds with a uri`
  return bySwitch('xaa', config.xaa.enabled, detail)
}

const checks: readonly Check[] = [
  dataEncryption,
  connect,
  tokenExchange,
  clientCredentials,
  dpop,
  dcr,
  scopeCeiling,
  seeded,
  xaa,
]
