// Claims become a JWT by the signer and nobody else (spec 02 §2.2, §12.5).
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { InvariantViolation } from '../../../src/base/assert.ts'
import type { Services } from '../../../src/flows/services.ts'
import { mintAccessToken } from '../../../src/flows/token/mint-access-token.ts'
import { type AccessTokenClaims, machineTokenClaims } from '../../../src/oauth/access-token.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'

const issuer = 'https://auth.test'

async function start(t: TestContext): Promise<InlineServices> {
  const inline = await createInlineServices({ issuer })
  t.after(inline.stop)
  return inline
}

function claimsFor({ clock, random }: Services): AccessTokenClaims {
  const nowMs = clock.nowMs()
  return machineTokenClaims(
    {
      issuer,
      clientId: 'm2m',
      resourceUri: null,
      scope: 'tools/echo',
      agentName: null,
      dpopJkt: null,
    },
    { jti: random.uuidV7(nowMs), nowSeconds: Math.floor(nowMs / 1000), lifeSeconds: 60 },
  )
}

test('the JWT holds the claims and verifies with the published keys', async (t) => {
  const { services } = await start(t)
  const claims = claimsFor(services)

  const jwt = await mintAccessToken(services, claims, null)

  const keys = createLocalJWKSet(JSON.parse(services.publishedKeys.jwks()))
  const { payload, protectedHeader } = await jwtVerify(jwt, keys, { typ: 'at+jwt', issuer })
  assert.deepEqual(payload, JSON.parse(JSON.stringify(claims)))
  assert.equal(protectedHeader.kid, services.publishedKeys.keys().current.kid)
})

test('claims that the signer refuses are a bug of ours, told as one and logged', async (t) => {
  const { services, lines } = await start(t)
  const claims = { ...claimsFor(services), iss: 'https://other.test' }

  await assert.rejects(mintAccessToken(services, claims, null), InvariantViolation)

  const refused = lines.filter(({ message }) => message === 'claims refused by the signer')
  assert.deepEqual(
    refused.map(({ fields }) => fields['reason']),
    ['wrong-issuer'],
  )
})

for (const driftSeconds of [-90, 90]) {
  test(`claims that are ${driftSeconds} s off are no bug but a clock that was set`, async (t) => {
    const { services, lines } = await start(t)
    const made = claimsFor(services)
    const iat = made.iat + driftSeconds
    const claims = { ...made, iat, nbf: iat, exp: made.exp + driftSeconds }

    await assert.rejects(
      mintAccessToken(services, claims, null),
      (error) => error instanceof OAuthError && error.code === 'temporarily_unavailable',
    )

    const warned = lines.filter(({ level }) => level === 'warn' || level === 'error')
    assert.deepEqual(
      warned.map(({ level, message }) => `${level} ${message}`),
      ['warn claims of another time refused by the signer'],
    )
  })
}

test('a signer that is gone is an outage, not a bug', async (t) => {
  const { services, stopActor } = await start(t)
  await stopActor('signer')

  await assert.rejects(
    mintAccessToken(services, claimsFor(services), null),
    (error) => error instanceof ActorError && error.code === 'actor-stopped',
  )
})
