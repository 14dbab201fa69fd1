// `admin audit …` (decision B42).
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { askOptions } from '../../../src/flows/services.ts'
import { seedClient } from '../../support/seed.ts'
import { type Cli, startCli } from './cli-harness.ts'

/** A command line over a log of two clients, the second suspended. */
async function startWithLog(t: TestContext): Promise<Cli> {
  const cli = await startCli(t)
  for (const id of ['c-1', 'c-2']) await seedClient(cli.inline.services, id, {})
  await cli.run('admin', 'client', 'suspend', '--id', 'c-2')
  return cli
}

/** Adds events to the log, a second apart, the newest of them, `n=1`, an hour ago. */
async function fill({ inline: { services } }: Cli, count: number): Promise<void> {
  const lastMs = services.clock.nowMs() - 3_600_000
  const recorded = Array.from({ length: count }, (_, at) => {
    const age = count - at
    const createdAtMs = lastMs - age * 1000
    const audit = {
      id: services.random.uuidV7(createdAtMs),
      action: 'client.updated',
      actorId: 'admin',
      clientId: 'c-9',
      ip: '',
      detail: `n=${age}`,
      traceId: '',
      createdAtMs,
    } as const
    return services.storage.ask('recordAudit', { audit }, askOptions(services, null))
  })
  await Promise.all(recorded)
}

const list = ['admin', 'audit', 'list'] as const
const exporting = ['admin', 'audit', 'export'] as const

test('lists events newest first, as lines, table and the JSON of the API', async (t) => {
  const cli = await startWithLog(t)

  const lines = await cli.run(...list)
  const table = await cli.runOnTerminal(200, ...list)
  const json = await cli.run(...list, '--json')

  const [newest, ...older] = lines.out.trimEnd().split('\n')
  assert.match(
    newest ?? '',
    /^id=\S{36} action=client\.suspended actor_id=admin client_id=c-2 ip= detail= trace_id= creat/,
  )
  assert.equal(older.length, 2)
  assert.match(table.out, /^ID +ACTION +ACTOR_ID +CLIENT_ID +IP +DETAIL +TRACE_ID +CREATED_AT\n/)
  assert.deepEqual(
    JSON.parse(json.out).map(({ action }: { readonly action: string }) => action),
    ['client.suspended', 'client.created_admin', 'client.created_admin'],
  )
})

const filters: readonly (readonly [readonly string[], number])[] = [
  [['--action', 'client.suspended'], 1],
  [['--client', 'c-2'], 2],
  [['--client', 'c-2', '--action', 'client.created_admin'], 1],
  [['--actor', 'admin'], 3],
  [['--actor', 'nobody'], 0],
  [['--trace', '0af7651916cd43dd8448eb211c80319c'], 0],
  [['--since', '7d', '--until', '1h'], 0],
  [['--since', '1m'], 3],
  [['--limit', '2'], 2],
]

for (const [options, count] of filters) {
  test(`finds ${count} of three events by ${options.join(' ')}`, async (t) => {
    const cli = await startWithLog(t)

    const { status, out, error } = await cli.run(...list, ...options, '--json')

    assert.equal(error, '')
    assert.equal(status, 0)
    assert.equal(JSON.parse(out).length, count)
  })
}

const refusals: readonly (readonly [readonly string[], RegExp])[] = [
  [[...list, '--since', '31d'], /since may be 720 hours ago at most/],
  [[...list, '--since', '1h', '--until', '2h'], /until must be later than since/],
  [[...list, '--since', 'yesterday'], /--since must be an age such as/],
  [[...list, '--until', 'now'], /--until must be an age such as/],
  [[...list, '--limit', '1001'], /limit must be 1000 at most/],
  [[...exporting, '--format', 'xml'], /--format must be one of ndjson, csv/],
  [[...exporting, '--out', '/nowhere/audit.csv'], /--out cannot be written: .*\/nowhere\/audit/],
  [[...exporting, '--since', '31d'], /since may be 720 hours ago at most/],
]

for (const [argv, message] of refusals) {
  test(`refuses ${argv.join(' ')}`, async (t) => {
    const cli = await startWithLog(t)

    const { status, out, error } = await cli.run(...argv)

    assert.equal(status, 1)
    assert.equal(out, '')
    assert.match(error, message)
  })
}

test('exports everything that matches, more than any page, one document per line', async (t) => {
  const cli = await startCli(t)
  await fill(cli, 1234)

  const { status, out, error } = await cli.run(...exporting, '--client', 'c-9')

  const events = out
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  assert.equal(status, 0)
  assert.equal(error, '', 'no progress where nobody watches')
  assert.equal(events.length, 1234)
  assert.equal(events[0].detail, 'n=1')
  assert.equal(events[1233].detail, 'n=1234')
  assert.deepEqual(Object.keys(events[0]), [
    ...['id', 'action', 'actor_id', 'client_id', 'ip', 'detail', 'trace_id', 'created_at'],
  ])
})

test('exports CSV with a heading, also of nothing', async (t) => {
  const cli = await startCli(t)
  const heading = 'id,action,actor_id,client_id,ip,detail,trace_id,created_at\r\n'

  const empty = await cli.run(...exporting, '--format', 'csv')
  await seedClient(cli.inline.services, 'c-1', {})
  cli.inline.execute(`UPDATE audit_events SET detail = 'name="a, b"'`)
  const one = await cli.run(...exporting, '--format', 'csv')

  assert.equal(empty.out, heading)
  assert.ok(one.out.startsWith(heading))
  assert.match(
    one.out.slice(heading.length),
    /^\S{36},client\.created_admin,admin,c-1,,"name=""a, b""",,\S+\r\n$/,
  )
})

test('waits for its reader between pages', async (t) => {
  const cli = await startCli(t)
  await fill(cli, 1200)
  let sinceFlush = 0
  let most = 0
  const terminal = {
    writeOut: (text: string) => {
      sinceFlush += text.split('\n').length - 1
      most = Math.max(most, sinceFlush)
    },
    flushed: async () => {
      sinceFlush = 0
    },
  }

  await cli.runOn(terminal, ...exporting)

  assert.ok(most > 0 && most <= 500, `${most} rows were written at once`)
})

test('stops reading when its reader has gone', async (t) => {
  const cli = await startCli(t)
  await fill(cli, 1200)
  let rows = 0
  const terminal = {
    writeOut: (text: string) => {
      rows += text.split('\n').length - 1
    },
    flushed: () =>
      rows === 0
        ? Promise.resolve()
        : Promise.reject(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  }

  const { status, error } = await cli.runOn(terminal, ...exporting)

  assert.equal(status, 1)
  assert.equal(error, '')
  assert.ok(rows <= 500, `${rows} rows were written`)
})

test('exports to a file that only its owner can read, and replaces what was there', async (t) => {
  const cli = await startWithLog(t)
  const path = join(cli.inline.directory, 'audit.ndjson')

  const first = await cli.run(...exporting, '--out', path)
  const made = statSync(path).mode & 0o777
  writeFileSync(path, 'x'.repeat(100_000))
  const second = await cli.run(...exporting, '--out', path, '--client', 'c-1')

  assert.deepEqual(first, { status: 0, out: '', error: '' })
  assert.equal(made, 0o600)
  assert.equal(second.status, 0)
  assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 1)
})

test('leaves the file alone when the search is refused', async (t) => {
  const cli = await startWithLog(t)
  const path = join(cli.inline.directory, 'audit.ndjson')

  const { status } = await cli.run(...exporting, '--out', path, '--since', '31d')

  assert.equal(status, 1)
  assert.equal(existsSync(path), false)
})

test('says that a file is incomplete when the disk is full', async (t) => {
  const cli = await startWithLog(t)

  const { status, error } = await cli.run(...exporting, '--out', '/dev/full')

  assert.equal(status, 1)
  assert.match(error, /^error: \/dev\/full is incomplete: .*ENOSPC/)
})

test('shows progress to whoever watches, but not between the events', async (t) => {
  const cli = await startCli(t)
  await fill(cli, 700)
  const path = join(cli.inline.directory, 'audit.ndjson')

  const toFile = await cli.runOnTerminal(80, ...exporting, '--out', path)
  const piped = await cli.runOn({ isErrorTerminal: true }, ...exporting)
  const toTerminal = await cli.runOnTerminal(80, ...exporting)

  assert.match(toFile.error, /^\r500 events\r700 events\r700 events\n$/)
  assert.equal(piped.error, toFile.error)
  assert.equal(toTerminal.error, '')
})
