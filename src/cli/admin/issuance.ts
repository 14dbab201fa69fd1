// `admin issuance …` (spec 05 §8): what was issued to whom.
import type { Command } from 'commander'
import { parseDuration } from '../../base/duration.ts'
import { listIssuances, readIssuance } from '../../flows/admin/issuances.ts'
import { issuanceListView, issuanceView } from '../../flows/admin/views.ts'
import type { Issuance } from '../../records/issuance.ts'
import { countOf, required, UsageError } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type Pairs, print } from '../output.ts'

interface ListOptions {
  readonly user?: string
  readonly client?: string
  readonly resource?: string
  readonly jti?: string
  readonly since?: string
  readonly limit?: string
  readonly json?: boolean
}

interface IdOptions {
  readonly id?: string
  readonly json?: boolean
}

const dayMs = 24 * 3_600_000

/** Adds the commands. */
export function addIssuanceCommands(admin: Command, context: CommandContext): void {
  const issuance = admin.command('issuance').description('issued tokens')
  addList(issuance, context)
  addGet(issuance, context)
}

function addList(issuance: Command, context: CommandContext): void {
  issuance
    .command('list')
    .description('list issued tokens, newest first; one of the first four options is required')
    .option('--user <id>', 'subject')
    .option('--client <id>', 'client')
    .option('--resource <id>', 'resource, by its id')
    .option('--jti <jti>', 'one token, whatever its age')
    .option('--since <duration>', 'how far back: 90m, 24h, 7d, 2w; 30d at most (24h)')
    .option('--limit <rows>', 'most rows to print (500)')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const query = {
        userId: options.user ?? null,
        clientId: options.client ?? null,
        resourceId: options.resource ?? null,
        jti: options.jti ?? null,
        since: options.since === undefined ? null : { agoMs: parseAge(options.since) },
        limit: countOf(options.limit, '--limit'),
      }
      const list = await onStorage(context, (services) =>
        listIssuances(services, commandOperator, query),
      )
      print(context.terminal, options.json, {
        json: issuanceListView(list, ''),
        lines: list.issuances.map(lineOf),
      })
    })
}

function addGet(issuance: Command, context: CommandContext): void {
  issuance
    .command('get')
    .description('show one issued token')
    .option('--id <id>', 'issuance id (required)')
    .option('--json', 'print JSON')
    .action(async (options: IdOptions) => {
      const id = required(options.id, '--id <id>')
      const found = await onStorage(context, (services) =>
        readIssuance(services, commandOperator, id),
      )
      print(context.terminal, options.json, { json: issuanceView(found), lines: [lineOf(found)] })
    })
}

/** Milliseconds of a duration, which may also be whole days or weeks. @throws UsageError */
export function parseAge(text: string): number {
  const [, count, unit] = /^(\d{1,3})([dw])$/.exec(text) ?? []
  const ageMs =
    count === undefined ? parseDuration(text) : Number(count) * (unit === 'w' ? 7 * dayMs : dayMs)
  if (ageMs !== null && ageMs > 0) return ageMs
  throw new UsageError('--since must be a duration such as 90m, 24h, 7d or 2w')
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
