// `admin grant …` (spec 05 §8): what users have allowed.
import type { Command } from 'commander'
import { listConsentGrants, revokeConsentGrant } from '../../flows/admin/grants.ts'
import { consentGrantView, userGrantsView } from '../../flows/admin/people-views.ts'
import type { ConsentGrant } from '../../records/consent-grant.ts'
import { required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, type Pairs, print, printing } from '../output.ts'

interface ListOptions extends OutputOptions {
  readonly user?: string
}

interface IdOptions extends OutputOptions {
  readonly id?: string
}

/** Adds the commands. */
export function addGrantCommands(admin: Command, context: CommandContext): void {
  const grant = admin.command('grant').description('what users have allowed')
  addList(grant, context)
  addRevokeConsent(grant, context)
}

function addList(grant: Command, context: CommandContext): void {
  const list = grant
    .command('list-user-grants')
    .description('list what a user has allowed, revoked grants too: clients, then providers')
    .option('--user <id>', 'user id (required)')
    .action(async (options: ListOptions) => {
      const userId = required(options.user, '--user <id>')
      const consents = await onStorage(context, (services) =>
        listConsentGrants(services, commandOperator, userId),
      )
      print(context.terminal, options, {
        json: userGrantsView(consents),
        lines: [
          { consent_grants: String(consents.length) },
          ...consents.map(lineOf),
          { broker_grants: '0' },
        ],
      })
    })
  printing(list, '--user 6dXh1wq0TQmXx2Jp0m3c5g')
}

function addRevokeConsent(grant: Command, context: CommandContext): void {
  const revoke = grant
    .command('revoke-consent')
    .description(
      'take back what a user has allowed a client, with all tokens that came of it. Unknown ids ' +
        'and repetitions are fine',
    )
    .option('--id <id>', 'id of the grant (required)')
    .action(async (options: IdOptions) => {
      const id = required(options.id, '--id <id>')
      const { revokedIssuances, revokedFamilies } = await onStorage(context, (services) =>
        revokeConsentGrant(services, commandOperator, id),
      )
      const counts = { revoked_issuances: revokedIssuances, revoked_families: revokedFamilies }
      print(context.terminal, options, {
        json: { id, status: 'revoked', ...counts },
        lines: [
          {
            id,
            status: 'revoked',
            revoked_issuances: String(revokedIssuances),
            revoked_families: String(revokedFamilies),
          },
        ],
      })
    })
  printing(revoke, '--id w0Zs9QmXx2Jp0m3c5g6dXg')
}

function lineOf(consent: ConsentGrant): Pairs {
  const view = consentGrantView(consent)
  return {
    id: view.id,
    client: view.client_id,
    resource: view.resource_id,
    created_at: view.created_at,
    revoked_at: view.revoked_at ?? '',
    scopes: view.scopes.join(','),
  }
}
