// `admin key …` (spec 05 §8): signing keys, public halves only.
import type { Command } from 'commander'
import { keyListView, rotatedKeyView } from '../../flows/admin/views.ts'
import { rotateKey } from '../../flows/keys/rotate-key.ts'
import { type CommandContext, commandOperator } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'

interface RotateOptions extends OutputOptions {
  readonly force?: boolean
}

/** Adds the commands. */
export function addKeyCommands(admin: Command, context: CommandContext): void {
  const key = admin.command('key').description('signing keys')
  addList(key, context)
  addRotate(key, context)
}

function addList(key: Command, { boot, terminal, configPath }: CommandContext): void {
  const list = key
    .command('list')
    .description('list the published keys, the one that signs first')
    .action(async (options: OutputOptions) => {
      const needs = ['signer'] as const
      const keys = await boot.withServices({ configPath: configPath(), needs }, async (services) =>
        services.publishedKeys.keys(),
      )
      const view = keyListView(keys)
      print(terminal, options, { json: view, lines: view.keys })
    })
  printing(list, '')
}

function addRotate(key: Command, { boot, terminal, configPath }: CommandContext): void {
  const rotate = key
    .command('rotate')
    .description('sign with a new key; a running server on the key directory takes it over')
    .option('--force', 'even if tokens of the key that is dropped may still be valid')
    .action(async (options: RotateOptions) => {
      const force = options.force ?? false
      // Storage, for the audit row of the rotation.
      const needs = ['storage', 'signer'] as const
      const rotated = await boot.withServices({ configPath: configPath(), needs }, (services) =>
        rotateKey(services, commandOperator, { force }),
      )
      const view = rotatedKeyView(rotated)
      print(terminal, options, { json: view, lines: [view] })
    })
  printing(rotate, '')
}
