// The two forms of what commands print (spec 05 §8): a line of `key=value` pairs per row, or the
// JSON of the admin API, indented by two.
import { keyValue } from '../base/key-value.ts'
import type { Terminal } from './terminal.ts'

export type Pairs = Readonly<Record<string, string>>

/** One line per row. */
export function printLines(terminal: Terminal, ...rows: readonly Pairs[]): void {
  for (const row of rows) {
    const pairs = Object.entries(row).map(([key, value]) => keyValue(key, value))
    terminal.writeOut(`${pairs.join(' ')}\n`)
  }
}

/** Indented JSON. */
function printJson(terminal: Terminal, value: unknown): void {
  terminal.writeOut(`${JSON.stringify(value, null, 2)}\n`)
}

/** JSON if that was asked for, else lines. */
export function print(
  terminal: Terminal,
  isJson: boolean | undefined,
  given: { readonly json: unknown; readonly lines: readonly Pairs[] },
): void {
  if (isJson === true) printJson(terminal, given.json)
  else printLines(terminal, ...given.lines)
}
