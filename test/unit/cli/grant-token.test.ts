// `admin grant …` and `admin token …` (spec 05 §8).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { seedClient, seedResource } from '../../support/seed.ts'
import { seedApp, seedUserTokens } from '../../support/seed-codes.ts'
import { seedUser } from '../../support/seed-users.ts'
import { startCli } from './cli-harness.ts'
import { issueTo } from './issued-token.ts'

async function startWithTokens(t: TestContext) {
  const cli = await startCli(t)
  const { services } = cli.inline
  await seedUser(services, 'alice', {})
  await seedApp(services, 'app', {})
  await seedResource(services, 'r1', {})
  await seedClient(services, 'm2m', {})
  await issueTo(services, 'm2m', {})
  const resource = { id: 'r1', uri: 'https://r1.test/mcp' }
  const of = { clientId: 'app', userId: 'alice', resource, scope: 'tools/echo' }
  const { consentId } = await seedUserTokens(services, of)
  return { cli, consentId: consentId ?? '' }
}

test('lists what a user has allowed in two blocks with their counts', async (t) => {
  const { cli, consentId } = await startWithTokens(t)

  const { out } = await cli.run('admin', 'grant', 'list-user-grants', '--user', 'alice')
  const nobody = await cli.run('admin', 'grant', 'list-user-grants', '--user', 'nobody')

  const [count, grant, brokers] = out.split('\n')
  assert.deepEqual([count, brokers], ['consent_grants=1', 'broker_grants=0'])
  assert.match(
    grant ?? '',
    new RegExp(
      `^id=${consentId} client=app resource=r1 created_at=\\S+ revoked_at= scopes=tools/echo$`,
    ),
  )
  assert.equal(nobody.out, 'consent_grants=0\nbroker_grants=0\n')
})

test('shows grants as the API does', async (t) => {
  const { cli, consentId } = await startWithTokens(t)
  const list = ['admin', 'grant', 'list-user-grants', '--user', 'alice', '--json'] as const

  const { consent_grants, broker_grants } = JSON.parse((await cli.run(...list)).out)

  assert.deepEqual([consent_grants[0].id, broker_grants], [consentId, []])
})

test('takes a grant back with what came of it, once', async (t) => {
  const { cli, consentId } = await startWithTokens(t)
  const revoke = ['admin', 'grant', 'revoke-consent', '--id', consentId] as const

  const first = await cli.run(...revoke)
  const again = await cli.run(...revoke, '--json')

  const counts = 'revoked_issuances=1 revoked_families=1'
  assert.deepEqual([first.error, again.error], ['', ''])
  assert.equal(first.out, `id=${consentId} status=revoked ${counts}\n`)
  assert.deepEqual(JSON.parse(again.out), {
    id: consentId,
    status: 'revoked',
    revoked_issuances: 0,
    revoked_families: 0,
  })
})

test('lists tokens of users, then of machines', async (t) => {
  const { cli } = await startWithTokens(t)

  const { out } = await cli.run('admin', 'token', 'list')
  const ofUser = await cli.run('admin', 'token', 'list', '--user', 'alice', '--json')
  const ofClient = await cli.run('admin', 'token', 'list', '--client', 'm2m', '--json')

  const [family, machine, rest] = out.split('\n')
  assert.match(family ?? '', /^jti=\S+ type=authorization_code client=app user=alice resource=/)
  assert.match(machine ?? '', /^jti=\S+ type=client_credentials client=m2m user= resource= /)
  assert.equal(rest, '')
  assert.deepEqual(
    [ofUser, ofClient].map((run) => JSON.parse(run.out).tokens.length),
    [1, 1],
  )
})

test('revokes each of them by its id', async (t) => {
  const { cli } = await startWithTokens(t)
  const { tokens } = JSON.parse((await cli.run('admin', 'token', 'list', '--json')).out)

  for (const { jti } of tokens) {
    const { out } = await cli.run('admin', 'token', 'revoke', '--id', jti)
    assert.equal(out, `id=${jti} status=revoked\n`)
  }

  const after = JSON.parse((await cli.run('admin', 'token', 'list', '--json')).out)
  const statuses = after.tokens.map(({ status }: { status: string }) => status)
  assert.deepEqual(statuses, ['revoked', 'revoked'])
})

test('says that an id belongs to no token', async (t) => {
  const cli = await startCli(t)

  const { status, error } = await cli.run('admin', 'token', 'revoke', '--id', 'nothing')

  assert.deepEqual([status, error], [1, 'error: there is no token with this id\n'])
})
