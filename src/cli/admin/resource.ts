// `admin resource …` (spec 05 §8).
import type { Command } from 'commander'
import {
  createResource,
  deleteResource,
  listResources,
  readResource,
} from '../../flows/admin/resources.ts'
import { resourceView } from '../../flows/admin/views.ts'
import { emptyPolicy, type RequestedResource } from '../../oauth/resource-registration.ts'
import { backendKinds, type Resource, type ResourceScope } from '../../records/resource.ts'
import { choiceOf, commaList, countOf, required, UsageError } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type Pairs, print, printLines } from '../output.ts'
import { addRuntimeClientCommands } from './runtime-client.ts'
import { parseScopeTuple, readScopesFile } from './scope-tuple.ts'

interface CreateOptions {
  readonly slug?: string
  readonly backendKind?: string
  readonly uri?: string
  readonly brokerProvider?: string
  readonly displayName?: string
  readonly scopes?: readonly string[]
  readonly scopesFile?: string
  readonly policyAllowedClients?: string
  readonly policyAllowedReturnUrls?: string
  readonly policyRuntimeClientIds?: string
  readonly json?: boolean
}

interface ListOptions {
  readonly backendKind?: string
  readonly brokerProvider?: string
  readonly limit?: string
  readonly json?: boolean
}

interface IdOptions {
  readonly id?: string
  readonly json?: boolean
}

const defaultRows = 100

/** Adds the commands. */
export function addResourceCommands(admin: Command, context: CommandContext): void {
  const resource = admin.command('resource').description('protected resources')
  addCreate(resource, context)
  addList(resource, context)
  addGet(resource, context)
  addDelete(resource, context)
  addRuntimeClientCommands(resource, context)
}

function addCreate(resource: Command, context: CommandContext): void {
  const collect = (scope: string, scopes: readonly string[] = []) => [...scopes, scope]
  resource
    .command('create')
    .description('register a resource')
    .option('--slug <slug>', 'short name, unique (required)')
    .option('--backend-kind <kind>', `${backendKinds.join(' or ')} (required)`)
    .option('--uri <uri>', 'audience of its tokens')
    .option('--broker-provider <id>', 'provider of a broker resource')
    .option('--display-name <name>', 'name that people see')
    .option('--scopes <tuple>', 'name|upstream|description; may be repeated', collect)
    .option('--scopes-file <path>', 'JSON list of {name, upstream, description}')
    .option('--policy-allowed-clients <ids>', 'who may exchange for it; none = any client')
    .option('--policy-allowed-return-urls <urls>', 'where connecting may return to')
    .option('--policy-runtime-client-ids <ids>', 'clients that act as this resource')
    .option('--json', 'print JSON')
    .action(async (options: CreateOptions) => {
      const requested = requestedOf(options)
      const created = await onStorage(context, (services) =>
        createResource(services, commandOperator, requested),
      )
      const { id, slug } = created
      print(context.terminal, options.json, {
        json: resourceView(created),
        lines: [{ id, slug }],
      })
    })
}

function requestedOf(options: CreateOptions): RequestedResource {
  const exchange = commaList(options.policyAllowedClients)
  const connect = commaList(options.policyAllowedReturnUrls)
  const runtime = commaList(options.policyRuntimeClientIds)
  return {
    slug: required(options.slug, '--slug <slug>'),
    uri: options.uri ?? null,
    backendKind: required(options.backendKind, '--backend-kind <kind>'),
    brokerProviderId: options.brokerProvider ?? null,
    displayName: options.displayName ?? null,
    scopes: scopesOf(options),
    policy: {
      exchangeAllowedClientIds: exchange ?? emptyPolicy.exchangeAllowedClientIds,
      connectAllowedReturnUrls: connect ?? emptyPolicy.connectAllowedReturnUrls,
      runtimeClientIds: runtime ?? emptyPolicy.runtimeClientIds,
    },
  }
}

function scopesOf({ scopes, scopesFile }: CreateOptions): readonly ResourceScope[] | null {
  if (scopesFile === undefined) return scopes?.map(parseScopeTuple) ?? null
  if (scopes === undefined) return readScopesFile(scopesFile)
  throw new UsageError('--scopes and --scopes-file cannot be combined')
}

function addList(resource: Command, context: CommandContext): void {
  resource
    .command('list')
    .description('list resources, by slug')
    .option('--backend-kind <kind>', backendKinds.join(', '))
    .option('--broker-provider <id>', 'only resources of this provider')
    .option('--limit <rows>', `most rows to print (${defaultRows})`)
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const page = {
        backendKind: choiceOf(options.backendKind, '--backend-kind', backendKinds),
        brokerProviderId: options.brokerProvider ?? null,
        limit: countOf(options.limit, '--limit') ?? defaultRows,
        offset: 0,
      }
      const resources = await onStorage(context, (services) =>
        listResources(services, commandOperator, page),
      )
      print(context.terminal, options.json, {
        json: resources.map(resourceView),
        lines: resources.map(lineOf),
      })
    })
}

function addGet(resource: Command, context: CommandContext): void {
  resource
    .command('get')
    .description('show a resource')
    .option('--id <id>', 'resource id (required)')
    .option('--json', 'print JSON')
    .action(async (options: IdOptions) => {
      const wanted = { by: 'id', value: required(options.id, '--id <id>') } as const
      const found = await onStorage(context, (services) =>
        readResource(services, commandOperator, wanted),
      )
      print(context.terminal, options.json, {
        json: resourceView(found),
        lines: [{ ...lineOf(found), display_name: found.displayName }],
      })
    })
}

function addDelete(resource: Command, context: CommandContext): void {
  resource
    .command('delete')
    .description('delete a resource that nothing refers to')
    .option('--id <id>', 'resource id (required)')
    .action(async (options: IdOptions) => {
      const id = required(options.id, '--id <id>')
      await onStorage(context, (services) => deleteResource(services, commandOperator, id))
      printLines(context.terminal, { id, status: 'deleted' })
    })
}

function lineOf(resource: Resource): Pairs {
  return {
    id: resource.id,
    slug: resource.slug,
    backend_kind: resource.backendKind,
    broker_provider_id: resource.brokerProviderId ?? '',
    uri: resource.uri,
    scopes: resource.scopes.map(({ name }) => name).join(','),
  }
}
