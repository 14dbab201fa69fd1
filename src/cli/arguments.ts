// Set-up of commander for all commands: errors and help go to the terminal that was handed in,
// nothing ends the process, and options can come from variables.
import { Command, CommanderError } from 'commander'
import type { Terminal } from './terminal.ts'

/** A mistake in the arguments; the message is for the operator. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The root command. Sub-commands take over its behaviour when they are added to it. */
export function rootCommand(terminal: Terminal): Command {
  return new Command('authserver')
    .description('OAuth 2.1 authorization server for the Model Context Protocol')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.writeOut(text),
      // Help that is shown for want of a sub-command; errors are written by whoever catches them.
      writeErr: (text) => terminal.writeOut(text),
      outputError: () => undefined,
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .allowExcessArguments(false)
    .option(
      '--config <path>',
      'configuration file, before or after the command; without it defaults and the environment ' +
        'count',
    )
}

/** Ends the help of a command with a line that shows its use; `text` follows its name. */
export function addExample(command: Command, text: string): Command {
  return command.addHelpText('after', () => `\nExample:\n  ${nameOf(command)} ${text}`.trimEnd())
}

/** All words of a command, from the name of the program on. */
function nameOf(command: Command): string {
  const names: string[] = []
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name())
  return names.join(' ')
}

/** Whether `error` only says that help was printed, which is no error. */
export function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && /^commander\.help/.test(error.code)
}

/** The operator's text of a refused command line: one line, with the name that was meant. */
export function usageMessage(error: CommanderError): string {
  return error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (?:one of )?(.+)\?\)$/, ': did you mean $1?')
}

/** The option, or the variable in its place; null when neither is given. */
export function optionOrVariable(
  terminal: Terminal,
  option: string | undefined,
  variable: `AUTHSERVER_${string}`,
): string | null {
  return option ?? terminal.readVariable(variable)
}

/** @throws UsageError when the value is missing. */
export function required(value: string | null | undefined, flag: string): string {
  if (value !== null && value !== undefined && value !== '') return value
  throw new UsageError(`required option '${flag}' is missing`)
}

/** Entries of a list with commas; null when the option was not given. */
export function commaList(text: string | null | undefined): readonly string[] | null {
  if (text === null || text === undefined) return null
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

/** One of `choices`, or null when the option was not given. @throws UsageError */
export function choiceOf<Choice extends string>(
  text: string | undefined,
  flag: string,
  choices: readonly Choice[],
): Choice | null {
  if (text === undefined) return null
  const choice = choices.find((known) => known === text)
  if (choice !== undefined) return choice
  throw new UsageError(`${flag} must be one of ${choices.join(', ')}`)
}

/** A positive whole number, or null when the option was not given. @throws UsageError */
export function countOf(text: string | undefined, flag: string): number | null {
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  throw new UsageError(`${flag} must be a whole number above 0`)
}
