// `authserver config check` (spec 00 B20, 05 §8): the configuration as the server would load it,
// with the source of every value, and all that is wrong with it.
import type { Command } from 'commander'
import type { ConfigReport } from '../config/check.ts'
import { ConfigError, describeFinding } from '../config/findings.ts'
import { addExample } from './arguments.ts'
import type { CommandContext } from './boot.ts'
import { renderTable } from './table.ts'

/** Adds `config` with its only command. */
export function addConfigCommands(program: Command, context: CommandContext): void {
  const config = program.command('config').description('the configuration of the server')
  const check = config
    .command('check')
    .description('print the effective configuration, secrets masked; fails when it has problems')
    .option('--json', 'print the report as JSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const report = await context.boot.checkConfig(context.configPath())
      if (json === true) {
        context.terminal.writeOut(`${JSON.stringify(report, null, 2)}\n`)
        if (!report.ok) context.exit(1)
        return
      }
      context.terminal.writeOut(renderReport(report))
      // The error output then lists them, numbered, as the server does when it does not start.
      if (!report.ok) throw new ConfigError(report.findings)
    })
  addExample(check, '--config /etc/authserver/config.yaml')
}

function renderReport({ ok, features, settings, warnings }: ConfigReport): string {
  const settingRows = Object.entries(settings).map(([key, { value, source }]) => ({
    key,
    value: value === null ? '(refused)' : JSON.stringify(value),
    source,
  }))
  const featureRows = features.map(({ feature, status, detail }) => ({ feature, status, detail }))
  const warningLines = warnings.map((warning) => `- ${describeFinding(warning)}\n`)
  const parts = [
    settingRows.length === 0 ? '' : renderTable(settingRows, null),
    featureRows.length === 0 ? '' : renderTable(featureRows, null),
    warningLines.length === 0 ? '' : `Warnings:\n${warningLines.join('')}`,
    ok ? 'The configuration is good.\n' : '',
  ]
  return parts.filter((part) => part !== '').join('\n')
}
