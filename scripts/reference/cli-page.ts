// docs/reference/cli.md: every command and option, from the program that parses them.
import type { Command, Option } from 'commander'
import { buildProgram } from '../../src/cli/index.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { block, code, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

export const cliPage: Page = {
  path: 'docs/reference/cli.md',
  render: () => {
    const { program, helpOf } = openProgram()
    const commands = leavesOf(program, helpOf)
    return fillPage('cli', {
      global: optionTable(program.options),
      contents: contentsOf(commands),
      commands: commands.map(sectionOf).join('\n\n'),
    })
  },
}

interface Leaf {
  /** All its words, without the name of the program. */
  readonly name: string
  readonly description: string
  readonly options: readonly Option[]
  /** The line that shows its use, or null. */
  readonly example: string | null
}

function openProgram(): {
  readonly program: Command
  readonly helpOf: (command: Command) => string
} {
  let written = ''
  const terminal: Terminal = {
    writeOut: (text) => {
      written += text
    },
    writeError: () => undefined,
    flushed: () => Promise.resolve(),
    readVariable: () => null,
    isTerminal: false,
    columns: 80,
    isErrorTerminal: false,
    isInputTerminal: false,
    readHidden: () => Promise.resolve(''),
    readInput: () => Promise.resolve(''),
  }
  const unavailable = () => Promise.reject(new Error('a page runs no command'))
  const program = buildProgram({
    terminal,
    boot: { serve: unavailable, checkConfig: unavailable, withServices: unavailable },
    exit: () => undefined,
  })
  const helpOf = (command: Command): string => {
    written = ''
    command.outputHelp()
    return written
  }
  return { program, helpOf }
}

function leavesOf(program: Command, helpOf: (command: Command) => string): readonly Leaf[] {
  const leaves: Leaf[] = []
  const waiting: (readonly [string, Command])[] = program.commands.map((command) => [
    command.name(),
    command,
  ])
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, command] = next
    waiting.unshift(...command.commands.map((child) => [`${name} ${child.name()}`, child] as const))
    if (command.commands.length > 0) continue
    leaves.push({
      name,
      description: descriptionOf(command),
      options: ownOptions(command),
      example: /\nExample:\n {2}(.+)/.exec(helpOf(command))?.[1] ?? null,
    })
  }
  return leaves
}

/** A list within a group within another speaks of what its group is about as "them". */
function descriptionOf(command: Command): string {
  const own = command.description()
  const depth = ancestorsOf(command).length
  return command.name() === 'list' && depth > 3 ? `${own}: ${command.parent?.description()}` : own
}

function ancestorsOf(command: Command): readonly Command[] {
  return command.parent === null ? [] : [command.parent, ...ancestorsOf(command.parent)]
}

/** Those of every command that prints are told once, at the top of the page. */
function ownOptions({ options }: Command): readonly Option[] {
  const printing = options.some(({ long }) => long === '--output') ? ['--output', '--json'] : []
  return options.filter(({ hidden, long }) => !hidden && !printing.includes(long ?? ''))
}

function contentsOf(leaves: readonly Leaf[]): string {
  const rows = leaves.map(({ name, description }) => [
    `[${code(name)}](#${name.replaceAll(' ', '-')})`,
    description,
  ])
  return table(['Command', 'Does'], rows)
}

function sectionOf({ name, description, options, example }: Leaf): string {
  const parts = [`## ${name}`, sentence(description)]
  if (options.length > 0) parts.push(optionTable(options))
  if (example !== null) parts.push(block('sh', example))
  return parts.join('\n\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map(({ flags, description, argChoices }) => [
    code(flags),
    argChoices === undefined ? description : `${description} (${argChoices.join(', ')})`,
  ])
  return table(['Option', 'Means'], rows)
}
