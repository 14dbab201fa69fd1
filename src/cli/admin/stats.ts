// `admin stats` (spec 05 §4.8): the numbers of the overview.
import type { Command } from 'commander'
import { readStatistics } from '../../flows/admin/statistics.ts'
import { statisticsView } from '../../flows/admin/views.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'

/** Adds the command. */
export function addStatsCommand(admin: Command, context: CommandContext): void {
  const stats = admin
    .command('stats')
    .description('count clients, users, connections, and the tokens since midnight UTC')
    .action(async (options: OutputOptions) => {
      const view = await onStorage(context, async (services) =>
        statisticsView(await readStatistics(services, commandOperator)),
      )
      const pairs = Object.entries(view).map(([name, count]) => [name, String(count)])
      print(context.terminal, options, { json: view, lines: [Object.fromEntries(pairs)] })
    })
  printing(stats, '')
}
