// Command-line options of the benchmarks: whole numbers with defaults, and `--json`.
import { parseArgs } from 'node:util'

/**
 * Numbers by option name as given by `--name 5`, else as in `defaults`. @throws Error on others.
 */
export function readOptions<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
): { readonly numbers: Readonly<Record<Name, number>>; readonly isJson: boolean } {
  const names = Object.keys(defaults) as Name[]
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    },
  })
  const given = values as Readonly<Record<string, string | boolean | undefined>>
  const numbers = names.map((name) => [name, wholeNumber(name, given[name] ?? defaults[name])])
  return {
    numbers: Object.fromEntries(numbers) as Readonly<Record<Name, number>>,
    isJson: given['json'] === true,
  }
}

function wholeNumber(name: string, value: string | boolean | number): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new Error(`--${name} must be a whole number, not ${value}`)
  }
  return number
}
