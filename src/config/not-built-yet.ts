// What the schema accepts and this version cannot do. Each line refuses a configuration that would
// otherwise make the server run differently from what was asked; whoever builds the part deletes
// its line.
import type { ResourceSeed } from '../records/resource-seed.ts'
import type { Finding } from './findings.ts'
import { type Subject, secretText } from './rules/rule.ts'
import { type Key, settings } from './schema.ts'
import type { ProviderSeed } from './seeds/provider-seeds.ts'
import { isBrokerSeed } from './seeds/resource-seeds.ts'

interface Line {
  readonly key: Key
  readonly isAsked: (subject: Subject) => boolean
  readonly remedy: string
}

const lines: readonly Line[] = [
  {
    key: 'storage.driver',
    isAsked: ({ config }) => config.storage.driver !== 'sqlite',
    remedy: 'use sqlite',
  },
  {
    key: 'signing.key_store',
    isAsked: ({ config }) => config.signing.keyStore !== 'keyfile',
    remedy: 'use keyfile',
  },
  {
    key: 'signing.rotation_interval',
    isAsked: ({ config }) => config.signing.rotationIntervalMs > 0,
    remedy: 'set it to 0 and rotate with `authserver admin key rotate`',
  },
  {
    key: 'server.front_threads',
    isAsked: ({ config }) => config.server.frontThreads > 1,
    remedy: 'set it to 1',
  },
  {
    key: 'actors.signer.instances',
    isAsked: ({ config }) => config.actors.signer.instances > 1,
    remedy: 'set it to 1',
  },
  {
    key: 'purge.interval',
    isAsked: ({ config }) => config.purge.intervalMs > 0,
    remedy: 'set it to 0',
  },
  {
    key: 'oidc.enabled',
    isAsked: ({ config }) => config.oidc.enabled,
    remedy: 'set it to false',
  },
  {
    key: 'data_encryption.driver',
    isAsked: ({ config }) => config.dataEncryption.driver !== '',
    remedy: 'leave it empty',
  },
  {
    key: 'connect.state_secret',
    isAsked: (subject) => secretText(subject, 'connect.state_secret') !== '',
    remedy: 'leave it empty',
  },
  {
    key: 'connect.redirect_base_url',
    isAsked: ({ config }) => config.connect.redirectBaseUrl !== '',
    remedy: 'leave it empty',
  },
  {
    key: 'connect.allowed_return_urls',
    isAsked: ({ config }) => config.connect.allowedReturnUrls.length > 0,
    remedy: 'leave it empty',
  },
]

export interface Blocks {
  readonly resourceSeeds: readonly ResourceSeed[]
  readonly providerSeeds: readonly ProviderSeed[]
  /** Whether `oidc.providers` holds anything. */
  readonly hasOidcProviders: boolean
}

const problem = 'is not supported by this version'

/** A finding for each key and entry that this version cannot honour. */
export function findNotBuiltYet(
  subject: Subject,
  blocks: Blocks,
  isSound: (key: Key) => boolean,
): readonly Finding[] {
  const asked = lines.filter(({ key, isAsked }) => isSound(key) && isAsked(subject))
  return [
    ...asked.map(({ key, remedy }) => ({
      key,
      variable: settings[key].variable,
      problem: `this value ${problem}`,
      remedy,
    })),
    ...findBlocks(blocks),
  ]
}

function findBlocks(blocks: Blocks): readonly Finding[] {
  const brokers = blocks.resourceSeeds.filter(isBrokerSeed)
  const finding = (key: string, what: string): Finding => {
    return { key, variable: null, problem: `${what} ${problem}`, remedy: 'remove it' }
  }
  return [
    ...(blocks.hasOidcProviders ? [finding('oidc.providers', 'a list of providers')] : []),
    ...blocks.providerSeeds.map(({ slug }) => finding('broker_providers', `provider ${slug}`)),
    ...brokers.map(({ slug }) => finding('resources', `the broker resource ${slug}`)),
  ]
}
