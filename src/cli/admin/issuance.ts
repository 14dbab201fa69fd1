// `admin issuance …` (spec 05 §8): what was issued to whom.
import type { Command } from 'commander'
import { listIssuances, readIssuance, revokeIssuance } from '../../flows/admin/issuances.ts'
import { issuanceListView, issuanceView } from '../../flows/admin/views.ts'
import type { Issuance } from '../../records/issuance.ts'
import { countOf, required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { momentOf } from '../moment.ts'
import { type OutputOptions, type Pairs, print, printing } from '../output.ts'

interface ListOptions extends OutputOptions {
  readonly user?: string
  readonly client?: string
  readonly resource?: string
  readonly jti?: string
  readonly since?: string
  readonly limit?: string
}

interface IdOptions extends OutputOptions {
  readonly id?: string
}

const exampleId = '--id 01995b8a-7a3e-7cc1-9a61-3f0d3c1f2e4b'

/** Adds the commands. */
export function addIssuanceCommands(admin: Command, context: CommandContext): void {
  const issuance = admin.command('issuance').description('issued tokens')
  addList(issuance, context)
  addGet(issuance, context)
  addRevoke(issuance, context)
}

function addList(issuance: Command, context: CommandContext): void {
  const list = issuance
    .command('list')
    .description('list issued tokens, newest first; one of the first four options is required')
    .option('--user <id>', 'subject')
    .option('--client <id>', 'client')
    .option('--resource <id>', 'resource, by its id')
    .option('--jti <jti>', 'one token, whatever its age')
    .option('--since <time>', 'age (90m, 24h, 7d, 2w) or time; 30d ago at most (default: 24h)')
    .option('--limit <rows>', 'most rows to print, up to 5000 (default: 500)')
    .action(async (options: ListOptions) => {
      const query = {
        userId: options.user ?? null,
        clientId: options.client ?? null,
        resourceId: options.resource ?? null,
        jti: options.jti ?? null,
        since: momentOf(options.since, '--since'),
        limit: countOf(options.limit, '--limit'),
      }
      const found = await onStorage(context, (services) =>
        listIssuances(services, commandOperator, query),
      )
      print(context.terminal, options, {
        json: issuanceListView(found, ''),
        lines: found.issuances.map(lineOf),
      })
    })
  printing(list, '--client kJ2c0QTXyqVb3uZ8m1N4aQ --since 7d')
}

function addGet(issuance: Command, context: CommandContext): void {
  const get = issuance
    .command('get')
    .description('show one issued token')
    .option('--id <id>', 'issuance id (required)')
    .action(async (options: IdOptions) => {
      const id = required(options.id, '--id <id>')
      const found = await onStorage(context, (services) =>
        readIssuance(services, commandOperator, id),
      )
      print(context.terminal, options, { json: issuanceView(found), lines: [lineOf(found)] })
    })
  printing(get, exampleId)
}

function addRevoke(issuance: Command, context: CommandContext): void {
  const revoke = issuance
    .command('revoke')
    .description(
      'revoke an issued token: introspection says inactive from then on; resource servers that ' +
        'only check its signature accept it until it expires. Unknown ids and repetitions are fine',
    )
    .option('--id <id>', 'issuance id (required)')
    .action(async (options: IdOptions) => {
      const id = required(options.id, '--id <id>')
      await onStorage(context, (services) => revokeIssuance(services, commandOperator, id))
      const printed = { id, status: 'revoked' }
      print(context.terminal, options, { json: printed, lines: [printed] })
    })
  printing(revoke, exampleId)
}

function lineOf(issuance: Issuance): Pairs {
  const view = issuanceView(issuance)
  return {
    id: view.id,
    jti: view.jti,
    user: view.subject_user_id,
    client: view.client_id,
    resource: view.resource_id,
    backend: view.backend_kind,
    issued_at: view.issued_at,
    expires_at: view.expires_at,
    revoked_at: view.revoked_at ?? '',
    scopes: issuance.scopes.join(','),
  }
}
