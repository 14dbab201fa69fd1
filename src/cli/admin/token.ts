// `admin token …` (spec 05 §4.2): tokens of users and machines.
import type { Command } from 'commander'
import { tokenListView, tokenView } from '../../flows/admin/people-views.ts'
import { listTokens, revokeListedToken } from '../../flows/admin/tokens.ts'
import type { ListedToken } from '../../records/listed-token.ts'
import { countOf, required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, type Pairs, print, printing } from '../output.ts'

interface ListOptions extends OutputOptions {
  readonly client?: string
  readonly user?: string
  readonly limit?: string
}

interface IdOptions extends OutputOptions {
  readonly id?: string
}

const defaultRows = 100

/** Adds the commands. */
export function addTokenCommands(admin: Command, context: CommandContext): void {
  const token = admin.command('token').description('tokens of users and machines')
  addList(token, context)
  addRevoke(token, context)
}

function addList(token: Command, context: CommandContext): void {
  const list = token
    .command('list')
    .description(
      'list families of tokens of users, then machine tokens that have not expired; newest first',
    )
    .option('--client <id>', 'of one client')
    .option('--user <id>', 'of one user; leaves machine tokens out')
    .option('--limit <rows>', `most rows of each of both (default: ${defaultRows})`)
    .action(async (options: ListOptions) => {
      const query = {
        clientId: options.client ?? null,
        userId: options.user ?? null,
        limit: countOf(options.limit, '--limit') ?? defaultRows,
        offset: 0,
      }
      const found = await onStorage(context, (services) =>
        listTokens(services, commandOperator, query),
      )
      print(context.terminal, options, {
        json: tokenListView(found),
        lines: found.tokens.map(lineOf),
      })
    })
  printing(list, '--user 6dXh1wq0TQmXx2Jp0m3c5g')
}

function addRevoke(token: Command, context: CommandContext): void {
  const revoke = token
    .command('revoke')
    .description(
      'revoke a family of tokens, or one access token: introspection says inactive from then on; ' +
        'resource servers that only check its signature accept it until it expires',
    )
    .option('--id <id>', 'id of the family, or jti of the token (required)')
    .action(async (options: IdOptions) => {
      const id = required(options.id, '--id <id>')
      await onStorage(context, (services) => revokeListedToken(services, commandOperator, id))
      const printed = { id, status: 'revoked' }
      print(context.terminal, options, { json: printed, lines: [printed] })
    })
  printing(revoke, '--id 01995b8a-7a3e-7cc1-9a61-3f0d3c1f2e4b')
}

function lineOf(token: ListedToken): Pairs {
  const view = tokenView(token)
  return {
    jti: view.jti,
    type: view.type,
    client: view.client_id,
    user: view.user_id ?? '',
    resource: view.resource,
    status: view.status,
    created_at: view.created_at,
    expires_at: view.expires_at ?? '',
    scope: view.scope,
  }
}
