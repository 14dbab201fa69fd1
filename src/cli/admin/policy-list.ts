// `admin resource runtime-client …`, `… allowed-client …`, `… return-url …` (spec 05 §8): the lists
// of a resource's policy, one entry at a time.
import type { Command } from 'commander'
import {
  addPolicyEntry,
  type PolicyList,
  readPolicyList,
  removePolicyEntry,
} from '../../flows/admin/resource-policy.ts'
import { required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'

interface ListCommands {
  readonly name: string
  readonly list: PolicyList
  readonly description: string
  readonly add: string
  readonly remove: string
  /** The option that names an entry. */
  readonly option: 'clientId' | 'url'
  readonly flag: string
  readonly entry: string
  readonly example: string
  /** Of an entry in lines, and of all of them in JSON. */
  readonly key: string
  readonly member: string
  /** What an empty list means, where that is a surprise. */
  readonly whenEmpty: string | null
}

const ofClients = {
  option: 'clientId',
  flag: '--client-id <id>',
  entry: 'client id (required)',
  example: '--client-id kJ2c0QTXyqVb3uZ8m1N4aQ',
  key: 'client_id',
} as const

const allLists: readonly ListCommands[] = [
  {
    ...ofClients,
    name: 'runtime-client',
    list: 'runtime',
    description: 'clients that act as this resource; none unless listed',
    add: 'let a client act as the resource',
    remove: 'no longer let a client act as the resource',
    member: 'client_ids',
    whenEmpty: null,
  },
  {
    ...ofClients,
    name: 'allowed-client',
    list: 'exchange',
    description: 'clients that may exchange tokens for this resource; any while none is listed',
    add: 'let a client exchange tokens for the resource',
    remove: 'no longer let a client exchange tokens for the resource',
    member: 'allowed_client_ids',
    whenEmpty: 'no client is listed any more, so that every client may exchange for the resource',
  },
  {
    option: 'url',
    flag: '--url <url>',
    entry: 'return URL, or http://localhost:* for any port (required)',
    example: '--url https://app.example.com/connected',
    key: 'return_url',
    name: 'return-url',
    list: 'connect',
    description: 'URLs that connecting a broker resource may return to',
    add: 'let connecting return to a URL',
    remove: 'no longer let connecting return to a URL',
    member: 'allowed_return_urls',
    whenEmpty: null,
  },
]

interface Options extends OutputOptions {
  readonly slug?: string
  readonly clientId?: string
  readonly url?: string
}

/** Adds the commands. */
export function addPolicyListCommands(resource: Command, context: CommandContext): void {
  for (const commands of allLists) {
    const parent = resource.command(commands.name).description(commands.description)
    addEdit(parent, context, { commands, name: 'add', apply: addPolicyEntry })
    addEdit(parent, context, { commands, name: 'remove', apply: removePolicyEntry })
    addList(parent, context, commands)
  }
}

function addEdit(
  parent: Command,
  context: CommandContext,
  edit: {
    readonly commands: ListCommands
    readonly name: 'add' | 'remove'
    readonly apply: typeof addPolicyEntry
  },
): void {
  const { commands, name, apply } = edit
  const { list, option, flag, example } = commands
  const command = withSlug(parent.command(name))
    .description(`${commands[name]}; prints the list that results`)
    .option(flag, commands.entry)
    .action(async (options: Options) => {
      const slug = required(options.slug, '--slug <slug>')
      const entry = required(options[option], flag)
      const entries = await onStorage(context, (services) =>
        apply(services, commandOperator, { slug, list, entry }),
      )
      printEntries(context, options, { commands, entries })
      if (entries.length === 0 && commands.whenEmpty !== null) {
        context.terminal.writeError(`warning: ${commands.whenEmpty}\n`)
      }
    })
  printing(command, `--slug notes ${example}`)
}

function addList(parent: Command, context: CommandContext, commands: ListCommands): void {
  const command = withSlug(parent.command('list'))
    .description('list them')
    .action(async (options: Options) => {
      const wanted = { slug: required(options.slug, '--slug <slug>'), list: commands.list }
      const entries = await onStorage(context, (services) =>
        readPolicyList(services, commandOperator, wanted),
      )
      printEntries(context, options, { commands, entries })
    })
  printing(command, '--slug notes')
}

function withSlug(command: Command): Command {
  return command.option('--slug <slug>', 'slug of the resource (required)')
}

function printEntries(
  { terminal }: CommandContext,
  options: Options,
  list: { readonly commands: ListCommands; readonly entries: readonly string[] },
): void {
  const { key, member } = list.commands
  print(terminal, options, {
    json: { [member]: list.entries },
    lines: list.entries.map((entry) => ({ [key]: entry })),
  })
}
