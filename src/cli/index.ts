// The command line (spec 05 §8): its table of commands, and how each run ends. Commands work
// directly on the database and the key directory through the use cases of the admin API.
import type { Command } from 'commander'
import { CommanderError } from 'commander'
import { messageOf } from '../base/errors.ts'
import { addClientCommands } from './admin/client.ts'
import { addIssuanceCommands } from './admin/issuance.ts'
import { addKeyCommands } from './admin/key.ts'
import { addResourceCommands } from './admin/resource.ts'
import { isHelp, rootCommand, usageMessage } from './arguments.ts'
import type { Boot, CommandContext } from './boot.ts'
import { addMigrateCommand, addServeCommand, addVersionCommand } from './server-commands.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/**
 * Runs the command that `argv` names and resolves with the exit status: 0, 1, or the server's own.
 */
export async function runCli(
  argv: readonly string[],
  boot: Boot,
  terminal: Terminal = processTerminal,
): Promise<number> {
  let status = 0
  const program = rootCommand(terminal)
  const context: CommandContext = {
    terminal,
    boot,
    configPath: () => (program.opts()['config'] as string | undefined) ?? null,
  }
  addServeCommand(program, context, (exitStatus) => {
    status = exitStatus
  })
  addCommands(program, context)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return status
  } catch (error) {
    if (isHelp(error)) return 0
    const message = error instanceof CommanderError ? usageMessage(error) : messageOf(error)
    terminal.writeError(`error: ${message}\n`)
    return 1
  }
}

function addCommands(program: Command, context: CommandContext): void {
  addVersionCommand(program, context)
  addMigrateCommand(program, context)
  const admin = program.command('admin').description('administration, without a running server')
  addClientCommands(admin, context)
  addResourceCommands(admin, context)
  addIssuanceCommands(admin, context)
  addKeyCommands(admin, context)
}
