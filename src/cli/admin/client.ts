// `admin client …` (spec 05 §8).
import type { Command } from 'commander'
import {
  clientStatusMoves,
  createClient,
  deleteClient,
  listClients,
  moveClientStatus,
  readClient,
  rotateClientSecret,
} from '../../flows/admin/clients.ts'
import { clientView, createdClientView } from '../../flows/admin/views.ts'
import { type Client, clientStatuses, registrationSources } from '../../records/client.ts'
import { choiceOf, commaList, countOf, optionOrVariable, required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type Pairs, print, printLines } from '../output.ts'

interface CreateOptions {
  readonly name?: string
  readonly grantTypes?: string
  readonly redirectUris?: string
  readonly scope?: string
  readonly authMethod?: string
  readonly agent?: boolean
  readonly agentDescription?: string
  readonly json?: boolean
}

interface IdOptions {
  readonly id?: string
  readonly force?: boolean
  readonly json?: boolean
}

interface ListOptions {
  readonly status?: string
  readonly source?: string
  readonly limit?: string
  readonly json?: boolean
}

const defaultRows = 100

/** Adds the commands. */
export function addClientCommands(admin: Command, context: CommandContext): void {
  const client = admin.command('client').description('OAuth clients')
  addCreate(client, context)
  addList(client, context)
  addGet(client, context)
  addRotateSecret(client, context)
  addStatusMoves(client, context)
  addDelete(client, context)
}

function addCreate(client: Command, context: CommandContext): void {
  client
    .command('create')
    .description('register a client; its secret is printed once')
    .option('--name <name>', 'name that people see (required)')
    .option('--grant-types <types>', 'separated by commas (authorization_code,refresh_token)')
    .option('--redirect-uris <uris>', 'separated by commas')
    .option('--scope <scopes>', 'scope ceiling, separated by spaces')
    .option('--auth-method <method>', 'none, client_secret_basic or client_secret_post (none)')
    .option('--agent', 'the client is an agent')
    .option('--agent-description <text>', 'what the agent does')
    .option('--json', 'print JSON')
    .action(async (options: CreateOptions) => {
      const { terminal } = context
      const given = (option: string | undefined, variable: string): string | null =>
        optionOrVariable(terminal, option, `AUTHSERVER_CLIENT_${variable}`)
      const requested = {
        name: required(given(options.name, 'NAME'), '--name <name>'),
        redirectUris: commaList(given(options.redirectUris, 'REDIRECT_URIS')),
        grantTypes: commaList(given(options.grantTypes, 'GRANT_TYPES')),
        responseTypes: null,
        tokenEndpointAuthMethod: given(options.authMethod, 'AUTH_METHOD'),
        scope: given(options.scope, 'SCOPE'),
        isAgent: options.agent ?? null,
        agentDescription: options.agentDescription ?? null,
        applicationType: null,
        dpopBoundAccessTokens: null,
      }
      const created = await onStorage(context, (services) =>
        createClient(services, commandOperator, requested),
      )
      const { secret } = created
      print(terminal, options.json, {
        json: createdClientView(created),
        lines: [
          { id: created.client.id, name: created.client.name },
          ...(secret === null ? [] : [{ client_secret: secret }]),
        ],
      })
    })
}

function addList(client: Command, context: CommandContext): void {
  client
    .command('list')
    .description('list clients, newest first')
    .option('--status <status>', clientStatuses.join(', '))
    .option('--source <source>', registrationSources.join(', '))
    .option('--limit <rows>', `most rows to print (${defaultRows})`)
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const page = {
        status: choiceOf(options.status, '--status', clientStatuses),
        source: choiceOf(options.source, '--source', registrationSources),
        limit: countOf(options.limit, '--limit') ?? defaultRows,
        offset: 0,
      }
      const clients = await onStorage(context, (services) =>
        listClients(services, commandOperator, page),
      )
      print(context.terminal, options.json, {
        json: clients.map(clientView),
        lines: clients.map(lineOf),
      })
    })
}

function addGet(client: Command, context: CommandContext): void {
  client
    .command('get')
    .description('show a client')
    .option('--id <id>', 'client id (required)')
    .option('--json', 'print JSON')
    .action(async (options: IdOptions) => {
      const id = idOf(options, context)
      const found = await onStorage(context, (services) =>
        readClient(services, commandOperator, id),
      )
      print(context.terminal, options.json, {
        json: clientView(found),
        lines: [
          {
            ...lineOf(found),
            auth_method: found.tokenEndpointAuthMethod,
            grant_types: found.grantTypes.join(','),
            redirect_uris: found.redirectUris.join(','),
            scope: found.scope,
          },
        ],
      })
    })
}

function addRotateSecret(client: Command, context: CommandContext): void {
  client
    .command('rotate-secret')
    .description('replace the secret; the old one stops working at once')
    .option('--id <id>', 'client id (required)')
    .option('--json', 'print JSON')
    .action(async (options: IdOptions) => {
      const id = idOf(options, context)
      const { secret } = await onStorage(context, (services) =>
        rotateClientSecret(services, commandOperator, id),
      )
      print(context.terminal, options.json, {
        json: { client_id: id, client_secret: secret },
        lines: [{ id }, { client_secret: secret }],
      })
    })
}

const moveDescriptions: Readonly<Record<keyof typeof clientStatusMoves, string>> = {
  suspend: 'stop an active client for a while',
  reactivate: 'let a suspended client work again',
  revoke: 'stop a client for ever; its tokens live on until they expire',
}

function addStatusMoves(client: Command, context: CommandContext): void {
  const moves = Object.keys(clientStatusMoves) as readonly (keyof typeof clientStatusMoves)[]
  for (const move of moves) {
    client
      .command(move)
      .description(moveDescriptions[move])
      .option('--id <id>', 'client id (required)')
      .action(async (options: IdOptions) => {
        const id = idOf(options, context)
        const status = await onStorage(context, (services) =>
          moveClientStatus(services, commandOperator, { id, move }),
        )
        printLines(context.terminal, { id, status })
      })
  }
}

function addDelete(client: Command, context: CommandContext): void {
  client
    .command('delete')
    .description('delete a client')
    .option('--id <id>', 'client id (required)')
    .option('--force', 'revoke its live tokens first')
    .action(async (options: IdOptions) => {
      const id = idOf(options, context)
      const force = options.force ?? false
      await onStorage(context, (services) => deleteClient(services, commandOperator, { id, force }))
      printLines(context.terminal, { id, status: 'deleted' })
    })
}

function idOf(options: IdOptions, { terminal }: CommandContext): string {
  return required(optionOrVariable(terminal, options.id, 'AUTHSERVER_CLIENT_ID'), '--id <id>')
}

function lineOf(client: Client): Pairs {
  return {
    id: client.id,
    name: client.name,
    status: client.status,
    source: client.registrationSource,
  }
}
