// `admin resource runtime-client …` (spec 05 §8): the clients that act as a resource's server.
import type { Command } from 'commander'
import {
  addPolicyEntry,
  readPolicyList,
  removePolicyEntry,
} from '../../flows/admin/resource-policy.ts'
import { required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { print } from '../output.ts'

interface Options {
  readonly slug?: string
  readonly clientId?: string
  readonly json?: boolean
}

const edits = {
  add: { description: 'let a client act as the resource', apply: addPolicyEntry },
  remove: { description: 'no longer let a client act as the resource', apply: removePolicyEntry },
} as const

/** Adds the commands. */
export function addRuntimeClientCommands(resource: Command, context: CommandContext): void {
  const parent = resource.command('runtime-client').description('clients that act as this resource')
  for (const [name, { description, apply }] of Object.entries(edits)) {
    parent
      .command(name)
      .description(description)
      .option('--slug <slug>', 'slug of the resource (required)')
      .option('--client-id <id>', 'client id (required)')
      .option('--json', 'print JSON')
      .action(async (options: Options) => {
        const edit = {
          slug: required(options.slug, '--slug <slug>'),
          list: 'runtime',
          entry: required(options.clientId, '--client-id <id>'),
        } as const
        const entries = await onStorage(context, (services) =>
          apply(services, commandOperator, edit),
        )
        printEntries(context, options, entries)
      })
  }
  parent
    .command('list')
    .description('list them')
    .option('--slug <slug>', 'slug of the resource (required)')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const wanted = { slug: required(options.slug, '--slug <slug>'), list: 'runtime' } as const
      const entries = await onStorage(context, (services) =>
        readPolicyList(services, commandOperator, wanted),
      )
      printEntries(context, options, entries)
    })
}

function printEntries(
  { terminal }: CommandContext,
  options: Options,
  entries: readonly string[],
): void {
  print(terminal, options.json, {
    json: { client_ids: entries },
    lines: entries.map((id) => ({ client_id: id })),
  })
}
