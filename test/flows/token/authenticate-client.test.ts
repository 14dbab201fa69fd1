// Authentication of confidential clients (RFC 6749 §2.3, spec 01 §5.2, decision B9).
import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { askOptions, type Services } from '../../../src/flows/services.ts'
import { authenticateConfidentialClient } from '../../../src/flows/token/authenticate-client.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import type { TokenClient } from '../../../src/records/client.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { secretOf, seedClient } from '../../support/seed.ts'

async function start(t: TestContext, pepper: string | null): Promise<Services> {
  const { services, stop } = await createInlineServices({
    pepper: pepper === null ? null : createSecretKey(pepper, 'utf8'),
  })
  t.after(stop)
  await seedClient(services, 'm2m', {})
  await seedClient(services, 'pub', { secretHash: '' })
  await seedClient(services, 'susp', { status: 'suspended' })
  await seedClient(services, 'gone', { status: 'revoked' })
  return services
}

/** The record as storage hands it to the token endpoint. */
async function stored(services: Services, clientId: string): Promise<TokenClient | null> {
  const options = askOptions(services, null)
  const asked = { clientId, resource: null }
  return (await services.storage.ask('readTokenContext', asked, options)).reply.client
}

async function authenticate(
  services: Services,
  clientId: string,
  secret: string | null,
): Promise<TokenClient> {
  const client = await stored(services, clientId)
  return authenticateConfidentialClient(services, client, {
    presented: { clientId, secret },
    caller: { ip: '', trace: null, requestId: 'r1' },
  })
}

const isRefusal = (error: unknown): boolean =>
  error instanceof OAuthError && error.code === 'invalid_client' && error.status === 401

for (const pepper of [null, 'a pepper of more than sixteen characters']) {
  const form = pepper === null ? 'a plain hash' : 'a peppered hash'

  test(`lets in an active client by its own secret, kept as ${form}`, async (t) => {
    const services = await start(t, pepper)

    assert.equal((await authenticate(services, 'm2m', secretOf('m2m'))).id, 'm2m')
  })

  test(`refuses everybody else, with secrets kept as ${form}`, async (t) => {
    const services = await start(t, pepper)
    const attempts = [
      ['m2m', 'wrong'],
      ['m2m', ''],
      ['m2m', null],
      ['m2m', secretOf('susp')],
      ['nobody', secretOf('m2m')],
      ['pub', ''],
      ['pub', null],
      ['susp', secretOf('susp')],
      ['gone', secretOf('gone')],
    ] as const

    for (const [clientId, secret] of attempts) {
      await assert.rejects(authenticate(services, clientId, secret), isRefusal, clientId)
    }
  })
}

test('tells nobody whether the client or the secret was wrong', async (t) => {
  const services = await start(t, null)
  const texts = new Set<string>()
  for (const [clientId, secret] of [
    ['nobody', 'any'],
    ['m2m', 'wrong'],
    ['susp', secretOf('susp')],
    ['pub', 'any'],
  ] as const) {
    await authenticate(services, clientId, secret).catch((error: Error) => texts.add(error.message))
  }

  assert.equal(texts.size, 1)
})
