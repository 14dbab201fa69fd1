// What commands get from the composition: the server, and the use cases without one.
import type { ConfigReport } from '../config/check.ts'
import type { Operator } from '../flows/audit.ts'
import type { Services } from '../flows/services.ts'
import type { Terminal } from './terminal.ts'

export interface Boot {
  /** Runs the server until it is told to stop; resolves with the exit status. */
  serve(configPath: string | null): Promise<number>
  /** Runs `work` directly on the database and the key directory, also beside a running server. */
  withServices<Result>(
    options: {
      readonly configPath: string | null
      readonly needs: readonly ('storage' | 'signer' | 'passwords')[]
    },
    work: (services: Services) => Promise<Result>,
  ): Promise<Result>
  /** What the server would make of the configuration; touches neither database nor keys. */
  checkConfig(configPath: string | null): Promise<ConfigReport>
}

/** What the action of a command works with. */
export interface CommandContext {
  readonly terminal: Terminal
  readonly boot: Boot
  /** `--config`, wherever it stood on the command line. */
  readonly configPath: () => string | null
  /** Says with which status the process ends, unless the command fails; 0 unless said. */
  readonly exit: (status: number) => void
}

/** Changes by commands are the administrator's, like those of the API (spec 05 §6). */
export const commandOperator: Operator = { actorId: 'admin', trace: null }

/** Runs a use case on storage alone. */
export function onStorage<Result>(
  context: CommandContext,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  const configPath = context.configPath()
  return context.boot.withServices({ configPath, needs: ['storage'] }, work)
}

/** Runs a use case that hashes a password on the way to storage. */
export function onStorageAndPasswords<Result>(
  context: CommandContext,
  work: (services: Services) => Promise<Result>,
): Promise<Result> {
  const configPath = context.configPath()
  return context.boot.withServices({ configPath, needs: ['storage', 'passwords'] }, work)
}
