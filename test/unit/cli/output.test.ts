// The forms of what commands print (spec 05 §8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedClient } from '../../support/seed.ts'
import { startCli } from './cli-harness.ts'

const line = 'id=c-1 name="Two words" status=active source=admin\n'
const table =
  'ID   NAME       STATUS  SOURCE\n' + //
  'c-1  Two words  active  admin\n'

test('prints lines for programs and a table on a terminal', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', { name: 'Two words' })
  const list = ['admin', 'client', 'list'] as const

  assert.equal((await cli.run(...list)).out, line)
  assert.equal((await cli.runOnTerminal(80, ...list)).out, table)
})

test('prints the form that is asked for, whoever reads', async (t) => {
  const cli = await startCli(t)
  await seedClient(cli.inline.services, 'c-1', { name: 'Two words' })
  const list = ['admin', 'client', 'list'] as const
  const json = await cli.run(...list, '--json')

  assert.equal((await cli.run(...list, '--output', 'table')).out, table)
  assert.equal((await cli.runOnTerminal(80, ...list, '--output', 'lines')).out, line)
  assert.equal((await cli.runOnTerminal(80, ...list, '--output', 'json')).out, json.out)
  assert.equal((await cli.runOnTerminal(80, ...list, '--json')).out, json.out)
  assert.equal(JSON.parse(json.out)[0].name, 'Two words')
})

test('fits a table to the terminal, and to nothing when it is forced elsewhere', async (t) => {
  const cli = await startCli(t)
  const name = 'n'.repeat(100)
  for (const id of ['c-1', 'c-2']) await seedClient(cli.inline.services, id, { name })
  const list = ['admin', 'client', 'list', '--output', 'table'] as const

  const narrow = await cli.runOnTerminal(90, ...list)
  const elsewhere = await cli.run(...list)

  assert.ok(narrow.out.split('\n').every((text) => text.length <= 90))
  assert.match(narrow.out, /n…/)
  assert.ok(elsewhere.out.includes(name))
})

for (const [options, message] of [
  [['--output', 'xml'], /'xml' is invalid\. Allowed choices are table, lines, json/],
  [['--output', 'lines', '--json'], /'--json' cannot be used with option '--output <form>'/],
] as const) {
  test(`changes nothing when ${options.join(' ')} is refused`, async (t) => {
    const cli = await startCli(t)
    const create = ['admin', 'resource', 'create', '--slug', 'a', '--backend-kind', 'mint'] as const

    const { status, error } = await cli.run(...create, ...options)

    assert.equal(status, 1)
    assert.match(error, message)
    assert.deepEqual(cli.inline.rows('SELECT id FROM resources'), [])
  })
}

for (const [command, sentence, json] of [
  ['version', /^authserver \d+\.\d+\.\d+\n$/, /^\{\n {2}"version": "\d+\.\d+\.\d+"\n\}\n$/],
  ['migrate', /^database is up to date\n$/, /^\{\n {2}"status": "up to date"\n\}\n$/],
] as const) {
  test(`prints a sentence for ${command}, or JSON`, async (t) => {
    const cli = await startCli(t)

    assert.match((await cli.run(command)).out, sentence)
    assert.match((await cli.runOnTerminal(80, command)).out, sentence)
    assert.match((await cli.run(command, '--json')).out, json)
  })
}

test('ends with 1 and says why when its output cannot be written', async (t) => {
  const cli = await startCli(t)
  const flushed = () => Promise.reject(new Error('ENOSPC: no space left on device, write'))

  const { status, error } = await cli.runOn({ flushed }, 'version')

  assert.equal(status, 1)
  assert.equal(error, 'error: ENOSPC: no space left on device, write\n')
})

test('ends with 1 and says nothing when its reader has gone', async (t) => {
  const cli = await startCli(t)
  const flushed = () => Promise.reject(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))

  const { status, error } = await cli.runOn({ flushed }, 'version')

  assert.equal(status, 1)
  assert.equal(error, '')
})
