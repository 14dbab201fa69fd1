// What the reuse of a code or refresh token sets off (spec 02 §5.2): a family ends in two halves,
// each of which may fail without the other, and the answer to the client never tells.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ActorError, type AskKind } from '../../../actors/runtime/protocol.ts'
import type { StorageProtocol } from '../../../actors/storage/protocol.ts'
import type { Services } from '../../../src/flows/services.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import type { TokenCall } from '../../../src/oauth/token-request.ts'
import { before as interrupt } from '../../support/interrupt.ts'
import { codeForm, party, refreshForm, seedCode, tokenCall } from '../../support/seed-grant.ts'
import {
  auditOf,
  countedOf,
  type GrantFixture,
  refreshTokenOf,
  rowOf,
  startGrants,
} from './grant-fixture.ts'

interface ReuseFixture extends GrantFixture {
  /** Presents the code, or the refresh token, that was spent before. */
  readonly reuse: TokenCall
  readonly familyId: string
  readonly authorizationId: string
}

/** A family that was refreshed once, a minute ago. */
async function startReuse(
  t: Parameters<typeof startGrants>[0],
  path: 'code' | 'refresh token',
  form: Readonly<Record<string, string>>,
): Promise<ReuseFixture> {
  const fixture = await startGrants(t, {})
  const { services, clock } = fixture
  const seeded = await seedCode(services, {})
  const first = await issueToken(services, tokenCall(codeForm(seeded), {}))
  const spent = refreshForm(refreshTokenOf(first), party.clientId)
  await issueToken(services, tokenCall(spent, {}))
  clock.advance(60_000)
  const reuse = tokenCall(path === 'code' ? codeForm(seeded) : spent, { form })
  const familyId = String(rowOf(fixture, 'SELECT id FROM token_families')['id'])
  return { ...fixture, reuse, familyId, authorizationId: seeded.authorization.id }
}

/** The answer to a request that is refused. */
async function answerTo(services: Services, call: TokenCall): Promise<readonly unknown[]> {
  try {
    await issueToken(services, call)
  } catch (error) {
    if (error instanceof OAuthError) return [error.code, error.status, error.message]
    throw error
  }
  return ['issued']
}

/** The answer to a token that nobody has ever issued. */
const unknownToken = tokenCall(refreshForm('r'.repeat(43), party.clientId), {})

interface FamilyEnd {
  readonly status: unknown
  readonly liveTokens: number
  readonly denylisted: number
}

function endOf(fixture: GrantFixture): FamilyEnd {
  const { inline } = fixture
  return {
    status: rowOf(fixture, 'SELECT status FROM token_families')['status'],
    liveTokens: inline.rows('SELECT 1 FROM refresh_tokens WHERE consumed_at IS NULL').length,
    denylisted: inline.rows(`SELECT 1 FROM revoked_jtis
      WHERE jti IN (SELECT jti FROM access_token_jtis)`).length,
  }
}

const ended: FamilyEnd = { status: 'revoked', liveTokens: 0, denylisted: 2 }
const alive: FamilyEnd = { status: 'active', liveTokens: 1, denylisted: 0 }

const reuseAudit = (fixture: GrantFixture) => auditOf(fixture, 'family.', 'auth_code.')

/** Services whose storage fails the first ask of a kind. */
function failing(services: Services, kind: AskKind<StorageProtocol>): Services {
  const storage = interrupt(services.storage, kind, async () => {
    throw new ActorError('actor-crashed', 'storage', kind)
  })
  return { ...services, storage }
}

describe('the reuse of a refresh token', () => {
  test('ends the family, its refresh tokens and its access tokens', async (t) => {
    const fixture = await startReuse(t, 'refresh token', {})
    const { services, reuse, familyId } = fixture

    const answer = await answerTo(services, reuse)

    assert.deepEqual(answer, await answerTo(services, unknownToken))
    assert.deepEqual(endOf(fixture), ended)
    assert.deepEqual(await reuseAudit(fixture), [
      ['family.revoked', '', '', `reuse_detection family=${familyId}`],
    ])
    assert.deepEqual(countedOf(fixture), [
      ['refreshTokenReused'],
      ['tokensRevoked', 'family_revocation'],
    ])
  })

  test('is answered alike when the family has ended, and told once', async (t) => {
    const fixture = await startReuse(t, 'refresh token', {})
    const { services, reuse } = fixture
    const first = await answerTo(services, reuse)

    assert.deepEqual(await answerTo(services, reuse), first)

    assert.equal((await reuseAudit(fixture)).length, 1)
  })

  test('denylists the access tokens even if the family cannot be revoked', async (t) => {
    const fixture = await startReuse(t, 'refresh token', {})
    const { services, reuse, familyId, inline } = fixture

    const answer = await answerTo(failing(services, 'revokeFamily'), reuse)

    assert.deepEqual(answer, await answerTo(services, unknownToken))
    assert.deepEqual(endOf(fixture), { ...alive, denylisted: 2 })
    assert.deepEqual(await reuseAudit(fixture), [
      [
        'family.revocation_failed',
        '',
        '',
        `reuse_detection family=${familyId} path=reuse half=family`,
      ],
    ])
    assert.deepEqual(countedOf(fixture), [
      ['refreshTokenReused'],
      ['revocationFailed', 'reuse', 'family'],
    ])
    assert.ok(inline.lines.some(({ level }) => level === 'error'))
  })

  test('revokes the family even if its access tokens cannot be denylisted', async (t) => {
    const fixture = await startReuse(t, 'refresh token', {})
    const { services, reuse, familyId } = fixture

    const answer = await answerTo(failing(services, 'denylistFamily'), reuse)

    assert.deepEqual(answer, await answerTo(services, unknownToken))
    assert.deepEqual(endOf(fixture), { ...ended, denylisted: 0 })
    assert.deepEqual(await reuseAudit(fixture), [
      ['family.revoked', '', '', `reuse_detection family=${familyId}`],
      ['family.denylist_failed', '', '', `reuse_detection family=${familyId} path=reuse half=jti`],
    ])
    assert.deepEqual(countedOf(fixture), [
      ['refreshTokenReused'],
      ['tokensRevoked', 'family_revocation'],
      ['revocationFailed', 'reuse', 'jti'],
    ])
  })

  test('ends the family at the next attempt if storage was gone', async (t) => {
    const fixture = await startReuse(t, 'refresh token', {})
    const { services, reuse } = fixture
    await answerTo(failing(services, 'revokeFamily'), reuse)

    await answerTo(services, reuse)

    assert.deepEqual(endOf(fixture), ended)
  })

  test('is answered alike when storage is gone for good, and the loss is told', async (t) => {
    const fixture = await startReuse(t, 'refresh token', {})
    const { services, reuse, inline } = fixture
    const unknown = await answerTo(services, unknownToken)
    const storage = interrupt(services.storage, 'revokeFamily', () => inline.stopActor('storage'))

    assert.deepEqual(await answerTo({ ...services, storage }, reuse), unknown)

    assert.deepEqual(endOf(fixture), alive)
    const counted = countedOf(fixture).filter(([name]) => name === 'revocationFailed')
    assert.deepEqual(counted, [
      ['revocationFailed', 'reuse', 'family'],
      ['revocationFailed', 'reuse', 'jti'],
    ])
    const dropped = inline.lines.filter(({ message }) => message === 'audit event dropped')
    assert.deepEqual(dropped.map(({ fields }) => fields['action']).slice(0, 2), [
      'family.revocation_failed',
      'family.denylist_failed',
    ])
  })
})

describe('the reuse of a code', () => {
  test('with its verifier ends the family that it brought to life', async (t) => {
    const fixture = await startReuse(t, 'code', {})
    const { services, reuse, familyId, authorizationId } = fixture

    const answer = await answerTo(services, reuse)

    assert.deepEqual(answer, await answerTo(services, unknownToken))
    assert.deepEqual(endOf(fixture), ended)
    assert.deepEqual(await reuseAudit(fixture), [
      [
        'auth_code.reused',
        party.userId,
        party.clientId,
        `code_reuse session=${authorizationId} verifier=valid`,
      ],
      ['family.revoked', '', '', `code_reuse family=${familyId}`],
    ])
    assert.deepEqual(countedOf(fixture), [
      ['codeReused', 'valid'],
      ['tokensRevoked', 'code_reuse'],
    ])
  })

  for (const [what, form] of [
    ['without its verifier', { code_verifier: '' }],
    ['with another verifier', { code_verifier: 'w'.repeat(43) }],
    ['by another client', { client_id: 'web' }],
  ] as const) {
    test(`${what} is told and ends nothing`, async (t) => {
      const fixture = await startReuse(t, 'code', form)
      const { services, reuse, authorizationId } = fixture

      const answer = await answerTo(services, reuse)

      assert.deepEqual(answer, await answerTo(services, unknownToken))
      assert.deepEqual(endOf(fixture), alive)
      const detail = `code_reuse session=${authorizationId} verifier=invalid`
      assert.deepEqual(await reuseAudit(fixture), [
        ['auth_code.reused', party.userId, party.clientId, detail],
      ])
      assert.deepEqual(countedOf(fixture), [['codeReused', 'invalid']])
    })
  }

  test('of a family that has ended denylists what is not on the list yet', async (t) => {
    const fixture = await startReuse(t, 'code', {})
    const { services, reuse } = fixture
    await answerTo(failing(services, 'denylistFamily'), reuse)
    assert.deepEqual(endOf(fixture), { ...ended, denylisted: 0 })

    await answerTo(services, reuse)

    assert.deepEqual(endOf(fixture), ended)
    const actions = (await reuseAudit(fixture)).map(([action]) => action)
    assert.deepEqual(actions, [
      'auth_code.reused',
      'family.revoked',
      'family.denylist_failed',
      'auth_code.reused',
    ])
  })

  for (const [kind, half, end] of [
    ['revokeFamily', 'family', { ...alive, denylisted: 2 }],
    ['denylistFamily', 'jti', { ...ended, denylisted: 0 }],
    ['readFamilyOfAuthorization', 'family', alive],
  ] as const) {
    test(`is answered alike and counted when ${kind} fails`, async (t) => {
      const fixture = await startReuse(t, 'code', {})
      const { services, reuse } = fixture

      const answer = await answerTo(failing(services, kind), reuse)

      assert.deepEqual(answer, await answerTo(services, unknownToken))
      assert.deepEqual(endOf(fixture), end)
      const failed = countedOf(fixture).filter(([name]) => name === 'revocationFailed')
      assert.deepEqual(failed, [['revocationFailed', 'code_reuse', half]])
    })
  }

  test('is answered alike when it cannot be recorded, and still ends the family', async (t) => {
    const fixture = await startReuse(t, 'code', {})
    const { services, reuse, inline } = fixture

    const answer = await answerTo(failing(services, 'recordAudit'), reuse)

    assert.deepEqual(answer, await answerTo(services, unknownToken))
    assert.deepEqual(endOf(fixture), ended)
    assert.ok(inline.lines.some(({ message }) => message === 'audit event dropped'))
  })
})
