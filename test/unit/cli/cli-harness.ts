// Runs command lines over real actors and keeps what they print.
import type { TestContext } from 'node:test'
import type { Boot } from '../../../src/cli/boot.ts'
import { runCli } from '../../../src/cli/index.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'
import { checkConfig } from '../../../src/config/check.ts'
import {
  createInlineServices,
  type InlineOptions,
  type InlineServices,
} from '../../support/inline-services.ts'

export interface Run {
  readonly status: number
  readonly out: string
  readonly error: string
}

export interface Cli {
  readonly inline: InlineServices
  /** What commands asked of the composition, one entry per run. */
  readonly asked: { readonly configPath: string | null; readonly needs: readonly string[] }[]
  /** As in a script: nothing is a terminal. */
  run(...argv: readonly string[]): Promise<Run>
  /** As `run`, with environment variables. */
  runWith(variables: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<Run>
  /** As `run`, for a person before a terminal. */
  runOnTerminal(columns: number, ...argv: readonly string[]): Promise<Run>
  /** As `run`, with a terminal of one's own; what it does not change is kept as in `run`. */
  runOn(terminal: Partial<Terminal>, ...argv: readonly string[]): Promise<Run>
}

/** A command line over a database of this test only. */
export async function startCli(t: TestContext, options: InlineOptions = {}): Promise<Cli> {
  const inline = await createInlineServices({ rotationGapMs: 3_600_000, ...options })
  t.after(inline.stop)
  const asked: { configPath: string | null; needs: readonly string[] }[] = []
  const bootWith = (environment: Readonly<Record<string, string>>): Boot => ({
    serve: async (configPath) => {
      asked.push({ configPath, needs: ['server'] })
      return 70
    },
    withServices: (options, work) => {
      asked.push(options)
      return work(inline.services)
    },
    checkConfig: async (path) => checkConfig({ path, environment }),
  })
  const runIn = async (
    { variables, ...change }: Surroundings,
    argv: readonly string[],
  ): Promise<Run> => {
    let out = ''
    let error = ''
    const terminal: Terminal = {
      writeOut: (text) => {
        out += text
      },
      writeError: (text) => {
        error += text
      },
      flushed: async () => undefined,
      readVariable: (name) => variables[name] ?? null,
      isTerminal: false,
      columns: 80,
      isErrorTerminal: false,
      isInputTerminal: false,
      readHidden: () => Promise.reject(new Error('nobody is asked')),
      readInput: () => Promise.reject(new Error('there is no input')),
      ...change,
    }
    const status = await runCli(argv, bootWith(variables), terminal)
    return { status, out, error }
  }
  const onTerminal = { isTerminal: true, isErrorTerminal: true }
  return {
    inline,
    asked,
    run: (...argv) => runIn({ variables: {} }, argv),
    runWith: (variables, ...argv) => runIn({ variables }, argv),
    runOnTerminal: (columns, ...argv) => runIn({ variables: {}, ...onTerminal, columns }, argv),
    runOn: (terminal, ...argv) => runIn({ variables: {}, ...terminal }, argv),
  }
}

type Surroundings = Partial<Terminal> & { readonly variables: Readonly<Record<string, string>> }
