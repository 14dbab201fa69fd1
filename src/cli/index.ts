// The command line (spec 05 §8): its table of commands, and how each run ends. Commands work
// directly on the database and the key directory through the use cases of the admin API.
import { type Command, CommanderError } from 'commander'
import { messageOf } from '../base/errors.ts'
import { AdminError } from '../flows/admin/admin-error.ts'
import { addAuditCommands } from './admin/audit.ts'
import { addClientCommands } from './admin/client.ts'
import { addDcrCommands } from './admin/dcr.ts'
import { addGrantCommands } from './admin/grant.ts'
import { addIssuanceCommands } from './admin/issuance.ts'
import { addKeyCommands } from './admin/key.ts'
import { addResourceCommands } from './admin/resource.ts'
import { addStatsCommand } from './admin/stats.ts'
import { addTokenCommands } from './admin/token.ts'
import { addUserCommands } from './admin/user.ts'
import { isHelp, rootCommand, usageMessage } from './arguments.ts'
import type { Boot, CommandContext } from './boot.ts'
import { addConfigCommands } from './config-check.ts'
import { addHealthcheckCommand } from './healthcheck.ts'
import { keepAlive } from './keep-alive.ts'
import { addMigrateCommand, addServeCommand, addVersionCommand } from './server-commands.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** All commands with their options and help, ready to parse; nothing runs before that. */
export function buildProgram(surroundings: Omit<CommandContext, 'configPath'>): Command {
  const program = rootCommand(surroundings.terminal)
  const context: CommandContext = {
    ...surroundings,
    configPath: () => (program.opts()['config'] as string | undefined) ?? null,
  }
  addServeCommand(program, context)
  addVersionCommand(program, context)
  addMigrateCommand(program, context)
  addHealthcheckCommand(program, context)
  addConfigCommands(program, context)
  const admin = program.command('admin').description('administration, without a running server')
  addClientCommands(admin, context)
  addResourceCommands(admin, context)
  addUserCommands(admin, context)
  addGrantCommands(admin, context)
  addTokenCommands(admin, context)
  addIssuanceCommands(admin, context)
  addKeyCommands(admin, context)
  addDcrCommands(admin, context)
  addAuditCommands(admin, context)
  addStatsCommand(admin, context)
  return program
}

/**
 * Runs the command that `argv` names and resolves with the exit status: 0, 1, or the server's own.
 */
export async function runCli(
  argv: readonly string[],
  boot: Boot,
  terminal: Terminal = processTerminal(),
): Promise<number> {
  let status = 0
  const exit = (given: number): void => {
    status = given
  }
  return keepAlive(async () => {
    try {
      await buildProgram({ terminal, boot, exit }).parseAsync(argv, { from: 'user' })
      await terminal.flushed()
      return status
    } catch (error) {
      return endOf(error, terminal)
    }
  })
}

/** Tells what went wrong, if that is what it was. */
async function endOf(error: unknown, terminal: Terminal): Promise<number> {
  if (isHelp(error)) {
    await terminal.flushed()
    return 0
  }
  // Whoever read the output has stopped, as `head` does: nobody is left to be told.
  if (isClosedPipe(error)) return 1
  terminal.writeError(`error: ${textOf(error)}\n`)
  await terminal.flushed().catch(() => undefined)
  return 1
}

function textOf(error: unknown): string {
  if (error instanceof CommanderError) return usageMessage(error)
  // Use cases speak of the parameters of the admin API: here they are options.
  if (error instanceof AdminError) {
    return error.message.replace(/\bforce(?:=true)?\b/g, '--force')
  }
  return messageOf(error)
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE'
}
