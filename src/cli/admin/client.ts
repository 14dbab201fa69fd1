// `admin client …` (spec 05 §8).
import type { Command } from 'commander'
import {
  clientStatusMoves,
  deleteClient,
  listClients,
  moveClientStatus,
  readClient,
  rotateClientSecret,
} from '../../flows/admin/clients.ts'
import { clientView } from '../../flows/admin/views.ts'
import { clientStatuses, registrationSources } from '../../records/client.ts'
import { choiceOf, countOf } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'
import {
  type ClientIdOptions,
  clientIdOf,
  exampleClientId,
  lineOfClient,
  withClientId,
} from './client-options.ts'
import { addClientCreate, addClientUpdate } from './client-registration.ts'

interface DeleteOptions extends ClientIdOptions {
  readonly force?: boolean
}

interface ListOptions extends OutputOptions {
  readonly status?: string
  readonly source?: string
  readonly limit?: string
}

const defaultRows = 100

/** Adds the commands. */
export function addClientCommands(admin: Command, context: CommandContext): void {
  const client = admin.command('client').description('OAuth clients')
  addClientCreate(client, context)
  addClientUpdate(client, context)
  addList(client, context)
  addGet(client, context)
  addRotateSecret(client, context)
  addStatusMoves(client, context)
  addDelete(client, context)
}

function addList(client: Command, context: CommandContext): void {
  const list = client
    .command('list')
    .description('list clients, newest first')
    .option('--status <status>', `only ${clientStatuses.join(', ')}`)
    .option('--source <source>', `only ${registrationSources.join(', ')}`)
    .option('--limit <rows>', `most rows to print (default: ${defaultRows})`)
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
      print(context.terminal, options, {
        json: clients.map(clientView),
        lines: clients.map(lineOfClient),
      })
    })
  printing(list, '--status suspended')
}

function addGet(client: Command, context: CommandContext): void {
  const get = withClientId(client.command('get'))
    .description('show a client')
    .action(async (options: ClientIdOptions) => {
      const id = clientIdOf(options, context)
      const found = await onStorage(context, (services) =>
        readClient(services, commandOperator, id),
      )
      print(context.terminal, options, {
        json: clientView(found),
        lines: [
          {
            ...lineOfClient(found),
            auth_method: found.tokenEndpointAuthMethod,
            grant_types: found.grantTypes.join(','),
            redirect_uris: found.redirectUris.join(','),
            scope: found.scope,
          },
        ],
      })
    })
  printing(get, exampleClientId)
}

function addRotateSecret(client: Command, context: CommandContext): void {
  const rotate = withClientId(client.command('rotate-secret'))
    .description('replace the secret; the old one stops working at once, the new one is shown once')
    .action(async (options: ClientIdOptions) => {
      const id = clientIdOf(options, context)
      const { secret } = await onStorage(context, (services) =>
        rotateClientSecret(services, commandOperator, id),
      )
      print(context.terminal, options, {
        json: { client_id: id, client_secret: secret },
        lines: [{ id }, { client_secret: secret }],
      })
    })
  printing(rotate, exampleClientId)
}

const moveDescriptions: Readonly<Record<keyof typeof clientStatusMoves, string>> = {
  suspend: 'stop an active client for a while',
  reactivate: 'let a suspended client work again',
  revoke: 'stop a client for ever; its tokens live on until they expire',
}

function addStatusMoves(client: Command, context: CommandContext): void {
  const moves = Object.keys(clientStatusMoves) as readonly (keyof typeof clientStatusMoves)[]
  for (const move of moves) {
    const command = withClientId(client.command(move))
      .description(moveDescriptions[move])
      .action(async (options: ClientIdOptions) => {
        const id = clientIdOf(options, context)
        const status = await onStorage(context, (services) =>
          moveClientStatus(services, commandOperator, { id, move }),
        )
        printStatus(context, options, { id, status })
      })
    printing(command, exampleClientId)
  }
}

function addDelete(client: Command, context: CommandContext): void {
  const command = withClientId(client.command('delete'))
    .description('delete a client')
    .option('--force', 'revoke its live tokens first')
    .action(async (options: DeleteOptions) => {
      const id = clientIdOf(options, context)
      const force = options.force ?? false
      await onStorage(context, (services) => deleteClient(services, commandOperator, { id, force }))
      printStatus(context, options, { id, status: 'deleted' })
    })
  printing(command, `${exampleClientId} --force`)
}

function printStatus(
  { terminal }: CommandContext,
  options: OutputOptions,
  printed: { readonly id: string; readonly status: string },
): void {
  print(terminal, options, { json: printed, lines: [printed] })
}
