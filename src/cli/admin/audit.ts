// `admin audit …` (decision B42): the audit log, a page of it or all that matches.
import type { Command } from 'commander'
import {
  type AuditSearch,
  exportAuditEvents,
  listAuditEvents,
} from '../../flows/admin/audit-log.ts'
import { type AuditFormat, auditFormats, auditText } from '../../flows/admin/audit-text.ts'
import { auditEventView } from '../../flows/admin/views.ts'
import type { Services } from '../../flows/services.ts'
import type { AuditEvent } from '../../records/audit-event.ts'
import { addExample, choiceOf, countOf } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { momentOf } from '../moment.ts'
import { type OutputOptions, print, printing } from '../output.ts'
import { openTarget, type Target } from './export-target.ts'

interface SearchOptions {
  readonly action?: string
  readonly actor?: string
  readonly client?: string
  readonly trace?: string
  readonly since?: string
  readonly until?: string
}

interface ListOptions extends SearchOptions, OutputOptions {
  readonly limit?: string
}

interface ExportOptions extends SearchOptions {
  readonly format?: string
  readonly out?: string
}

/** Adds the commands. */
export function addAuditCommands(admin: Command, context: CommandContext): void {
  const audit = admin.command('audit').description('audit log')
  addList(audit, context)
  addExport(audit, context)
}

function addList(audit: Command, context: CommandContext): void {
  const list = withSearch(audit.command('list'))
    .description('list audit events, newest first')
    .option('--limit <rows>', 'most rows to print, up to 1000 (default: 50)')
    .action(async (options: ListOptions) => {
      const search = searchOf(options)
      const limit = countOf(options.limit, '--limit')
      const events = await onStorage(context, (services) =>
        listAuditEvents(services, commandOperator, { ...search(services), limit, offset: 0 }),
      )
      const views = events.map(auditEventView)
      print(context.terminal, options, { json: views, lines: views })
    })
  printing(list, '--action client.deleted --since 7d')
}

function addExport(audit: Command, context: CommandContext): void {
  const command = withSearch(audit.command('export'))
    .description('write all audit events that match, newest first, however many')
    .option('--format <format>', `${auditFormats.join(' or ')} (default: ndjson)`)
    .option('--out <path>', 'file to write; one that exists is replaced (default: stdout)')
    .action(async (options: ExportOptions) => {
      const format = choiceOf(options.format, '--format', auditFormats) ?? 'ndjson'
      const search = searchOf(options)
      await onStorage(context, async (services) => {
        const events = exportAuditEvents(services, commandOperator, search(services))
        await writeAll(context, events, { format, path: options.out ?? null })
      })
    })
  addExample(command, '--since 30d --format csv --out audit.csv')
}

function withSearch(command: Command): Command {
  return command
    .option('--action <action>', 'only this action, such as client.deleted')
    .option('--actor <id>', 'only what this actor did: a user, a client, admin or system')
    .option('--client <id>', 'only what concerns this client')
    .option('--trace <id>', 'only events of this trace')
    .option(
      '--since <time>',
      'age (90m, 24h, 7d, 2w) or time (default: admin.audit_default_lookback, 24h; ' +
        'admin.audit_max_lookback ago at most)',
    )
    .option('--until <time>', 'age or time (default: now)')
}

/** Reads the options now, and the clock when the search begins. @throws UsageError */
function searchOf(options: SearchOptions): (services: Services) => AuditSearch {
  const since = momentOf(options.since, '--since')
  const until = momentOf(options.until, '--until')
  return ({ clock }) => ({
    action: options.action ?? null,
    actorId: options.actor ?? null,
    clientId: options.client ?? null,
    traceId: options.trace ?? null,
    since,
    untilMs: until === null ? null : 'atMs' in until ? until.atMs : clock.nowMs() - until.agoMs,
  })
}

/** Page by page, so that neither memory nor the database holds more than one of them. */
async function writeAll(
  context: CommandContext,
  pages: AsyncIterable<readonly AuditEvent[]>,
  { format, path }: { readonly format: AuditFormat; readonly path: string | null },
): Promise<void> {
  const { terminal } = context
  const { head, rows } = auditText[format]
  const showProgress = terminal.isErrorTerminal && (path !== null || !terminal.isTerminal)
  let target = null as Target | null
  let count = 0
  const begun = async (): Promise<Target> => {
    if (target !== null) return target
    target = await openTarget(terminal, path)
    await target.write(head)
    return target
  }
  try {
    for await (const page of pages) {
      // Not before the first page: a search that is refused leaves the file alone.
      await (await begun()).write(rows(page))
      count += page.length
      if (showProgress) terminal.writeError(`\r${count} events`)
    }
    await begun()
  } finally {
    await target?.close()
    if (showProgress && target !== null) terminal.writeError(`\r${count} events\n`)
  }
}
