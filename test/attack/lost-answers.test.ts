// Attack catalogue, the rows of CO and RT about crashes and lost answers (spec 09): what a server
// has committed counts after its end, whether or not its client has heard of it.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { onlyResponse, tokenRequest } from '../support/attack.ts'
import { hashOf } from '../support/grant-attack.ts'
import { type RawResponse, sendRaw } from '../support/raw-http.ts'
import { scopesOf, seedResource } from '../support/seed.ts'
import { seedApp, seedCode, seedUserTokens } from '../support/seed-codes.ts'
import { seedUser } from '../support/seed-users.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'

type Form = Readonly<Record<string, string>>

interface Seeded {
  readonly code: Form
  readonly refreshToken: string
}

/** A server with a code and a refresh token that nobody has used. */
async function startSeeded(
  graceSeconds: number,
): Promise<{ readonly server: RunningServer; readonly seeded: Seeded }> {
  let seeded: Seeded | null = null
  const server = await startServer({
    environment: {
      AUTHPLANE_OAUTH_REFRESH_GRACE: `${graceSeconds}s`,
      AUTHPLANE_RATE_LIMIT_ENABLED: 'false',
    },
    seed: async (services) => {
      await seedUser(services, 'alice', {})
      await seedApp(services, 'pub', {})
      const uri = 'https://mcp1.test/mcp'
      await seedResource(services, 'r1', { uri, scopes: scopesOf('tools/echo') })
      const resource = { id: 'r1', uri }
      const of = { clientId: 'pub', userId: 'alice', resource, scope: 'tools/echo' }
      const { refreshToken } = await seedUserTokens(services, of)
      const { form: code } = await seedCode(services, of)
      seeded = { code, refreshToken }
    },
  })
  assert.ok(seeded !== null)
  return { server, seeded }
}

const bodyOf = (form: Form): string => new URLSearchParams(form).toString()
const refreshOf = (refresh_token: string): Form => ({
  grant_type: 'refresh_token',
  client_id: 'pub',
  refresh_token,
})

async function ask({ port }: RunningServer, form: Form): Promise<RawResponse> {
  return onlyResponse(await sendRaw(port, tokenRequest(bodyOf(form), {}), { withinMs: 10_000 }))
}

/** Sends a request and ends the server once it is committed: nobody hears the answer. */
async function loseAnswer(
  server: RunningServer,
  { form, isCommitted }: { readonly form: Form; readonly isCommitted: () => boolean },
): Promise<RunningServer> {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.pause()
  socket.write(tokenRequest(bodyOf(form), {}))
  const deadlineMs = performance.now() + 10_000
  while (!isCommitted()) {
    assert.ok(performance.now() < deadlineMs, 'the request is committed')
    await setTimeout(2)
  }
  socket.destroy()
  return server.restart()
}

const error = (response: RawResponse): unknown => JSON.parse(response.body)['error']

describe('RT-21 an answer that was lost in a crash', () => {
  test('is not given again without a window, and the family ends', async () => {
    const { server: first, seeded } = await startSeeded(0)
    const form = refreshOf(seeded.refreshToken)
    const hash = hashOf(seeded.refreshToken)
    const isCommitted = () =>
      first.rows('SELECT 1 FROM refresh_tokens WHERE token_hash = ? AND consumed_at > 0', hash)
        .length === 1
    const server = await loseAnswer(first, { form, isCommitted })
    try {
      const retry = await ask(server, form)

      assert.equal(retry.status, 400)
      assert.equal(error(retry), 'invalid_grant')
      const [family] = server.rows(
        `SELECT f.status FROM token_families f JOIN refresh_tokens t ON t.family_id = f.id
        WHERE t.token_hash = ?`,
        hash,
      )
      assert.equal(family?.['status'], 'revoked')
    } finally {
      await server.stop()
    }
  })

  test('is given again within the window, once and to the same client', async () => {
    const { server: first, seeded } = await startSeeded(60)
    const form = refreshOf(seeded.refreshToken)
    const isCommitted = () =>
      first.rows(
        'SELECT 1 FROM refresh_tokens WHERE token_hash = ? AND consumed_at > 0',
        hashOf(seeded.refreshToken),
      ).length === 1
    const server = await loseAnswer(first, { form, isCommitted })
    try {
      const retry = await ask(server, form)

      assert.equal(retry.status, 200, retry.body)
      const next = await ask(server, refreshOf(JSON.parse(retry.body)['refresh_token']))
      assert.equal(next.status, 200, next.body)
    } finally {
      await server.stop()
    }
  })
})

test('RT-04 a crash brings no spent token back to life', async () => {
  const { server: first, seeded } = await startSeeded(0)
  const rotated = await ask(first, refreshOf(seeded.refreshToken))
  const redeemed = await ask(first, seeded.code)
  assert.deepEqual([rotated.status, redeemed.status], [200, 200])
  const server = await first.restart()
  try {
    const control = await ask(server, refreshOf(JSON.parse(rotated.body)['refresh_token']))
    assert.equal(control.status, 200, control.body)

    for (const form of [refreshOf(seeded.refreshToken), seeded.code]) {
      const answer = await ask(server, form)
      assert.equal(answer.status, 400)
      assert.equal(error(answer), 'invalid_grant')
    }
  } finally {
    await server.stop()
  }
})
