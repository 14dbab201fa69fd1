// Resources that the configuration names, in the block `resources` and in two variables (spec 06
// §4.12, 00 B20). Only their shape is judged here.
import { parseHttpUrl } from '../../base/url.ts'
import type { ResourcePolicy, ResourceScope } from '../../records/resource.ts'
import type { ResourceSeed } from '../../records/resource-seed.ts'
import type { Environment } from '../environment.ts'
import type { ConfigFile } from '../file.ts'
import type { Finding } from '../findings.ts'
import { findInText } from '../placeholders.ts'
import { resourceVariables } from '../special-names.ts'
import type { EntryReader } from './entry-reader.ts'
import { readBlock, readSlug, type SeedReading } from './read-block.ts'

const slugCharactersMax = 64

/** All resource entries, that of the variables last. */
export function readResourceSeeds(
  file: ConfigFile | null,
  environment: Environment,
): SeedReading<ResourceSeed> {
  const block = readBlock(file, 'resources', readResource)
  const uri = environment[resourceVariables.uri] ?? ''
  const scopesText = environment[resourceVariables.scopes] ?? ''
  const findings = [
    ...block.findings,
    ...placeholdersIn(uri, resourceVariables.uri),
    ...placeholdersIn(scopesText, resourceVariables.scopes),
  ]
  const scopes = scopesOf(scopesText)
  if (uri === '') {
    const warnings = scopes.length === 0 ? [] : [scopesAlone]
    return { ...block, findings, warnings }
  }
  if (block.seeds.some((seed) => seed.uri === uri)) {
    const seeds = block.seeds.map((seed) =>
      seed.uri === uri && scopes.length > 0 ? { ...seed, scopes } : seed,
    )
    return { ...block, seeds, findings, warnings: [] }
  }
  const slug = slugOfHost(uri)
  // A placeholder has its own finding.
  const finding = findings.length > block.findings.length ? null : judgeSlug(slug, block.seeds)
  if (finding !== null) findings.push(finding)
  const seed = { ...emptySeed, slug, uri, backendKind: 'mint', scopes }
  return { ...block, seeds: [...block.seeds, seed], findings, warnings: [] }
}

function placeholdersIn(text: string, variable: string): readonly Finding[] {
  const finding = findInText('resources', text, null)
  return finding === null ? [] : [{ ...finding, variable }]
}

const emptyPolicy: ResourcePolicy = {
  exchangeAllowedClientIds: [],
  runtimeClientIds: [],
  connectAllowedReturnUrls: [],
}

const emptySeed: Omit<ResourceSeed, 'slug'> = {
  uri: null,
  backendKind: null,
  brokerProviderId: null,
  brokerProviderSlug: null,
  displayName: null,
  scopes: [],
  policy: emptyPolicy,
}

function readResource(entry: EntryReader): ResourceSeed {
  const brokerProviderId = entry.text('broker_provider_id')
  const brokerProviderSlug = entry.text('broker_provider_slug')
  if (brokerProviderId !== null && brokerProviderSlug !== null)
    entry.refuse('broker_provider_slug', 'is set, and so is broker_provider_id', 'keep one of them')
  // Accepted without a use: the reference has no place to store it.
  entry.text('description')
  return {
    slug: readSlug(entry),
    uri: entry.text('uri'),
    backendKind: entry.text('backend_kind'),
    brokerProviderId,
    brokerProviderSlug,
    displayName: readDisplayName(entry),
    scopes: entry.entries('scopes').map(readScope),
    policy: readPolicy(entry.entry('policy')),
  }
}

/** `name` is how a published guide spells it. */
function readDisplayName(entry: EntryReader): string | null {
  const displayName = entry.text('display_name')
  const alias = entry.text('name')
  if (displayName !== null && alias !== null && displayName !== alias)
    entry.refuse('name', 'differs from display_name, which means the same', 'keep one of them')
  return displayName ?? alias
}

function readScope(entry: EntryReader): ResourceScope {
  const name = entry.text('name') ?? ''
  if (name === '') entry.refuse('name', 'must be set', 'write the scope as `- name: read`')
  return {
    name,
    description: entry.text('description') ?? '',
    upstream: entry.text('upstream') ?? '',
  }
}

function readPolicy(entry: EntryReader): ResourcePolicy {
  return {
    exchangeAllowedClientIds: entry.entry('exchange').texts('allowed_client_ids'),
    runtimeClientIds: entry.entry('runtime').texts('client_ids'),
    connectAllowedReturnUrls: entry.entry('connect').texts('allowed_return_urls'),
  }
}

function scopesOf(text: string): readonly ResourceScope[] {
  const names = text.split(',').map((name) => name.trim())
  return names
    .filter((name) => name !== '')
    .map((name) => ({ name, description: '', upstream: '' }))
}

const scopesAlone: Finding = {
  key: 'resources',
  variable: resourceVariables.scopes,
  problem: 'the variable has no effect alone',
  remedy: `set ${resourceVariables.uri} too`,
}

/** The host of a URI as a slug; empty when it has none. */
function slugOfHost(uri: string): string {
  const host = parseHttpUrl(uri)?.hostname ?? ''
  const slug = host.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return slug.slice(0, slugCharactersMax).replace(/^-+|-+$/g, '')
}

function judgeSlug(slug: string, others: readonly ResourceSeed[]): Finding | null {
  const about = { key: 'resources', variable: resourceVariables.uri }
  if (slug === '')
    return {
      ...about,
      problem: 'must be an absolute http or https URL whose host can become a slug',
      remedy: `correct the variable ${about.variable}`,
    }
  const index = others.findIndex((seed) => seed.slug.toLowerCase() === slug)
  if (index === -1) return null
  return {
    ...about,
    problem: `its host becomes the slug ${slug}, which resources[${index}] has`,
    remedy: `rename that entry, or give it the URI of ${about.variable}`,
  }
}

/** Whether the entry asks for tokens of somebody else, by kind or by naming a provider. */
export function isBrokerSeed(seed: ResourceSeed): boolean {
  const namesProvider = seed.brokerProviderId !== null || seed.brokerProviderSlug !== null
  return namesProvider || seed.backendKind === 'broker'
}
