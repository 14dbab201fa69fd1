// `admin resource …` (spec 05 §8).
import type { Command } from 'commander'
import { AdminError } from '../../flows/admin/admin-error.ts'
import { deleteResource, listResources, readResource } from '../../flows/admin/resources.ts'
import { resourceView } from '../../flows/admin/views.ts'
import { backendKinds } from '../../records/resource.ts'
import { choiceOf, countOf, required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'
import { addPolicyListCommands } from './policy-list.ts'
import {
  exampleResourceId,
  lineOfResource,
  providerIdOf,
  type ResourceIdOptions,
} from './resource-options.ts'
import { addResourceCreate, addResourceUpdate } from './resource-registration.ts'

interface ListOptions extends OutputOptions {
  readonly backendKind?: string
  readonly brokerProvider?: string
  readonly limit?: string
}

interface DeleteOptions extends ResourceIdOptions {
  readonly cascade?: boolean
}

const defaultRows = 100

/** Adds the commands. */
export function addResourceCommands(admin: Command, context: CommandContext): void {
  const resource = admin.command('resource').description('protected resources')
  addResourceCreate(resource, context)
  addResourceUpdate(resource, context)
  addList(resource, context)
  addGet(resource, context)
  addDelete(resource, context)
  addPolicyListCommands(resource, context)
}

function addList(resource: Command, context: CommandContext): void {
  const list = resource
    .command('list')
    .description('list resources, by slug')
    .option('--backend-kind <kind>', `only ${backendKinds.join(', ')}`)
    .option('--broker-provider <provider>', 'only resources of this provider, by its id or slug')
    .option('--limit <rows>', `most rows to print (default: ${defaultRows})`)
    .action(async (options: ListOptions) => {
      const page = {
        backendKind: choiceOf(options.backendKind, '--backend-kind', backendKinds),
        limit: countOf(options.limit, '--limit') ?? defaultRows,
        offset: 0,
      }
      const resources = await onStorage(context, async (services) => {
        const brokerProviderId = await providerIdOf(services, options.brokerProvider)
        return listResources(services, commandOperator, { ...page, brokerProviderId })
      })
      print(context.terminal, options, {
        json: resources.map(resourceView),
        lines: resources.map(lineOfResource),
      })
    })
  printing(list, '--backend-kind mint')
}

function addGet(resource: Command, context: CommandContext): void {
  const get = resource
    .command('get')
    .description('show a resource')
    .option('--id <id>', 'resource id (required)')
    .action(async (options: ResourceIdOptions) => {
      const wanted = { by: 'id', value: required(options.id, '--id <id>') } as const
      const found = await onStorage(context, (services) =>
        readResource(services, commandOperator, wanted),
      )
      print(context.terminal, options, {
        json: resourceView(found),
        lines: [{ ...lineOfResource(found), display_name: found.displayName }],
      })
    })
  printing(get, exampleResourceId)
}

function addDelete(resource: Command, context: CommandContext): void {
  const command = resource
    .command('delete')
    .description('delete a resource that no issued token or consent refers to')
    .option('--id <id>', 'resource id (required)')
    .option('--cascade', 'delete its fronting links, too')
    .action(async (options: DeleteOptions) => {
      const id = required(options.id, '--id <id>')
      const cascade = options.cascade ?? false
      await onStorage(context, (services) =>
        deleteResource(services, commandOperator, { id, cascade }).catch(suggestCascade),
      )
      const printed = { id, status: 'deleted' }
      print(context.terminal, options, { json: printed, lines: [printed] })
    })
  printing(command, exampleResourceId)
}

/** Names the links that stand in the way, and the option that removes them. @throws Error */
function suggestCascade(error: unknown): never {
  if (!(error instanceof AdminError) || error.dependents === null) throw error
  const links = error.dependents.map(({ sourceSlug, targetSlug }) => `${sourceSlug}>${targetSlug}`)
  throw new Error(`${error.message} (${links.join(', ')}): --cascade deletes them, too`)
}
