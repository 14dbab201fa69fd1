// `admin dcr …`, `admin stats`, `admin issuance …` and the forms of `admin key …` (spec 05 §8).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedClient, seedResource } from '../../support/seed.ts'
import { type Cli, startCli } from './cli-harness.ts'
import { issueTo } from './issued-token.ts'

async function run(cli: Cli, line: string): Promise<string> {
  const { status, out, error } = await cli.run('admin', ...line.split(' '))
  assert.equal(error, '')
  assert.equal(status, 0)
  return out
}

test('shows the configured mode until another one is stored', async (t) => {
  const cli = await startCli(t)

  assert.equal(await run(cli, 'dcr get'), 'mode=open\n')
  assert.equal(await run(cli, 'dcr set --mode admin_only'), 'mode=admin_only\n')
  assert.equal(await run(cli, 'dcr get'), 'mode=admin_only\n')
  assert.equal(await run(cli, 'dcr get --json'), '{\n  "mode": "admin_only"\n}\n')
  assert.equal(await run(cli, 'dcr set --mode open --output table'), 'MODE\nopen\n')
  assert.deepEqual(
    cli.inline.rows('SELECT action, actor_id, detail FROM audit_events ORDER BY id'),
    [
      ['open', 'admin_only'],
      ['admin_only', 'open'],
    ].map(([old, young]) => ({
      action: 'dcr.mode_updated',
      actor_id: 'admin',
      detail: `old=${old} new=${young}`,
    })),
  )
})

for (const [line, message] of [
  ['set', /required option '--mode <mode>' is missing/],
  ['set --mode closed', /--mode must be one of open, approved_redirects, admin_only/],
  ['set --mode approved_redirects', /dcr\.approved_redirects is empty/],
] as const) {
  test(`refuses admin dcr ${line}`, async (t) => {
    const cli = await startCli(t)

    const { status, out, error } = await cli.run('admin', 'dcr', ...line.split(' '))

    assert.equal(status, 1)
    assert.equal(out, '')
    assert.match(error, message)
    assert.equal(await run(cli, 'dcr get'), 'mode=open\n')
  })
}

test('warns when the stored mode does not count', async (t) => {
  const cli = await startCli(t, { registration: { isSwitchable: false } })

  const { status, out, error } = await cli.run('admin', 'dcr', 'set', '--mode', 'admin_only')

  assert.equal(status, 0)
  assert.equal(out, 'mode=admin_only\n')
  assert.equal(
    error,
    'warning: admin.enabled is false: dcr.mode of the configuration counts, open\n',
  )
})

test('counts clients and the tokens of the day', async (t) => {
  const cli = await startCli(t)
  const { services } = cli.inline
  await seedClient(services, 'm2m', {})
  await issueTo(services, 'm2m', {})

  const lines = await run(cli, 'stats')
  const json = JSON.parse(await run(cli, 'stats --json'))

  const expected = {
    clients: 1,
    users: 0,
    active_tokens_24h: 1,
    revoked_tokens: 0,
    connections: 0,
  }
  assert.deepEqual(json, expected)
  assert.equal(lines, 'clients=1 users=0 active_tokens_24h=1 revoked_tokens=0 connections=0\n')
})

test('lists, shows and revokes an issued token', async (t) => {
  const cli = await startCli(t)
  const { services } = cli.inline
  await seedResource(services, 'notes', {})
  await seedClient(services, 'm2m', {})
  await issueTo(services, 'm2m', { resource: 'https://notes.test/mcp' })

  const [listed] = JSON.parse(await run(cli, 'issuance list --client m2m --json')).issuances
  const id = String(listed.id)
  const before = await run(cli, `issuance get --id ${id}`)
  const table = await cli.runOnTerminal(120, 'admin', 'issuance', 'get', '--id', id)
  const revoked = await run(cli, `issuance revoke --id ${id}`)
  const again = await run(cli, `issuance revoke --id ${id} --json`)
  const after = JSON.parse(await run(cli, `issuance get --id ${id} --json`))

  const pairs = 'user=m2m client=m2m resource=notes backend=mint'
  assert.ok(before.startsWith(`id=${id} jti=${id} ${pairs} issued_at=`), before)
  assert.match(before, / revoked_at= scopes=tools\/echo\n$/)
  assert.match(table.out, new RegExp(`^ID +${id}\nJTI +${id}\nUSER +m2m\n`))
  assert.equal(revoked, `id=${id} status=revoked\n`)
  assert.deepEqual(JSON.parse(again), { id, status: 'revoked' })
  assert.match(after.revoked_at, /^\d{4}-/)
  assert.equal(
    cli.inline.rows("SELECT id FROM audit_events WHERE action = 'issuance.revoked_admin'").length,
    1,
  )
})

test('lists keys and the new key in every form', async (t) => {
  const cli = await startCli(t)

  const table = await cli.runOnTerminal(80, 'admin', 'key', 'list')
  const rotated = await cli.runOnTerminal(80, 'admin', 'key', 'rotate')
  const refused = await cli.run('admin', 'key', 'rotate')

  assert.match(table.out, /^KID +ALG +USE +STATUS\n\S+ +ES256 +sig +current\n$/)
  assert.match(rotated.out, /^KID +ALG\n\S+ +ES256\n$/)
  assert.match(refused.error, /rotate with --force\n$/)
})
