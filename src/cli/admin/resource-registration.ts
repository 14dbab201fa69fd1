// `admin resource create` and `admin resource update` (spec 05 §8): what an administrator decides
// about a resource.
import { type Command, Option } from 'commander'
import { changeResource, createResource } from '../../flows/admin/resources.ts'
import { resourceView } from '../../flows/admin/views.ts'
import { emptyPolicy, type RequestedResource } from '../../oauth/resource-registration.ts'
import { backendKinds, type ResourcePolicy, type ResourceScope } from '../../records/resource.ts'
import { commaList, required, UsageError } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'
import {
  exampleResourceId,
  lineOfResource,
  providerIdOf,
  type ResourceIdOptions,
} from './resource-options.ts'
import { parseScopeTuple, readScopesFile } from './scope-tuple.ts'

interface PolicyOptions {
  readonly policyAllowedClients?: string
  readonly policyAllowedReturnUrls?: string
  readonly policyRuntimeClientIds?: string
}

interface MetadataOptions extends PolicyOptions {
  readonly slug?: string
  readonly backendKind?: string
  readonly uri?: string
  readonly brokerProvider?: string
  readonly displayName?: string
  readonly scopes?: readonly string[]
  readonly scopesFile?: string
}

interface UpdateOptions extends MetadataOptions, ResourceIdOptions {
  readonly scopesClear?: boolean
  readonly policyClear?: boolean
}

/** Adds `create`. */
export function addResourceCreate(resource: Command, context: CommandContext): void {
  const command = resource
    .command('create')
    .description('register a resource')
    .option('--slug <slug>', 'short name, unique (required)')
    .option('--backend-kind <kind>', `${backendKinds.join(' or ')} (required)`)
  withMetadata(command).action(async (options: MetadataOptions & OutputOptions) => {
    const requested = {
      ...requestedOf(options),
      slug: required(options.slug, '--slug <slug>'),
      backendKind: required(options.backendKind, '--backend-kind <kind>'),
      policy: { ...emptyPolicy, ...policyOf(options) },
    }
    const created = await onStorage(context, async (services) => {
      const brokerProviderId = await providerIdOf(services, options.brokerProvider)
      return createResource(services, commandOperator, { ...requested, brokerProviderId })
    })
    const { id, slug } = created
    print(context.terminal, options, { json: resourceView(created), lines: [{ id, slug }] })
  })
  printing(
    command,
    '--slug notes --backend-kind mint --uri https://notes.example.com/mcp ' +
      '--scopes "notes.read||Read notes"',
  )
}

/** Adds `update`. */
export function addResourceUpdate(resource: Command, context: CommandContext): void {
  const command = resource
    .command('update')
    .description('change a resource; what is not given stays as it is')
    .option('--id <id>', 'resource id (required)')
    .option('--slug <slug>', 'short name, unique')
    .option('--backend-kind <kind>', backendKinds.join(' or '))
  withMetadata(command)
    .addOption(
      new Option('--scopes-clear', 'remove all scopes').conflicts(['scopes', 'scopesFile']),
    )
    .addOption(new Option('--policy-clear', 'empty the three lists').conflicts(policyFlags))
    .action((options: UpdateOptions) => update(context, options))
  printing(command, `${exampleResourceId} --scopes "notes.read||Read notes" --scopes notes.write`)
}

async function update(context: CommandContext, options: UpdateOptions): Promise<void> {
  const id = required(options.id, '--id <id>')
  const requested = requestedOf(options)
  const scopes = options.scopesClear === true ? [] : requested.scopes
  const lists = options.policyClear === true ? emptyPolicy : policyOf(options)
  const changed = await onStorage(context, async (services) => {
    const brokerProviderId = await providerIdOf(services, options.brokerProvider)
    const policy = Object.keys(lists).length === 0 ? null : lists
    const change = { ...requested, scopes, brokerProviderId, policy }
    return changeResource(services, commandOperator, { id, change })
  })
  print(context.terminal, options, {
    json: resourceView(changed),
    lines: [lineOfResource(changed)],
  })
}

function withMetadata(command: Command): Command {
  const collect = (scope: string, scopes: readonly string[] = []) => [...scopes, scope]
  return command
    .option('--uri <uri>', 'audience of its tokens')
    .option('--broker-provider <provider>', 'of a broker resource, by its id or slug')
    .option('--display-name <name>', 'name that people see')
    .option('--scopes <tuple>', 'name|upstream|description; may be repeated', collect)
    .option('--scopes-file <path>', 'JSON list of {name, upstream, description}')
    .option(
      '--policy-allowed-clients <ids>',
      'clients that may exchange for it, separated by commas; any while there is no list',
    )
    .option(
      '--policy-allowed-return-urls <urls>',
      'where connecting may return to, separated by commas',
    )
    .option(
      '--policy-runtime-client-ids <ids>',
      'clients that act as this resource, separated by commas',
    )
}

/** Everything but the policy and the provider. */
function requestedOf(options: MetadataOptions): RequestedResource {
  return {
    slug: options.slug ?? null,
    uri: options.uri ?? null,
    backendKind: options.backendKind ?? null,
    brokerProviderId: null,
    brokerProviderSlug: null,
    displayName: options.displayName ?? null,
    scopes: scopesOf(options),
    policy: null,
  }
}

function scopesOf({ scopes, scopesFile }: MetadataOptions): readonly ResourceScope[] | null {
  if (scopesFile === undefined) return scopes?.map(parseScopeTuple) ?? null
  if (scopes === undefined) return readScopesFile(scopesFile)
  throw new UsageError('--scopes and --scopes-file cannot be combined')
}

const policyFlags = ['policyAllowedClients', 'policyAllowedReturnUrls', 'policyRuntimeClientIds']

/** The lists that were named. @throws UsageError */
function policyOf(options: PolicyOptions): Partial<ResourcePolicy> {
  const exchange = namedList(options.policyAllowedClients, '--policy-allowed-clients')
  const connect = namedList(options.policyAllowedReturnUrls, '--policy-allowed-return-urls')
  const runtime = namedList(options.policyRuntimeClientIds, '--policy-runtime-client-ids')
  return {
    ...(exchange === null ? null : { exchangeAllowedClientIds: exchange }),
    ...(connect === null ? null : { connectAllowedReturnUrls: connect }),
    ...(runtime === null ? null : { runtimeClientIds: runtime }),
  }
}

/** A list of nothing is refused: an empty variable in a script would open the resource to all. */
function namedList(text: string | undefined, flag: string): readonly string[] | null {
  const entries = commaList(text)
  if (entries === null || entries.length > 0) return entries
  throw new UsageError(`${flag} is empty: leave it out, or say what is on the list`)
}
