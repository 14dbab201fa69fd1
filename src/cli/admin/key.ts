// `admin key …` (spec 05 §8): signing keys, public halves only.
import type { Command } from 'commander'
import { keyListView, rotatedKeyView } from '../../flows/admin/views.ts'
import { rotateKey } from '../../flows/keys/rotate-key.ts'
import { type CommandContext, commandOperator } from '../boot.ts'
import { print } from '../output.ts'

interface Options {
  readonly force?: boolean
  readonly json?: boolean
}

/** Adds the commands. */
export function addKeyCommands(admin: Command, context: CommandContext): void {
  const key = admin.command('key').description('signing keys')
  const { boot, terminal, configPath } = context
  key
    .command('list')
    .description('list the published keys')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const needs = ['signer'] as const
      const keys = await boot.withServices({ configPath: configPath(), needs }, async (services) =>
        services.publishedKeys.keys(),
      )
      const view = keyListView(keys)
      print(terminal, options.json, { json: view, lines: view.keys })
    })
  key
    .command('rotate')
    .description('sign with a new key; a running server takes it over by itself')
    .option('--force', 'even if tokens of the key that is dropped may still be valid')
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const force = options.force ?? false
      // Storage, for the audit row of the rotation.
      const needs = ['storage', 'signer'] as const
      const rotated = await boot.withServices({ configPath: configPath(), needs }, (services) =>
        rotateKey(services, commandOperator, { force }),
      )
      const view = rotatedKeyView(rotated)
      print(terminal, options.json, { json: view, lines: [view] })
    })
}
