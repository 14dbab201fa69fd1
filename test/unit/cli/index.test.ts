// The command line as a whole (spec 05 §8): help, mistakes, the global option, exit statuses.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startCli } from './cli-harness.ts'

test('prints its version', async (t) => {
  const cli = await startCli(t)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

  assert.deepEqual(await cli.run('version'), {
    status: 0,
    out: `authserver ${version}\n`,
    error: '',
  })
})

for (const argv of [
  [],
  ['--help'],
  ['help'],
  ['help', 'admin'],
  ['admin', 'help', 'client'],
  ['admin'],
  ['admin', '--help'],
  ['admin', 'client'],
  ['admin', 'client', 'create', '--help'],
  ['admin', 'resource', 'runtime-client'],
]) {
  test(`prints help for ${JSON.stringify(argv)}`, async (t) => {
    const cli = await startCli(t)

    const { status, out, error } = await cli.run(...argv)

    assert.equal(status, 0)
    assert.match(out, /^Usage: authserver/)
    assert.equal(error, '')
    assert.deepEqual(cli.asked, [])
  })
}

const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
  [['nothing'], /unknown command 'nothing'\n$/],
  [['admin', 'cleint'], /unknown command 'cleint': did you mean client\?\n$/],
  [['admin', 'resource', 'lst'], /unknown command 'lst': did you mean list\?\n$/],
  [
    ['admin', 'client', 'list', '--statu', 'x'],
    /unknown option '--statu': did you mean --status\?/,
  ],
  [['admin', 'nothing'], /unknown command 'nothing'/],
  [['admin', 'client', 'nothing'], /unknown command 'nothing'/],
  [['migrate', '/etc/x.yaml'], /too many arguments/],
  [['serve', 'now'], /too many arguments/],
  [['admin', 'client', 'list', 'all'], /too many arguments/],
  [['version', '--nothing'], /unknown option '--nothing'/],
  [['version', '--config'], /argument missing/],
]

for (const [argv, message] of mistakes) {
  test(`refuses ${argv.join(' ')}`, async (t) => {
    const cli = await startCli(t)

    const { status, out, error } = await cli.run(...argv)

    assert.equal(status, 1)
    assert.equal(out, '')
    assert.match(error, /^error: [^\n]+\n$/)
    assert.match(error, message)
    assert.deepEqual(cli.asked, [])
  })
}

for (const argv of [
  ['--config', 'a.yaml', 'migrate'],
  ['migrate', '--config', 'a.yaml'],
  ['migrate', '--config=a.yaml'],
]) {
  test(`understands ${argv.join(' ')}`, async (t) => {
    const cli = await startCli(t)

    const { status, out } = await cli.run(...argv)

    assert.equal(status, 0)
    assert.equal(out, 'database is up to date\n')
    assert.deepEqual(cli.asked, [{ configPath: 'a.yaml', needs: ['storage'] }])
  })
}

test('takes the global option between the words of a command', async (t) => {
  const cli = await startCli(t)

  await cli.run('admin', '--config', 'a.yaml', 'client', 'list')
  await cli.run('admin', 'client', 'list', '--config', 'b.yaml')

  assert.deepEqual(
    cli.asked.map(({ configPath }) => configPath),
    ['a.yaml', 'b.yaml'],
  )
})

test('ends with the exit status of the server', async (t) => {
  const cli = await startCli(t)

  const { status } = await cli.run('serve')

  assert.equal(status, 70)
  assert.deepEqual(cli.asked, [{ configPath: null, needs: ['server'] }])
})

test('tells an outage as an error', async (t) => {
  const cli = await startCli(t)
  await cli.inline.stopActor('storage')

  const { status, out, error } = await cli.run('migrate')

  assert.equal(status, 1)
  assert.equal(out, '')
  assert.match(error, /^error: storage: actor-stopped/)
})
