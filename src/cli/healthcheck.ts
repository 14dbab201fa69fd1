// `healthcheck` (spec 05 §8): for the health checks of containers, which run a command inside and
// look at its exit status.
import type { Command } from 'commander'
import { parseHttpUrl } from '../base/url.ts'
import { takeEnvironment } from '../config/environment.ts'
import { checkLiveness } from '../flows/operations/check-liveness.ts'
import { UsageError } from './arguments.ts'
import type { CommandContext } from './boot.ts'
import { type OutputOptions, print, printing } from './output.ts'
import { ownLivezUrl } from './own-url.ts'

interface Options extends OutputOptions {
  readonly url?: string
}

/** Adds the command. */
export function addHealthcheckCommand(
  program: Command,
  { terminal, configPath }: CommandContext,
): void {
  const command = program
    .command('healthcheck')
    .description('ask a server whether it is alive: exit status 0 or 1, within 3 seconds')
    .option(
      '--url <url>',
      'what to ask; any status of success will do (default: /livez of the configured listener)',
    )
    .action(async (options: Options) => {
      const url =
        urlOf(options) ?? ownLivezUrl({ path: configPath(), environment: takeEnvironment() })
      await checkLiveness(url)
      const printed = { url: url.href, status: 'alive' }
      print(terminal, options, { json: printed, lines: [printed] })
    })
  printing(command, '--url http://127.0.0.1:9000/ready')
}

function urlOf({ url: text }: Options): URL | null {
  if (text === undefined) return null
  const url = parseHttpUrl(text)
  if (url !== null) return url
  throw new UsageError('--url must be an absolute http or https URL')
}
