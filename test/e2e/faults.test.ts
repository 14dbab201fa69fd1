// Faults that an outside test asks a real server for (spec 00 B27, reliability B.3): what each does
// to clients, to the process and to the database, and that no other server takes them.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { faultPath, injectFault, postFault, takesFaults } from '../support/inject-fault.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { askOnce, type Load, seedLoad, startLoad, unlimited } from './token-load.ts'
import { assertAllStored, countStored } from './token-rows.ts'

const backMsMax = 1000
const hangingMsMax = 2000
const tested = { ...unlimited, ...takesFaults }

async function hasRoute(server: RunningServer): Promise<boolean> {
  const response = await fetch(`${server.adminUrl}/openapi.json`)
  return faultPath in ((await response.json()) as { readonly paths: object }).paths
}

/** Statuses of that many requests, one after the other. */
async function statuses(server: RunningServer, count: number): Promise<readonly number[]> {
  const seen: number[] = []
  for (let index = 0; index < count; index += 1) seen.push((await askOnce(server.port)).status)
  return seen
}

/** Fails unless every answer is a token, or a refusal that says when to come again. */
function assertHonest({ answers, failures }: Load): void {
  const others = answers.filter(({ jwt }) => jwt === null)
  assert.deepEqual(failures, [])
  assert.deepEqual(
    others.filter(({ status, retryAfter }) => !(status === 503 && retryAfter === '1')),
    [],
  )
}

/** Asks for a fault that ends a worker under load, and sees the outage through. */
async function seeThrough(server: RunningServer, fault: unknown) {
  const load = startLoad(server.port)
  await load.tokens(100)
  const askedMs = performance.now()
  await injectFault(server, fault)
  const first = await load.saw(({ status }) => status === 503)
  await load.saw(({ status, atMs }) => status === 200 && atMs > first.atMs)
  await load.tokens(load.answers.filter(({ jwt }) => jwt !== null).length + 200)
  await load.stop()
  const last = load.answers.findLast(({ status }) => status === 503)
  return {
    load,
    noticedMs: first.atMs - askedMs,
    lastedMs: (last?.atMs ?? first.atMs) - first.atMs,
  }
}

describe('a server under test', () => {
  let server: RunningServer

  before(async () => {
    server = await startServer({ seed: seedLoad, environment: tested })
  })
  after(() => server.stop())

  test('says so at its start, and who could misuse it', async () => {
    const line = await server.logged(
      'TEST FAULTS ARE ON: with the admin key anyone can crash or stall this server',
    )

    assert.equal(line['level'], 'WARN')
    assert.equal(line['key'], 'POST /admin/test/faults')
    assert.equal(line['variable'], 'AUTHPLANE_TEST_FAULTS')
    assert.ok(await hasRoute(server))
  })

  test('takes no fault from somebody without the key', async () => {
    const response = await postFault(server, { actor: 'storage', kind: 'crash' }, 'wrong')

    assert.equal(response.status, 401)
    assert.deepEqual(await statuses(server, 1), [200])
  })

  for (const [fault, detail] of [
    [{ actor: 'grant-vault', kind: 'crash' }, 'this version has no actor grant-vault'],
    [{ actor: 'grant-vault', kind: 'hang' }, 'this version has no actor grant-vault'],
    [
      { actor: 'dpop-replay', kind: 'hang', at: 'sign.before' },
      'this version has no sign.before in dpop-replay',
    ],
    [
      { actor: 'storage', kind: 'crash', at: 'consume.before' },
      'this version has no consume.before in storage',
    ],
    [
      { actor: 'storage', kind: 'crash', how: 'heap', at: 'respond.before' },
      'a crash at respond.before is throw or kill',
    ],
  ] as const) {
    test(`refuses what it cannot do: ${detail}`, async () => {
      const response = await postFault(server, fault, server.adminKey())
      const body = (await response.json()) as { readonly detail: string }

      assert.equal(response.status, 400)
      assert.equal(body.detail, detail)
    })
  }

  // No more than the restart intensity of each actor allows within its period.
  for (const fault of [
    { actor: 'storage', kind: 'crash' },
    { actor: 'signer', kind: 'crash' },
    { actor: 'storage', kind: 'crash', how: 'reject' },
    { actor: 'storage', kind: 'crash', how: 'exit' },
    { actor: 'signer', kind: 'crash', how: 'heap' },
    { actor: 'signer', kind: 'crash', how: 'spin' },
    { actor: 'storage', kind: 'hang' },
    { actor: 'signer', kind: 'hang' },
  ]) {
    test(`${JSON.stringify(fault)}: 503 at once, and within a second all is well`, async () => {
      const { load, noticedMs, lastedMs } = await seeThrough(server, fault)

      assert.ok(noticedMs <= hangingMsMax, `requests hung for ${Math.round(noticedMs)} ms`)
      assert.ok(lastedMs <= backMsMax, `out of order for ${Math.round(lastedMs)} ms`)
      assertHonest(load)
      assertAllStored(server, load.answers)
    })
  }

  for (const actor of ['storage', 'signer']) {
    test(`${actor}: as many messages as asked for fail, and no thread ends`, async () => {
      const restarts = server.log().split('actor crashed').length
      await injectFault(server, { actor, kind: 'error', count: 3 })

      assert.deepEqual(await statuses(server, 5), [503, 503, 503, 200, 200])
      assert.equal(server.log().split('actor crashed').length, restarts)
    })

    test(`${actor}: as many messages as asked for wait as long as asked for`, async () => {
      await injectFault(server, { actor, kind: 'delay', count: 1, delay_ms: 500 })
      const startedMs = performance.now()
      const first = await askOnce(server.port)
      const second = await askOnce(server.port)

      assert.deepEqual([first.status, second.status], [200, 200])
      assert.ok(first.atMs - startedMs >= 499)
      assert.ok(second.atMs - first.atMs < 499)
    })
  }

  test('forgets what it was asked for when it is asked for none of it', async () => {
    await injectFault(server, { actor: 'signer', kind: 'error', count: 9 })
    await injectFault(server, { actor: 'signer', kind: 'error', count: 0 })

    assert.deepEqual(await statuses(server, 2), [200, 200])
  })

  for (const [actor, at, stored] of [
    ['signer', 'sign.before', 0],
    ['signer', 'sign.after', 0],
    ['storage', 'commit.before', 0],
    ['storage', 'commit.after', 1],
    ['storage', 'respond.before', 1],
  ] as const) {
    test(`an error at ${at} is answered with 503 and leaves ${stored} rows`, async () => {
      const rows = countStored(server)
      await injectFault(server, { actor, at, kind: 'error' })

      assert.deepEqual(await statuses(server, 1), [503])
      assert.equal(countStored(server), rows + stored)
      assert.deepEqual(await statuses(server, 1), [200])
    })
  }
})

describe('a server that is killed', () => {
  let server: RunningServer

  before(async () => {
    server = await startServer({ seed: seedLoad, environment: tested })
  })
  after(() => server.stop())

  for (const [actor, at, stored] of [
    ['signer', 'sign.after', 0],
    ['storage', 'commit.before', 0],
    ['storage', 'commit.after', 1],
    ['storage', 'respond.before', 1],
  ] as const) {
    test(`at ${at} has answered nobody and knows ${stored} tokens of it afterwards`, async () => {
      const rows = countStored(server)
      await injectFault(server, { actor, at, kind: 'crash', how: 'kill' })

      await assert.rejects(askOnce(server.port), { code: 'ECONNRESET' })
      assert.equal(await server.ended(), null)
      server = await server.restart()
      assert.equal(countStored(server), rows + stored)
      assert.equal((await askOnce(server.port)).status, 200)
    })
  }
})

test('a server without the variable has no such route', async () => {
  const server = await startServer({ environment: unlimited })
  try {
    const response = await postFault(server, { actor: 'storage', kind: 'crash' }, server.adminKey())

    assert.equal(response.status, 404)
    assert.equal(await hasRoute(server), false)
    assert.doesNotMatch(server.log(), /test faults/i)
  } finally {
    await server.stop()
  }
})

test('a server in production has no such route whatever the variable says, and warns', async () => {
  const key = randomBytes(32).toString('base64')
  const server = await startServer({
    environment: {
      ...tested,
      AUTHPLANE_SERVER_ISSUER: 'https://auth.example.com',
      AUTHPLANE_SESSION_SECURE: 'true',
      AUTHPLANE_SESSION_SECRET: randomBytes(32).toString('base64'),
      AUTHPLANE_ADMIN_API_KEY: key,
    },
  })
  try {
    const response = await postFault(server, { actor: 'storage', kind: 'crash' }, key)

    assert.equal(response.status, 404)
    assert.equal(await hasRoute(server), false)
    const line = await server.logged('test faults stay off, as the issuer is not localhost')
    assert.equal(line['level'], 'WARN')
    assert.equal(line['variable'], 'AUTHPLANE_TEST_FAULTS')
  } finally {
    await server.stop()
  }
})
