// `admin user …` (spec 05 §8): people who sign in.
import type { Command } from 'commander'
import { userView } from '../../flows/admin/people-views.ts'
import { forceLogout } from '../../flows/admin/tokens.ts'
import {
  changeUser,
  createUser,
  deleteUser,
  listUsers,
  moveUserStatus,
  setUserPassword,
  userStatusMoves,
} from '../../flows/admin/users.ts'
import { type User, userRoles } from '../../records/user.ts'
import { choiceOf, countOf, optionOrVariable, required, UsageError } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage, onStorageAndPasswords } from '../boot.ts'
import { type OutputOptions, type Pairs, print, printing } from '../output.ts'
import { type PasswordOptions, passwordOf, withPassword } from './password-option.ts'

interface IdOptions extends OutputOptions {
  readonly id?: string
}

interface CreateOptions extends PasswordOptions, OutputOptions {
  readonly email?: string
  readonly name?: string
  readonly role?: string
}

interface ListOptions extends OutputOptions {
  readonly limit?: string
}

interface UpdateOptions extends IdOptions {
  readonly email?: string
  readonly name?: string
}

interface DeleteOptions extends IdOptions {
  readonly force?: boolean
}

const exampleId = '--id 6dXh1wq0TQmXx2Jp0m3c5g'

/** Adds the commands. */
export function addUserCommands(admin: Command, context: CommandContext): void {
  const user = admin.command('user').description('people who sign in')
  addCreate(user, context)
  addList(user, context)
  addUpdate(user, context)
  addStatusMoves(user, context)
  addSetPassword(user, context)
  addDelete(user, context)
  addForceLogout(user, context)
}

function addCreate(user: Command, context: CommandContext): void {
  const command = user
    .command('create')
    .description('create a user who signs in with a password')
    .option('--email <address>', 'stored in lower case (required; or AUTHSERVER_USER_EMAIL)')
    .option('--name <name>', 'name that people see (or AUTHSERVER_USER_NAME)')
    .option(
      '--role <role>',
      'admin or user; it has no effect (default: user; or AUTHSERVER_USER_ROLE)',
    )
    .action((options: CreateOptions) => create(context, options))
  printing(withPassword(command), '--email alice@example.com --name Alice')
}

async function create(context: CommandContext, options: CreateOptions): Promise<void> {
  const { terminal } = context
  const given = (option: string | undefined, variable: string): string | null =>
    optionOrVariable(terminal, option, `AUTHSERVER_USER_${variable}`)
  const email = required(given(options.email, 'EMAIL'), '--email <address>')
  const role = choiceOf(given(options.role, 'ROLE') ?? undefined, '--role', userRoles)
  const name = given(options.name, 'NAME')
  const requested = { email, role, name, password: await passwordOf(options, terminal) }
  const created = await onStorageAndPasswords(context, (services) =>
    createUser(services, commandOperator, requested),
  )
  const { id, email: stored, role: chosen } = userView(created)
  print(terminal, options, {
    json: userView(created),
    lines: [{ id, email: stored, role: chosen }],
  })
}

function addList(user: Command, context: CommandContext): void {
  const list = user
    .command('list')
    .description('list users, newest first')
    .option('--limit <rows>', 'most rows to print (default: all)')
    .action(async (options: ListOptions) => {
      const page = { limit: countOf(options.limit, '--limit'), offset: 0 }
      const users = await onStorage(context, (services) =>
        listUsers(services, commandOperator, page),
      )
      print(context.terminal, options, { json: users.map(userView), lines: users.map(lineOf) })
    })
  printing(list, '--limit 20')
}

function addUpdate(user: Command, context: CommandContext): void {
  const update = withUserId(user.command('update'))
    .description('change a user; what is not named stays as it is')
    .option('--email <address>', 'new address')
    .option('--name <name>', 'new name')
    .action(async (options: UpdateOptions) => {
      const id = userIdOf(options, context)
      const change = { email: options.email ?? null, name: options.name ?? null }
      if (change.email === null && change.name === null) {
        throw new UsageError('nothing to change: give --email or --name')
      }
      const changed = await onStorage(context, (services) =>
        changeUser(services, commandOperator, { id, change }),
      )
      print(context.terminal, options, { json: userView(changed), lines: [lineOf(changed)] })
    })
  printing(update, `${exampleId} --name "Alice A."`)
}

const moveDescriptions: Readonly<Record<keyof typeof userStatusMoves, string>> = {
  disable: 'lock a user out: no sign-in, no token, and those that exist are not active',
  enable: 'let a disabled user sign in again',
}

function addStatusMoves(user: Command, context: CommandContext): void {
  const moves = Object.keys(userStatusMoves) as readonly (keyof typeof userStatusMoves)[]
  for (const move of moves) {
    const command = withUserId(user.command(move))
      .description(moveDescriptions[move])
      .action(async (options: IdOptions) => {
        const id = userIdOf(options, context)
        const status = await onStorage(context, (services) =>
          moveUserStatus(services, commandOperator, { id, move }),
        )
        printStatus(context, options, { id, status })
      })
    printing(command, exampleId)
  }
}

function addSetPassword(user: Command, context: CommandContext): void {
  const command = withUserId(user.command('set-password'))
    .description('give a user a new password; all browser sessions of the user end')
    .action(async (options: IdOptions & PasswordOptions) => {
      const id = userIdOf(options, context)
      const password = await passwordOf(options, context.terminal)
      await onStorageAndPasswords(context, (services) =>
        setUserPassword(services, commandOperator, { id, password }),
      )
      printStatus(context, options, { id, status: 'password changed' })
    })
  printing(withPassword(command), exampleId)
}

function addDelete(user: Command, context: CommandContext): void {
  const command = withUserId(user.command('delete'))
    .description('delete a user')
    .option('--force', 'revoke the live tokens first')
    .action(async (options: DeleteOptions) => {
      const id = userIdOf(options, context)
      const force = options.force ?? false
      await onStorage(context, (services) => deleteUser(services, commandOperator, { id, force }))
      printStatus(context, options, { id, status: 'deleted' })
    })
  printing(command, `${exampleId} --force`)
}

function addForceLogout(user: Command, context: CommandContext): void {
  const command = withUserId(user.command('force-logout'))
    .description('end all tokens and browser sessions of a user; prints how many families ended')
    .action(async (options: IdOptions) => {
      const id = userIdOf(options, context)
      const revoked = await onStorage(context, (services) =>
        forceLogout(services, commandOperator, id),
      )
      print(context.terminal, options, {
        json: { user_id: id, tokens_revoked: revoked },
        lines: [{ id, tokens_revoked: String(revoked) }],
      })
    })
  printing(command, exampleId)
}

function withUserId(command: Command): Command {
  return command.option('--id <id>', 'user id (required; or AUTHSERVER_USER_ID)')
}

function userIdOf(options: IdOptions, { terminal }: CommandContext): string {
  return required(optionOrVariable(terminal, options.id, 'AUTHSERVER_USER_ID'), '--id <id>')
}

function lineOf(user: User): Pairs {
  const { id, email, role, status } = userView(user)
  return { id, email, role, status }
}

function printStatus(
  { terminal }: CommandContext,
  options: OutputOptions,
  printed: { readonly id: string; readonly status: string },
): void {
  print(terminal, options, { json: printed, lines: [printed] })
}
