// `admin dcr …` (spec 05 §8): who may register clients.
import type { Command } from 'commander'
import { changeRegistrationMode } from '../../flows/admin/registration-mode.ts'
import { readRegistrationMode } from '../../flows/registration/registration-mode.ts'
import { registrationModes } from '../../records/runtime-setting.ts'
import { choiceOf, required } from '../arguments.ts'
import { type CommandContext, commandOperator, onStorage } from '../boot.ts'
import { type OutputOptions, print, printing } from '../output.ts'

interface SetOptions extends OutputOptions {
  readonly mode?: string
}

/** Adds the commands. */
export function addDcrCommands(admin: Command, context: CommandContext): void {
  const dcr = admin.command('dcr').description('dynamic client registration')
  addGet(dcr, context)
  addSet(dcr, context)
}

function addGet(dcr: Command, context: CommandContext): void {
  const get = dcr
    .command('get')
    .description('show the mode that counts: the stored one, else dcr.mode of the configuration')
    .action(async (options: OutputOptions) => {
      const mode = await onStorage(context, (services) =>
        readRegistrationMode(services, commandOperator.trace),
      )
      print(context.terminal, options, { json: { mode }, lines: [{ mode }] })
    })
  printing(get, '')
}

function addSet(dcr: Command, context: CommandContext): void {
  const set = dcr
    .command('set')
    .description(
      'store the mode; it wins over the configuration, and a running server follows at once',
    )
    .option('--mode <mode>', `${registrationModes.join(', ')} (required)`)
    .action(async (options: SetOptions) => {
      const wanted = required(choiceOf(options.mode, '--mode', registrationModes), '--mode <mode>')
      const { mode, inForce } = await onStorage(context, async (services) => ({
        mode: await changeRegistrationMode(services, commandOperator, wanted),
        inForce: await readRegistrationMode(services, commandOperator.trace),
      }))
      print(context.terminal, options, { json: { mode }, lines: [{ mode }] })
      if (mode !== inForce) {
        context.terminal.writeError(
          `warning: admin.enabled is false: dcr.mode of the configuration counts, ${inForce}\n`,
        )
      }
    })
  printing(set, '--mode admin_only')
}
