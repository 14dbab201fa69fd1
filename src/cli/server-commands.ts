// The commands beside administration: serve, version, migrate.
import type { Command } from 'commander'
import packageFile from '../../package.json' with { type: 'json' }
import { askOptions } from '../flows/services.ts'
import { addExample } from './arguments.ts'
import { type CommandContext, onStorage } from './boot.ts'
import { type OutputOptions, print, printing } from './output.ts'

/** Adds `serve`. */
export function addServeCommand(
  program: Command,
  { boot, configPath, exit }: CommandContext,
): void {
  const serve = program
    .command('serve')
    .description('run the server: SIGTERM and SIGINT stop it, SIGHUP reloads the signing keys')
    .action(async () => exit(await boot.serve(configPath())))
  addExample(serve, '--config /etc/authserver/config.yaml')
}

/** Adds `version`. */
export function addVersionCommand(program: Command, { terminal }: CommandContext): void {
  const { version } = packageFile
  const command = program
    .command('version')
    .description('print the version')
    .action((options: OutputOptions) =>
      print(terminal, options, {
        json: { version },
        lines: [{ version }],
        sentence: `authserver ${version}`,
      }),
    )
  printing(command, '--json')
}

/** Adds `migrate`: storage migrates when it starts, so that its first answer is the proof. */
export function addMigrateCommand(program: Command, context: CommandContext): void {
  const migrate = program
    .command('migrate')
    .description(
      'bring the database up to date; does nothing when it is, and refuses beside a running server',
    )
    .action(async (options: OutputOptions) => {
      await onStorage(context, (services) =>
        services.storage.ask('ping', {}, askOptions(services, null)),
      )
      print(context.terminal, options, {
        json: { status: 'up to date' },
        lines: [{ status: 'up to date' }],
        sentence: 'database is up to date',
      })
    })
  printing(migrate, '--config /etc/authserver/config.yaml')
}
