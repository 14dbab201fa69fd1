// Runs command lines over real actors and keeps what they print.
import type { TestContext } from 'node:test'
import type { Boot } from '../../../src/cli/boot.ts'
import { runCli } from '../../../src/cli/index.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'

export interface Run {
  readonly status: number
  readonly out: string
  readonly error: string
}

export interface Cli {
  readonly inline: InlineServices
  /** What commands asked of the composition, one entry per run. */
  readonly asked: { readonly configPath: string | null; readonly needs: readonly string[] }[]
  run(...argv: readonly string[]): Promise<Run>
  /** As `run`, with environment variables. */
  runWith(variables: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<Run>
}

/** A command line over a database of this test only. */
export async function startCli(t: TestContext): Promise<Cli> {
  const inline = await createInlineServices({ rotationGapMs: 3_600_000 })
  t.after(inline.stop)
  const asked: { configPath: string | null; needs: readonly string[] }[] = []
  const boot: Boot = {
    serve: async (configPath) => {
      asked.push({ configPath, needs: ['server'] })
      return 70
    },
    withServices: (options, work) => {
      asked.push(options)
      return work(inline.services)
    },
  }
  const runWith: Cli['runWith'] = async (variables, ...argv) => {
    let out = ''
    let error = ''
    const status = await runCli(argv, boot, {
      writeOut: (text) => {
        out += text
      },
      writeError: (text) => {
        error += text
      },
      readVariable: (name) => variables[name] ?? null,
    })
    return { status, out, error }
  }
  return { inline, asked, runWith, run: (...argv) => runWith({}, ...argv) }
}
