// `admin user …` (spec 05 §8).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { askOptions } from '../../../src/flows/services.ts'
import { seedResource } from '../../support/seed.ts'
import { seedApp, seedUserTokens } from '../../support/seed-codes.ts'
import { seedUser } from '../../support/seed-users.ts'
import { type Cli, startCli } from './cli-harness.ts'

const create = ['admin', 'user', 'create', '--email', 'Alice@Example.test'] as const

/** Whether `password` is that of the only user. */
async function isPasswordOf(cli: Cli, password: string): Promise<boolean> {
  const { services, rows } = cli.inline
  const hash = String(rows('SELECT password_hash FROM users')[0]?.['password_hash'])
  const request = { password, hash }
  const options = askOptions(services, null)
  return (await services.passwordPool.ask('verifyPassword', request, options)).reply.isRight
}

const actions = ({ inline }: Cli) =>
  inline.rows('SELECT action, detail FROM audit_events ORDER BY id').map(({ action }) => action)

test('creates a user and never prints the password', async (t) => {
  const cli = await startCli(t)

  const { status, out, error } = await cli.run(...create, '--password', 'correct horse')

  assert.deepEqual([status, error], [0, ''])
  assert.match(out, /^id=[\w-]{22} email=alice@example\.test role=user\n$/)
  assert.equal(await isPasswordOf(cli, 'correct horse'), true)
  assert.deepEqual(actions(cli), ['user.created'])
  assert.deepEqual(cli.asked, [{ configPath: null, needs: ['storage', 'passwords'] }])
})

test('shows a created user as the API does', async (t) => {
  const cli = await startCli(t)
  const options = ['--name', 'Alice', '--role', 'admin', '--json']

  const { out } = await cli.run(...create, '--password', 'correct horse', ...options)

  const { id: _id, created_at: _at, ...rest } = JSON.parse(out)
  assert.deepEqual(rest, {
    email: 'alice@example.test',
    name: 'Alice',
    role: 'admin',
    status: 'active',
    provider: 'local',
  })
})

describe('a password comes', () => {
  test('from the environment, and everything else too', async (t) => {
    const cli = await startCli(t)
    const variables = {
      AUTHSERVER_USER_EMAIL: 'bob@example.test',
      AUTHSERVER_USER_NAME: 'Bob',
      AUTHSERVER_USER_ROLE: 'admin',
      AUTHSERVER_USER_PASSWORD: 'of the environment',
    }

    const { out } = await cli.runWith(variables, 'admin', 'user', 'create')

    assert.match(out, / email=bob@example\.test role=admin\n$/)
    assert.equal(await isPasswordOf(cli, 'of the environment'), true)
  })

  test('from the standard input, without its line break', async (t) => {
    const cli = await startCli(t)
    const readInput = async () => ' of the input \r\n'

    const { status } = await cli.runOn({ readInput }, ...create, '--password-stdin')

    assert.equal(status, 0)
    assert.equal(await isPasswordOf(cli, ' of the input '), true)
  })

  test('from the person at the terminal, who types it twice', async (t) => {
    const cli = await startCli(t)
    const prompts: string[] = []
    const readHidden = async (prompt: string) => {
      prompts.push(prompt)
      return 'typed'
    }

    const { status } = await cli.runOn({ isInputTerminal: true, readHidden }, ...create)

    assert.deepEqual([status, prompts], [0, ['Password: ', 'Again: ']])
    assert.equal(await isPasswordOf(cli, 'typed'), true)
  })

  test('from nowhere when the two differ', async (t) => {
    const cli = await startCli(t)
    const answers = ['one', 'another']
    const readHidden = async () => answers.shift() ?? ''

    const run = await cli.runOn({ isInputTerminal: true, readHidden }, ...create)

    assert.deepEqual([run.status, run.error], [1, 'error: the two passwords differ\n'])
    assert.deepEqual(cli.asked, [])
  })

  test('from nowhere in a script that names none', async (t) => {
    const cli = await startCli(t)

    const { status, error } = await cli.run(...create)

    assert.equal(status, 1)
    assert.equal(error, `error: required option '--password <password>' is missing\n`)
  })

  test('from one place only', async (t) => {
    const cli = await startCli(t)

    const { status, error } = await cli.run(...create, '--password', 'x', '--password-stdin')

    assert.equal(status, 1)
    assert.match(error, /cannot be used with option/)
  })
})

describe('refuses', () => {
  for (const [what, argv, message] of [
    ['a user without address', ['create', '--password', 'x'], /'--email <address>' is missing/],
    [
      'an unknown role',
      ['create', '--email', 'a@b.test', '--password', 'x', '--role', 'owner'],
      /--role must be one of user, admin/,
    ],
    [
      'a password that is too long',
      ['create', '--email', 'a@b.test', '--password', 'x'.repeat(1025)],
      /password must be at most 1024 bytes/,
    ],
    ['an update of nothing', ['update', '--id', 'alice'], /give --email or --name/],
    ['an update of nobody', ['update', '--name', 'x'], /'--id <id>' is missing/],
    ['an unknown user', ['disable', '--id', 'nobody'], /there is no user with this id/],
  ] as const) {
    test(what, async (t) => {
      const cli = await startCli(t)

      const { status, error, out } = await cli.run('admin', 'user', ...argv)

      assert.deepEqual([status, out], [1, ''])
      assert.match(error, message)
    })
  }
})

test('lists users, newest first', async (t) => {
  const cli = await startCli(t)
  await seedUser(cli.inline.services, 'alice', { status: 'disabled', role: 'admin' })
  await seedUser(cli.inline.services, 'bob', { email: null, provider: 'oidc' })

  const lines = await cli.run('admin', 'user', 'list')
  const one = await cli.run('admin', 'user', 'list', '--limit', '1', '--json')

  assert.equal(
    lines.out,
    'id=bob email= role=user status=active\n' +
      'id=alice email=alice@example.test role=admin status=disabled\n',
  )
  assert.deepEqual(
    JSON.parse(one.out).map(({ id }: { id: string }) => id),
    ['bob'],
  )
})

test('changes, locks out, lets in and deletes a user', async (t) => {
  const cli = await startCli(t)
  await seedUser(cli.inline.services, 'alice', {})
  const id = ['--id', 'alice'] as const
  const run = async (...argv: readonly string[]) => (await cli.run('admin', 'user', ...argv)).out

  assert.equal(
    await run('update', ...id, '--email', 'Al@example.test', '--name', 'Al'),
    'id=alice email=al@example.test role=user status=active\n',
  )
  assert.equal(await run('disable', ...id), 'id=alice status=disabled\n')
  assert.equal(await run('enable', ...id), 'id=alice status=active\n')
  const { out } = await cli.runWith({ AUTHSERVER_USER_ID: 'alice' }, 'admin', 'user', 'delete')
  assert.equal(out, 'id=alice status=deleted\n')
  assert.deepEqual(actions(cli), [
    'user.created',
    'user.updated',
    'user.disabled',
    'user.enabled',
    'user.deleted',
  ])
})

test('sets a password', async (t) => {
  const cli = await startCli(t)
  await seedUser(cli.inline.services, 'alice', {})
  const setPassword = ['admin', 'user', 'set-password', '--id', 'alice'] as const

  const { out } = await cli.runWith({ AUTHSERVER_USER_PASSWORD: 'another one' }, ...setPassword)

  assert.equal(out, 'id=alice status="password changed"\n')
  assert.equal(await isPasswordOf(cli, 'another one'), true)
  assert.deepEqual(actions(cli), ['user.created', 'user.password_changed'])
})

test('ends what a user has begun, and says how much that was', async (t) => {
  const cli = await startCli(t)
  const { services } = cli.inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', {})
  await seedResource(services, 'r1', {})
  const of = { clientId: 'app', userId: 'alice', resource: null, scope: '' }
  await seedUserTokens(services, of)
  const inUse = await cli.run('admin', 'user', 'delete', '--id', 'alice')

  const first = await cli.run('admin', 'user', 'force-logout', '--id', 'alice')
  const again = await cli.run('admin', 'user', 'force-logout', '--id', 'alice', '--json')
  const deleted = await cli.run('admin', 'user', 'delete', '--id', 'alice')

  assert.equal(inUse.error, 'error: the user has live tokens: delete it with --force\n')
  assert.equal(first.out, 'id=alice tokens_revoked=1\n')
  assert.deepEqual(JSON.parse(again.out), { user_id: 'alice', tokens_revoked: 0 })
  assert.equal(deleted.status, 0)
})
