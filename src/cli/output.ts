// The forms of what commands print (spec 05 §8): lines of `key=value` pairs for programs, a table
// for people, or the JSON of the admin API, indented by two.
import { type Command, Option } from 'commander'
import { keyValue } from '../base/key-value.ts'
import { addExample } from './arguments.ts'
import { type Pairs, renderTable } from './table.ts'
import type { Terminal } from './terminal.ts'

export type { Pairs } from './table.ts'

const outputForms = ['table', 'lines', 'json'] as const
type OutputForm = (typeof outputForms)[number]

/** What the options of `printing` leave behind. */
export interface OutputOptions {
  readonly output?: OutputForm
  readonly json?: boolean
}

/** The same thing for programs and for people. */
export interface Printed {
  readonly json: unknown
  readonly lines: readonly Pairs[]
  /** Stands for the lines where they would only be read by people. */
  readonly sentence?: string
}

/**
 * Adds the options of a command that prints, and an example of its arguments. They are read before
 * the command acts: a mistake in them changes nothing.
 */
export function printing(command: Command, exampleArguments: string): Command {
  const form = new Option('--output <form>', 'table on a terminal, else lines of key=value')
  const json = new Option('--json', 'the same as --output json')
  command.addOption(form.choices(outputForms)).addOption(json.conflicts('output'))
  return addExample(command, exampleArguments)
}

/** Prints in the form that the options or the terminal ask for. */
export function print(terminal: Terminal, { output, json }: OutputOptions, printed: Printed): void {
  const form = json === true ? 'json' : (output ?? (terminal.isTerminal ? 'table' : 'lines'))
  terminal.writeOut(textOf(form, printed, terminal.isTerminal ? terminal.columns : null))
}

function textOf(form: OutputForm, printed: Printed, columns: number | null): string {
  if (form === 'json') return `${JSON.stringify(printed.json, null, 2)}\n`
  if (printed.sentence !== undefined) return `${printed.sentence}\n`
  return form === 'table' ? renderTable(printed.lines, columns) : linesOf(printed.lines)
}

function linesOf(rows: readonly Pairs[]): string {
  return rows
    .map((row) => Object.entries(row).map(([key, value]) => keyValue(key, value)))
    .map((pairs) => `${pairs.join(' ')}\n`)
    .join('')
}
