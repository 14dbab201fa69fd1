// How commands name a client, and how they show it in a line.
import type { Command } from 'commander'
import type { Client } from '../../records/client.ts'
import { optionOrVariable, required } from '../arguments.ts'
import type { CommandContext } from '../boot.ts'
import type { OutputOptions, Pairs } from '../output.ts'

export interface ClientIdOptions extends OutputOptions {
  readonly id?: string
}

/** For help texts: ids have this form. */
export const exampleClientId = '--id kJ2c0QTXyqVb3uZ8m1N4aQ'

/** Adds the option that names a client. */
export function withClientId(command: Command): Command {
  return command.option('--id <id>', 'client id (required; or AUTHSERVER_CLIENT_ID)')
}

/** The client that was named. @throws UsageError */
export function clientIdOf(options: ClientIdOptions, { terminal }: CommandContext): string {
  return required(optionOrVariable(terminal, options.id, 'AUTHSERVER_CLIENT_ID'), '--id <id>')
}

/** The pairs of a client in a list. */
export function lineOfClient(client: Client): Pairs {
  return {
    id: client.id,
    name: client.name,
    status: client.status,
    source: client.registrationSource,
  }
}
