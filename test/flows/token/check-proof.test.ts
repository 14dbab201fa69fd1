// DPoP at the client_credentials grant over real actors (spec 02 §6, decisions B7, B8).
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { DpopReplayProtocol } from '../../../actors/dpop-replay/protocol.ts'
import { ActorError, type ActorRef } from '../../../actors/runtime/protocol.ts'
import type { Services } from '../../../src/flows/services.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { OAuthError, type OAuthErrorCode } from '../../../src/oauth/oauth-error.ts'
import { readTokenCall, type TokenCall } from '../../../src/oauth/token-request.ts'
import { makeProof, makeProofKey, type ProofChange } from '../../support/dpop-client.ts'
import {
  createInlineServices,
  type InlineOptions,
  type InlineServices,
} from '../../support/inline-services.ts'
import { startProofActors } from '../../support/proof-actors.ts'
import { secretOf, seedClient, seedResource } from '../../support/seed.ts'
import { testSettings } from '../../support/settings.ts'

const url = 'https://auth.test/oauth/token'
const key = makeProofKey()

function callOf(
  proof: string | null,
  { clientId, resource }: { readonly clientId: string; readonly resource: string | null },
): TokenCall {
  const form = new Map([
    ['grant_type', 'client_credentials'],
    ['client_id', clientId],
    ['client_secret', secretOf(clientId)],
  ])
  if (resource !== null) form.set('resource', resource)
  return readTokenCall(form, {
    authorization: undefined,
    proof: proof === null ? null : { jwt: proof, method: 'POST', targets: [url] },
    caller: { ip: '192.0.2.7', trace: null, requestId: 'r1' },
  })
}

async function start(t: TestContext, options: InlineOptions): Promise<InlineServices> {
  const inline = await createInlineServices(options)
  t.after(() => inline.stop())
  await seedClient(inline.services, 'm2m', {})
  await seedClient(inline.services, 'bound', { dpopBoundAccessTokens: true })
  await seedResource(inline.services, 'r1', {})
  return inline
}

const plain = { clientId: 'm2m', resource: null }
const proofOf = (change: ProofChange): string => makeProof(key, url, change)

/** The code of the refusal, or `issued`. */
async function outcomeOf(services: Services, call: TokenCall): Promise<OAuthErrorCode | 'issued'> {
  try {
    await issueToken(services, call)
    return 'issued'
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
}

const metersOf = ({ meterCalls }: InlineServices) =>
  meterCalls.filter(([name]) => name === 'proofValidated' || name === 'proofRejected')

describe('a token with a proof', () => {
  for (const resource of [null, 'https://r1.test/mcp']) {
    test(`for ${resource ?? 'no resource'} is bound to its key`, async (t) => {
      const inline = await start(t, {})
      const proof = proofOf({ claims: { jti: 'one' } })

      const response = await issueToken(inline.services, callOf(proof, { ...plain, resource }))

      assert.equal(response.token_type, 'DPoP')
      const keys = createLocalJWKSet(JSON.parse(inline.services.publishedKeys.jwks()))
      const { payload } = await jwtVerify(response.access_token, keys, { typ: 'at+jwt' })
      assert.deepEqual(payload['cnf'], { jkt: key.jkt })
      if (resource !== null) {
        assert.deepEqual(inline.rows('SELECT dpop_jkt FROM issuances'), [{ dpop_jkt: key.jkt }])
      }
      assert.equal(inline.rows('SELECT * FROM dpop_jtis').length, 1)
      assert.deepEqual(metersOf(inline), [['proofValidated']])
    })
  }

  test('leaves no claim when it is not issued', async (t) => {
    const inline = await start(t, {})
    const { services } = inline
    const bad = callOf(proofOf({}), { ...plain, resource: 'https://other.test' })

    assert.equal(await outcomeOf(services, bad), 'invalid_target')
    assert.deepEqual(metersOf(inline), [], 'the proof comes after the rules of the grant')
    assert.equal(inline.rows('SELECT * FROM dpop_jtis').length, 0)
  })
})

describe('a client that must prove a key (B7)', () => {
  test('gets a token with a proof and none without', async (t) => {
    const { services } = await start(t, {})
    const bound = { clientId: 'bound', resource: null }

    assert.equal(await outcomeOf(services, callOf(null, bound)), 'invalid_dpop_proof')
    assert.equal(await outcomeOf(services, callOf(proofOf({}), bound)), 'issued')
  })

  test('gets no bearer token either where DPoP is off', async (t) => {
    const { services } = await start(t, {
      settings: { dpop: { isEnabled: false, isNonceRequired: false, bindsRefreshTokens: true } },
    })

    const call = callOf(null, { clientId: 'bound', resource: null })
    assert.equal(await outcomeOf(services, call), 'invalid_dpop_proof')
  })
})

describe('a proof that was used', () => {
  test('is refused from memory, and counted', async (t) => {
    const inline = await start(t, {})
    const proof = proofOf({})

    assert.equal(await outcomeOf(inline.services, callOf(proof, plain)), 'issued')
    assert.equal(await outcomeOf(inline.services, callOf(proof, plain)), 'invalid_dpop_proof')
    assert.deepEqual(metersOf(inline), [['proofValidated'], ['proofRejected', 'replay']])
  })

  test('is refused by storage when memory has forgotten it, and counted', async (t) => {
    const inline = await start(t, {})
    const { services } = inline
    const proof = proofOf({ claims: { jti: 'one' } })
    assert.equal(await outcomeOf(services, callOf(proof, plain)), 'issued')
    services.dpopReplay.tell('releaseProof', { jkt: key.jkt, jti: 'one' })

    assert.equal(await outcomeOf(services, callOf(proof, plain)), 'invalid_dpop_proof')

    assert.deepEqual(metersOf(inline).at(-1), ['proofRejected', 'replay'])
    assert.equal(inline.rows('SELECT * FROM unbound_machine_tokens').length, 1)
  })

  test('has one winner in each of a hundred races, though memory never helps', async (t) => {
    const { services, rows } = await start(t, {})
    const actors = await startProofActors({
      placement: 'inline',
      instances: 50,
      slice: {},
      clock: services.clock,
    })
    t.after(() => actors.supervisor.stop())
    const [first] = actors.shards
    assert.ok(first !== undefined)
    let next = 0
    const anyShard: ActorRef<DpopReplayProtocol> = {
      ...actors.ref,
      ask: (kind, request, options) =>
        (actors.shards[next++ % 50] ?? first).ask(kind, request, options),
    }
    const bypassed = { ...services, dpopReplay: anyShard }
    const races = 100

    for (let race = 0; race < races; race += 1) {
      const proof = proofOf({})
      const contenders = 8 + (race % 43)
      const outcomes = await Promise.all(
        Array.from({ length: contenders }, () => outcomeOf(bypassed, callOf(proof, plain))),
      )
      const refused = Array.from({ length: contenders - 1 }, () => 'invalid_dpop_proof')
      assert.deepEqual(outcomes.toSorted(), [...refused, 'issued'])
    }

    assert.equal(rows('SELECT * FROM unbound_machine_tokens').length, races)
  })
})

describe('an outage', () => {
  test('of the signer gives the proof back, which may come again', async (t) => {
    const { services } = await start(t, {})
    const proof = proofOf({})
    const broken = { ...services, signer: { ...services.signer, ask: refuseToAnswer } }

    await assert.rejects(issueToken(broken, callOf(proof, plain)), ActorError)

    assert.equal(await outcomeOf(services, callOf(proof, plain)), 'issued')
    assert.equal(await outcomeOf(services, callOf(proof, plain)), 'invalid_dpop_proof')
  })

  test('of the proofs is one of the server, not a refusal', async (t) => {
    const { services, stopActor } = await start(t, {})
    await stopActor('dpopReplay')

    await assert.rejects(issueToken(services, callOf(proofOf({}), plain)), ActorError)
    assert.equal(await outcomeOf(services, callOf(null, plain)), 'issued')
    assert.equal(await services.dpopNonces.current(), null)
  })
})

const refuseToAnswer = (): Promise<never> =>
  Promise.reject(new ActorError('actor-crashed', 'signer', 'for this test'))

describe('where a nonce is required', () => {
  const settings = testSettings({
    dpop: { isEnabled: true, isNonceRequired: true, bindsRefreshTokens: true },
  })

  test('the refusal comes with one that the next proof may use', async (t) => {
    const inline = await start(t, { settings: { dpop: settings.dpop } })
    const { services } = inline

    assert.equal(await outcomeOf(services, callOf(proofOf({}), plain)), 'use_dpop_nonce')
    const nonce = await services.dpopNonces.current()
    const proof = proofOf({ claims: { nonce } })
    assert.equal(await outcomeOf(services, callOf(proof, plain)), 'issued')
    assert.deepEqual(metersOf(inline), [['proofRejected', 'nonce_required'], ['proofValidated']])
  })

  test('a wrong one is told apart in the metrics only', async (t) => {
    const inline = await start(t, { settings: { dpop: settings.dpop } })
    const proof = proofOf({ claims: { nonce: 'wrong' } })

    assert.equal(await outcomeOf(inline.services, callOf(proof, plain)), 'use_dpop_nonce')
    assert.deepEqual(metersOf(inline), [['proofRejected', 'nonce_mismatch']])
  })
})
