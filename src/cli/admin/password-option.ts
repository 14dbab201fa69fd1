// Where a command gets a password from (spec 05 §8): an option, the environment, its input, or the
// person at the terminal.
import { type Command, Option } from 'commander'
import { optionOrVariable, required, UsageError } from '../arguments.ts'
import type { Terminal } from '../terminal.ts'

export interface PasswordOptions {
  readonly password?: string
  readonly passwordStdin?: boolean
}

/** Adds the options. */
export function withPassword(command: Command): Command {
  const stdin = new Option('--password-stdin', 'read the password from the standard input')
  return command
    .option(
      '--password <password>',
      'other users of the machine may see it: better AUTHSERVER_USER_PASSWORD, or, at a ' +
        'terminal, neither, and it is asked for',
    )
    .addOption(stdin.conflicts('password'))
}

/** The password. @throws UsageError when there is none. */
export async function passwordOf(
  { password, passwordStdin }: PasswordOptions,
  terminal: Terminal,
): Promise<string> {
  // A final line break is not typed by anybody: `echo` and editors add it.
  if (passwordStdin === true) return (await terminal.readInput()).replace(/\r?\n$/, '')
  const given = optionOrVariable(terminal, password, 'AUTHSERVER_USER_PASSWORD')
  if (given === null && terminal.isInputTerminal) return askTwice(terminal)
  return required(given, '--password <password>')
}

async function askTwice(terminal: Terminal): Promise<string> {
  const password = await terminal.readHidden('Password: ')
  if ((await terminal.readHidden('Again: ')) === password) return password
  throw new UsageError('the two passwords differ')
}
