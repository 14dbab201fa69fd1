// The commands beside administration: serve, version, migrate.
import type { Command } from 'commander'
import packageFile from '../../package.json' with { type: 'json' }
import { askOptions } from '../flows/services.ts'
import { type CommandContext, onStorage } from './boot.ts'

/** Adds `serve`; `exit` takes the status with which the server ended. */
export function addServeCommand(
  program: Command,
  { boot, configPath }: CommandContext,
  exit: (status: number) => void,
): void {
  program
    .command('serve')
    .description('run the server: SIGTERM and SIGINT stop it, SIGHUP reloads the signing keys')
    .action(async () => exit(await boot.serve(configPath())))
}

/** Adds `version`. */
export function addVersionCommand(program: Command, { terminal }: CommandContext): void {
  program
    .command('version')
    .description('print the version')
    .action(() => terminal.writeOut(`authserver ${packageFile.version}\n`))
}

/** Adds `migrate`: storage migrates when it starts, so that its first answer is the proof. */
export function addMigrateCommand(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('bring the database up to date; does nothing when it is')
    .action(async () => {
      await onStorage(context, (services) =>
        services.storage.ask('ping', {}, askOptions(services, null)),
      )
      context.terminal.writeOut('database is up to date\n')
    })
}
