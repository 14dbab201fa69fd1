// Upstream providers that the configuration names, in the block `broker_providers` and in variables
// (spec 06 §4.12). Only their shape is judged here: `config_data` belongs to the protocol.
import type { Environment } from '../environment.ts'
import type { ConfigFile } from '../file.ts'
import type { Finding } from '../findings.ts'
import { findInText } from '../placeholders.ts'
import { providerVariables } from '../special-names.ts'
import type { EntryReader } from './entry-reader.ts'
import { readBlock, readSlug, type SeedReading } from './read-block.ts'

const providerProtocols = ['oauth', 'api_key', 'service_account'] as const
type ProviderProtocol = (typeof providerProtocols)[number]

export interface ProviderSeed {
  readonly slug: string
  readonly displayName: string
  readonly protocol: ProviderProtocol
  readonly configData: Readonly<Record<string, unknown>>
}

/** All provider entries, that of the variables last. */
export function readProviderSeeds(
  file: ConfigFile | null,
  environment: Environment,
): SeedReading<ProviderSeed> {
  const block = readBlock(file, 'broker_providers', readProvider)
  const given = readVariables(environment)
  const warnings = given.usesOldSpelling ? [oldSpelling] : []
  if (given.slug === null) {
    const alone = given.isEmpty ? [] : [withoutSlug]
    return { ...block, warnings: [...warnings, ...alone] }
  }
  const findings = [...block.findings, ...given.findings]
  const before = block.seeds.find(({ slug }) => slug === given.slug)
  const merged: ProviderSeed = {
    slug: given.slug,
    displayName: given.displayName ?? before?.displayName ?? given.slug,
    protocol: given.protocol ?? before?.protocol ?? 'oauth',
    configData: { ...before?.configData, ...given.configData },
  }
  const seeds =
    before === undefined
      ? [...block.seeds, merged]
      : block.seeds.map((seed) => (seed === before ? merged : seed))
  return { ...block, seeds, findings, warnings }
}

function readProvider(entry: EntryReader): ProviderSeed {
  const slug = readSlug(entry)
  const text = entry.text('protocol')
  const protocol = protocolOf(text)
  if (protocol === null)
    entry.refuse('protocol', notAProtocol, 'write the protocol of the upstream')
  return {
    slug,
    displayName: entry.text('display_name') ?? slug,
    protocol: protocol ?? 'oauth',
    configData: entry.map('config_data') ?? {},
  }
}

const notAProtocol = `must be ${providerProtocols.join(' or ')}`

function protocolOf(text: string | null): ProviderProtocol | null {
  return providerProtocols.find((known) => known === text) ?? null
}

interface Given {
  readonly slug: string | null
  readonly displayName: string | null
  readonly protocol: ProviderProtocol | null
  readonly configData: Readonly<Record<string, string>>
  readonly isEmpty: boolean
  readonly usesOldSpelling: boolean
  readonly findings: readonly Finding[]
}

/** An empty variable says nothing. */
function readVariables(environment: Environment): Given {
  const given = new Map<string, string>()
  const findings: Finding[] = []
  for (const [name, variable] of Object.entries(providerVariables)) {
    const text = environment[variable] ?? ''
    if (text !== '') given.set(name, text)
    const placeholder = findInText('broker_providers', text, null)
    if (placeholder !== null) findings.push({ ...placeholder, variable })
  }
  const take = (name: keyof typeof providerVariables): string | null => {
    const text = given.get(name) ?? null
    given.delete(name)
    return text
  }
  const isEmpty = given.size === 0
  const slug = take('slug')
  const displayName = take('display_name')
  const protocolText = take('protocol')
  const protocol = protocolOf(protocolText)
  if (protocolText !== null && protocol === null)
    findings.push({
      key: 'broker_providers',
      variable: providerVariables.protocol,
      problem: notAProtocol,
      remedy: `correct the variable ${providerVariables.protocol}`,
    })
  const oldRef = take('client_secret_env')
  if (oldRef !== null && !given.has('client_secret_ref')) given.set('client_secret_ref', oldRef)
  const configData = Object.fromEntries(given)
  const usesOldSpelling = oldRef !== null
  return { slug, displayName, protocol, configData, isEmpty, usesOldSpelling, findings }
}

const oldSpelling: Finding = {
  key: 'broker_providers',
  variable: providerVariables.client_secret_env,
  problem: 'the variable is deprecated',
  remedy: `use ${providerVariables.client_secret_ref}`,
}

const withoutSlug: Finding = {
  key: 'broker_providers',
  variable: providerVariables.slug,
  problem: 'variables of a broker provider have no effect without its slug',
  remedy: `set ${providerVariables.slug}`,
}
