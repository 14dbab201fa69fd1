// The authorization_code grant over real actors (spec 01 §10.3, decisions B1, D1): what a code
// yields, with a proof and without, and what interruptions and outages leave of it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ActorError } from '../../../actors/runtime/protocol.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { makeProofKey } from '../../support/dpop-client.ts'
import { before as interrupt } from '../../support/interrupt.ts'
import { secretOf } from '../../support/seed.ts'
import { codeForm, party, seedApp, seedCode, tokenCall } from '../../support/seed-grant.ts'
import {
  auditOf,
  claimsOf,
  codeState,
  confidentialId,
  countedOf,
  noTraces as nothing,
  outcomeOf,
  proofAt,
  refreshTokenOf,
  rowOf,
  startGrants,
  tracesOf,
} from './grant-fixture.ts'

const key = makeProofKey()

describe('a redeemed code', () => {
  test('yields a token for user, client, resource and scope, and a refresh token', async (t) => {
    const fixture = await startGrants(t, {})
    const { services } = fixture
    const seeded = await seedCode(services, {})

    const answer = await issueToken(services, tokenCall(codeForm(seeded), {}))

    const { jti, iat, ...claims } = await claimsOf(services, answer.access_token)
    const nowSeconds = Math.floor(services.clock.nowMs() / 1000)
    assert.equal(iat, nowSeconds)
    assert.deepEqual(claims, {
      iss: 'https://auth.test',
      sub: party.userId,
      aud: [party.resource],
      client_id: party.clientId,
      scope: party.scope,
      nbf: nowSeconds,
      exp: nowSeconds + 900,
    })
    const { access_token: _, refresh_token: refreshToken, ...rest } = answer
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 900, scope: party.scope })
    assert.equal(String(refreshToken).length, 43)
    assert.ok(typeof jti === 'string')
  })

  test('leaves family, refresh token, issuance and audit row, all of one unit', async (t) => {
    const fixture = await startGrants(t, {})
    const { services } = fixture
    const seeded = await seedCode(services, {})

    const answer = await issueToken(services, tokenCall(codeForm(seeded), {}))

    const { jti } = await claimsOf(services, answer.access_token)
    const family = rowOf(fixture, 'SELECT * FROM token_families')
    assert.deepEqual(
      [family['auth_session_id'], family['user_id'], family['scope'], family['status']],
      [seeded.authorization.id, party.userId, party.scope, 'active'],
    )
    const refresh = rowOf(fixture, 'SELECT * FROM refresh_tokens')
    assert.deepEqual([refresh['family_id'], refresh['consumed_at']], [family['id'], null])
    assert.notEqual(refresh['token_hash'], answer.refresh_token)
    assert.equal(rowOf(fixture, 'SELECT jti FROM access_token_jtis')['jti'], jti)
    const issuance = rowOf(fixture, 'SELECT * FROM issuances')
    assert.deepEqual([issuance['id'], issuance['subject_user_id']], [jti, party.userId])
    assert.deepEqual(await auditOf(fixture, 'token.'), [
      ['token.issued', party.userId, party.clientId, `family=${family['id']} jti=${jti}`],
    ])
    assert.equal(
      rowOf(fixture, "SELECT id FROM audit_events WHERE action = 'token.issued'")['id'],
      jti,
    )
    assert.deepEqual(codeState(fixture), [0, false])
  })

  test('without a resource is a token for the issuer, without issuance', async (t) => {
    const fixture = await startGrants(t, {})
    const seeded = await seedCode(fixture.services, { resource: '', scope: '' })

    const answer = await issueToken(fixture.services, tokenCall(codeForm(seeded), {}))

    const claims = await claimsOf(fixture.services, answer.access_token)
    assert.deepEqual([claims.aud, claims['scope']], [['https://auth.test'], undefined])
    assert.equal('scope' in answer, false)
    assert.deepEqual(tracesOf(fixture), {
      ...nothing,
      token_families: 1,
      refresh_tokens: 1,
      access_token_jtis: 1,
    })
  })

  test('of a client without the refresh grant is a family without refresh token', async (t) => {
    const fixture = await startGrants(t, {})
    const { services } = fixture
    await seedApp(services, 'once', { grantTypes: ['authorization_code'] })
    const seeded = await seedCode(services, { clientId: 'once' })

    const answer = await issueToken(services, tokenCall(codeForm(seeded), {}))

    assert.equal(answer.refresh_token, undefined)
    const { token_families, refresh_tokens } = tracesOf(fixture)
    assert.deepEqual([token_families, refresh_tokens], [1, 0])
  })

  test('of an agent names it, and is counted', async (t) => {
    const fixture = await startGrants(t, {})
    const { services } = fixture
    await seedApp(services, 'agent', { isAgent: true, name: 'Night Shift' })
    const seeded = await seedCode(services, { clientId: 'agent' })

    const answer = await issueToken(services, tokenCall(codeForm(seeded), {}))

    const claims = await claimsOf(services, answer.access_token)
    assert.deepEqual([claims['agent_id'], claims['agent_name']], ['agent', 'Night Shift'])
    assert.deepEqual(countedOf(fixture), [['agentTokenIssued']])
    assert.equal(rowOf(fixture, 'SELECT agent_id FROM issuances')['agent_id'], 'agent')
  })

  for (const resource of [party.resource, 'https://MCP.test/mcp', party.resourceId]) {
    test(`may be asked for with its resource as ${resource}`, async (t) => {
      const { services } = await startGrants(t, {})
      const seeded = await seedCode(services, {})

      assert.equal(
        await outcomeOf(services, tokenCall(codeForm(seeded), { form: { resource } })),
        'issued',
      )
    })
  }

  test('of a confidential client needs its secret', async (t) => {
    const { services } = await startGrants(t, {})
    const seeded = await seedCode(services, { clientId: confidentialId })
    const form = { client_secret: secretOf(confidentialId) }

    assert.equal(await outcomeOf(services, tokenCall(codeForm(seeded), {})), 'invalid_client')
    assert.equal(await outcomeOf(services, tokenCall(codeForm(seeded), { form })), 'issued')
  })
})

describe('a redemption with a proof', () => {
  test('binds access token and refresh token of a public client to its key', async (t) => {
    const fixture = await startGrants(t, {})
    const { services } = fixture
    const seeded = await seedCode(services, {})

    const answer = await issueToken(
      services,
      tokenCall(codeForm(seeded), { proof: proofAt(fixture, key, 'one') }),
    )

    assert.equal(answer.token_type, 'DPoP')
    assert.deepEqual((await claimsOf(services, answer.access_token))['cnf'], { jkt: key.jkt })
    const bound = { dpop_jkt: key.jkt }
    assert.deepEqual(rowOf(fixture, 'SELECT dpop_jkt FROM refresh_tokens'), bound)
    assert.deepEqual(rowOf(fixture, 'SELECT dpop_jkt FROM issuances'), bound)
    assert.deepEqual(rowOf(fixture, 'SELECT jkt, jti FROM dpop_jtis'), { jkt: key.jkt, jti: 'one' })
  })

  for (const { what, change, clientId } of [
    { what: 'a confidential client', change: {}, clientId: confidentialId },
    {
      what: 'a public client where that is switched off',
      change: {
        settings: { dpop: { isEnabled: true, isNonceRequired: false, bindsRefreshTokens: false } },
      },
      clientId: party.clientId,
    },
  ]) {
    test(`binds only the access token of ${what}`, async (t) => {
      const fixture = await startGrants(t, change)
      const { services } = fixture
      const seeded = await seedCode(services, { clientId })
      const form = { client_secret: clientId === confidentialId ? secretOf(clientId) : '' }
      const proof = proofAt(fixture, key, 'one')

      const answer = await issueToken(services, tokenCall(codeForm(seeded), { form, proof }))

      assert.equal(answer.token_type, 'DPoP')
      assert.deepEqual(rowOf(fixture, 'SELECT dpop_jkt FROM refresh_tokens'), { dpop_jkt: null })
    })
  }

  test('that is bad does not count against the code', async (t) => {
    const fixture = await startGrants(t, {})
    const { services } = fixture
    const seeded = await seedCode(services, {})

    for (let count = 1; count <= 6; count += 1) {
      const bad = tokenCall(codeForm(seeded), { proof: 'no.proof.atall' })
      assert.equal(await outcomeOf(services, bad), 'invalid_dpop_proof')
    }

    assert.deepEqual(codeState(fixture), [0, true])
    const denials = await auditOf(fixture, 'token.issue_denied')
    assert.equal(denials.length, 6)
  })

  test('that needs a nonce does not count against the code', async (t) => {
    const dpop = { isEnabled: true, isNonceRequired: true, bindsRefreshTokens: true }
    const fixture = await startGrants(t, { settings: { dpop } })
    const { services } = fixture
    const seeded = await seedCode(services, {})

    for (let count = 1; count <= 6; count += 1) {
      const proof = proofAt(fixture, key, `p${count}`)
      assert.equal(
        await outcomeOf(services, tokenCall(codeForm(seeded), { proof })),
        'use_dpop_nonce',
      )
    }

    assert.deepEqual(codeState(fixture), [0, true])
    assert.deepEqual(tracesOf(fixture), nothing)
  })

  test('that storage knows already leaves the code unspent and uncounted', async (t) => {
    const fixture = await startGrants(t, {})
    const { services, inline } = fixture
    const seeded = await seedCode(services, {})
    // As another instance would have, whose memory of proofs this one does not share.
    inline.execute(`INSERT INTO dpop_jtis (jkt, jti, expires_at)
      VALUES ('${key.jkt}', 'one', '2027-01-01T00:00:00.000Z')`)

    const replay = tokenCall(codeForm(seeded), { proof: proofAt(fixture, key, 'one') })
    assert.equal(await outcomeOf(services, replay), 'invalid_dpop_proof')

    assert.deepEqual(codeState(fixture), [0, true])
    assert.deepEqual(tracesOf(fixture), { ...nothing, dpop_jtis: 1 })
    const fresh = tokenCall(codeForm(seeded), { proof: proofAt(fixture, key, 'two') })
    assert.equal(await outcomeOf(services, fresh), 'issued')
  })
})

describe('between the reading of a code and its commit', () => {
  for (const { what, code, sql } of [
    {
      what: 'a suspended client',
      code: 'invalid_client',
      sql: "UPDATE clients SET status = 'suspended'",
    },
    {
      what: 'a disabled user',
      code: 'invalid_grant',
      sql: "UPDATE users SET status = 'disabled'",
    },
    {
      what: 'a revoked consent',
      code: 'invalid_grant',
      sql: "UPDATE consent_grants SET revoked_at = '2026-03-01T11:00:00Z'",
    },
    {
      what: 'an expiry',
      code: 'invalid_grant',
      sql: "UPDATE auth_sessions SET expires_at = '2026-03-01T11:00:00Z'",
    },
  ]) {
    test(`${what} is a refusal that leaves nothing behind`, async (t) => {
      const fixture = await startGrants(t, {})
      const { services, inline } = fixture
      const seeded = await seedCode(services, {})
      const storage = interrupt(services.storage, 'redeemCode', async () => inline.execute(sql))

      assert.equal(await outcomeOf({ ...services, storage }, tokenCall(codeForm(seeded), {})), code)

      assert.deepEqual(tracesOf(fixture), nothing)
      assert.deepEqual(codeState(fixture), [1, true])
    })
  }

  test('a deleted resource is an invalid target', async (t) => {
    const fixture = await startGrants(t, {})
    const { services, inline } = fixture
    const seeded = await seedCode(services, {})
    const storage = interrupt(services.storage, 'redeemCode', async () =>
      inline.execute('PRAGMA foreign_keys = OFF; DELETE FROM resources'),
    )

    assert.equal(
      await outcomeOf({ ...services, storage }, tokenCall(codeForm(seeded), {})),
      'invalid_target',
    )
    assert.deepEqual(tracesOf(fixture), nothing)
  })

  test('another redemption is a reuse, which ends what that one brought', async (t) => {
    const fixture = await startGrants(t, {})
    const { services } = fixture
    const call = tokenCall(codeForm(await seedCode(services, {})), {})
    const storage = interrupt(services.storage, 'redeemCode', async () => {
      assert.equal(await outcomeOf(services, call), 'issued')
    })

    assert.equal(await outcomeOf({ ...services, storage }, call), 'invalid_grant')

    assert.equal(rowOf(fixture, 'SELECT status FROM token_families')['status'], 'revoked')
    assert.deepEqual(codeState(fixture), [0, false])
    const actions = (await auditOf(fixture, 'token.', 'auth_code.', 'family.')).map(
      ([name]) => name,
    )
    assert.deepEqual(actions, ['token.issued', 'auth_code.reused', 'family.revoked'])
  })
})

describe('an outage', () => {
  for (const [actor, kind] of [
    ['signer', null],
    ['storage', null],
    ['storage', 'redeemCode'],
    ['dpopReplay', null],
  ] as const) {
    test(`of ${actor} ${kind === null ? '' : 'at the commit '}yields nothing`, async (t) => {
      const fixture = await startGrants(t, {})
      const { services, inline } = fixture
      const proof = proofAt(fixture, key, 'one')
      const call = tokenCall(codeForm(await seedCode(services, {})), { proof })
      const stop = () => inline.stopActor(actor)
      if (kind === null) await stop()
      const storage = kind === null ? services.storage : interrupt(services.storage, kind, stop)

      await assert.rejects(issueToken({ ...services, storage }, call), ActorError)

      assert.deepEqual(codeState(fixture), [0, true])
      assert.deepEqual(tracesOf(fixture), nothing)
    })
  }

  test('of the signer is told, and the same request may come again', async (t) => {
    const fixture = await startGrants(t, {})
    const { services, inline } = fixture
    const call = tokenCall(codeForm(await seedCode(services, {})), {
      proof: proofAt(fixture, key, 'one'),
    })
    const signer = interrupt(services.signer, 'signAccessToken', async () => {
      throw new ActorError('actor-crashed', 'signer', 'signAccessToken')
    })

    await assert.rejects(issueToken({ ...services, signer }, call), ActorError)

    assert.deepEqual(await auditOf(fixture, 'token.'), [
      ['token.issue_denied', party.clientId, party.clientId, 'reason=temporarily_unavailable'],
    ])
    assert.equal(await outcomeOf(services, call), 'issued', 'code and proof are unspent')
    assert.equal(inline.rows('SELECT * FROM dpop_jtis').length, 1)
  })
})

test('nothing secret of a redemption reaches the log or the audit log', async (t) => {
  const fixture = await startGrants(t, {})
  const { services, inline } = fixture
  const seeded = await seedCode(services, {})
  const proof = proofAt(fixture, key, 'one')
  await outcomeOf(
    services,
    tokenCall(codeForm(seeded), { form: { code_verifier: 'w'.repeat(43) } }),
  )

  const answer = await issueToken(services, tokenCall(codeForm(seeded), { proof }))
  await outcomeOf(services, tokenCall(codeForm(seeded), {}))

  const told = JSON.stringify([inline.lines, inline.rows('SELECT * FROM audit_events')])
  const secrets = [seeded.code, answer.access_token, refreshTokenOf(answer), proof, 'v'.repeat(43)]
  for (const secret of secrets) assert.equal(told.includes(secret), false)
  assert.ok(inline.lines.some(({ message }) => message === 'tokens issued'))
})
