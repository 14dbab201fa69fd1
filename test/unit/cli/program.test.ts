// The table of commands as a whole (spec 05 §8): complete, and described.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { buildProgram } from '../../../src/cli/index.ts'
import { startCli } from './cli-harness.ts'

/** Every command whose subject exists. */
const expected = [
  'serve',
  'version',
  'migrate',
  'healthcheck',
  'config check',
  ...['create', 'update', 'list', 'get', 'rotate-secret', 'suspend', 'reactivate', 'revoke'].map(
    (verb) => `admin client ${verb}`,
  ),
  'admin client delete',
  ...['create', 'update', 'list', 'get', 'delete'].map((verb) => `admin resource ${verb}`),
  ...['runtime-client', 'allowed-client', 'return-url'].flatMap((list) =>
    ['add', 'remove', 'list'].map((verb) => `admin resource ${list} ${verb}`),
  ),
  ...[
    'create',
    'list',
    'update',
    'disable',
    'enable',
    'set-password',
    'delete',
    'force-logout',
  ].map((verb) => `admin user ${verb}`),
  ...['list-user-grants', 'revoke-consent'].map((verb) => `admin grant ${verb}`),
  ...['list', 'revoke'].map((verb) => `admin token ${verb}`),
  ...['list', 'get', 'revoke'].map((verb) => `admin issuance ${verb}`),
  ...['list', 'rotate'].map((verb) => `admin key ${verb}`),
  ...['get', 'set'].map((verb) => `admin dcr ${verb}`),
  ...['list', 'export'].map((verb) => `admin audit ${verb}`),
  'admin stats',
]

/** `serve` prints its log, and an export is written in a format of its own. */
const withoutJson = ['serve', 'admin audit export']
/** A report of several tables. */
const withoutForms = [...withoutJson, 'config check']

const nothing = async (): Promise<never> => {
  throw new Error('no command runs here')
}

let written = ''
const program = buildProgram({
  boot: { serve: nothing, withServices: nothing, checkConfig: nothing },
  exit: () => undefined,
  terminal: {
    writeOut: (text) => {
      written += text
    },
    writeError: () => undefined,
    flushed: nothing,
    readVariable: () => null,
    isTerminal: false,
    columns: 100,
    isErrorTerminal: false,
    isInputTerminal: false,
    readHidden: () => Promise.reject(new Error('nobody is asked')),
    readInput: () => Promise.reject(new Error('there is no input')),
  },
})

const leaves: readonly (readonly [string, Command])[] = leavesOf(program, [])

function leavesOf(
  command: Command,
  names: readonly string[],
): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[names.join(' '), command]]
  return command.commands.flatMap((child) => leavesOf(child, [...names, child.name()]))
}

const longFlags = (command: Command): readonly (string | undefined)[] =>
  command.options.map(({ long }) => long)

test('has every command of the specification whose subject exists', () => {
  const names = leaves.map(([name]) => name)

  assert.deepEqual(names.toSorted(), expected.toSorted())
})

test('describes every command, group and option', () => {
  const described = (command: Command): readonly Command[] => [
    command,
    ...command.commands.flatMap(described),
  ]

  for (const command of described(program)) {
    assert.notEqual(command.description(), '', command.name())
    for (const { flags, description } of command.options) {
      assert.notEqual(description, '', `${command.name()} ${flags}`)
    }
  }
})

for (const [name, command] of leaves) {
  test(`${name} prints in every form, and shows an example`, () => {
    written = ''
    command.outputHelp()

    assert.equal(longFlags(command).includes('--json'), !withoutJson.includes(name))
    assert.equal(longFlags(command).includes('--output'), !withoutForms.includes(name))
    assert.match(written, new RegExp(`\\nExample:\\n {2}authserver ${name}`))
  })
}

test('marks what is required in the help, and refuses to go on without it', async (t) => {
  const cli = await startCli(t)

  for (const [name, command] of leaves) {
    const needed = command.options.filter(({ description }) => /\(required/.test(description))
    if (needed.length === 0) continue

    const { status, error } = await cli.run(...name.split(' '))

    assert.equal(status, 1, name)
    assert.match(error, /^error: required option '--[a-z-]+ <[a-z]+>' is missing\n$/, name)
  }
  assert.deepEqual(cli.asked, [])
})
