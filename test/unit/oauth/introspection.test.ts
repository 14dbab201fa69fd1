// Who may know about a token, and whether it is active (src/oauth/introspection.ts, spec 01 §13).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OwnTokenClaims } from '../../../src/oauth/access-token-check.ts'
import {
  activeToken,
  type InactiveReason,
  inactiveReason,
  type TokenStanding,
} from '../../../src/oauth/introspection.ts'

const ofUser: OwnTokenClaims = {
  jti: 'j-1',
  clientId: 'app',
  subject: 'alice',
  audience: 'https://mcp1.test/mcp',
  issuer: 'https://auth.test',
  scope: 'read write',
  issuedAt: 1_780_000_000,
  expiresAt: 1_780_000_900,
  jkt: null,
}
const ofMachine: OwnTokenClaims = { ...ofUser, clientId: 'm2m', subject: 'm2m' }

function resourceOf(runtimeClientIds: readonly string[]) {
  const policy = { exchangeAllowedClientIds: [], runtimeClientIds, connectAllowedReturnUrls: [] }
  return { slug: 'r1', uri: 'https://mcp1.test/mcp', policy }
}

const alive: TokenStanding = {
  audienceResources: [resourceOf(['rs1'])],
  issuance: { isRevoked: false },
  machineToken: null,
  isDenylisted: false,
  issuingClient: { status: 'active' },
  subjectUser: { id: 'alice', status: 'active' },
}
const machineAlive: TokenStanding = {
  ...alive,
  machineToken: { isRevoked: false },
  subjectUser: null,
}

describe('a live token is shown to', () => {
  test('the client that it was issued to', () => {
    assert.equal(inactiveReason(ofUser, 'app', { ...alive, audienceResources: [] }), null)
  })

  test('the runtime client of its resource', () => {
    assert.equal(inactiveReason(ofUser, 'rs1', alive), null)
  })

  for (const callerId of ['r1', 'https://mcp1.test/mcp']) {
    test(`a client called ${callerId}, as its resource is`, () => {
      assert.equal(inactiveReason(ofUser, callerId, alive), null)
    })
  }

  test('its own client even where two resources share its audience', () => {
    const audienceResources = [resourceOf([]), resourceOf([])]
    assert.equal(inactiveReason(ofUser, 'app', { ...alive, audienceResources }), null)
  })
})

describe('a token is not shown', () => {
  const cases: readonly (readonly [
    string,
    InactiveReason,
    { readonly callerId?: string; readonly standing?: Partial<TokenStanding> },
  ])[] = [
    ['to a stranger', 'caller_not_authorized_for_token', { callerId: 'stranger' }],
    [
      'where its audience is no resource',
      'caller_not_authorized_for_token',
      { callerId: 'rs1', standing: { audienceResources: [] } },
    ],
    [
      'where two resources share its audience',
      'ambiguous_runtime_binding',
      {
        callerId: 'rs1',
        standing: { audienceResources: [resourceOf(['rs1']), resourceOf(['rs1'])] },
      },
    ],
    ['when it was revoked', 'issuance_revoked', { standing: { issuance: { isRevoked: true } } }],
    ['when it is on the denylist', 'token_revoked', { standing: { isDenylisted: true } }],
    [
      'when its client is suspended',
      'issuing_client_inactive',
      { standing: { issuingClient: { status: 'suspended' } } },
    ],
    ['when its client is gone', 'issuing_client_inactive', { standing: { issuingClient: null } }],
    [
      'when its user is disabled',
      'subject_inactive',
      { standing: { subjectUser: { id: 'alice', status: 'disabled' } } },
    ],
    ['when its user is gone', 'subject_inactive', { standing: { subjectUser: null } }],
  ]
  for (const [what, reason, { callerId = 'app', standing = {} }] of cases) {
    test(what, () => {
      assert.equal(inactiveReason(ofUser, callerId, { ...alive, ...standing }), reason)
    })
  }

  test('to a stranger, whether it is alive or not', () => {
    const dead = { ...alive, isDenylisted: true, issuingClient: null }
    const reason = inactiveReason(ofUser, 'stranger', dead)
    assert.equal(reason, 'caller_not_authorized_for_token')
  })
})

describe('a machine token', () => {
  test('needs no user', () => {
    assert.equal(inactiveReason(ofMachine, 'm2m', machineAlive), null)
  })

  test('is not active once it is revoked', () => {
    const revoked = { ...machineAlive, issuance: null, machineToken: { isRevoked: true } }
    assert.equal(inactiveReason(ofMachine, 'm2m', revoked), 'machine_token_revoked')
  })

  test('without any row of it is a token of a user whom nobody knows', () => {
    const lost = { ...machineAlive, issuance: null, machineToken: null }
    assert.equal(inactiveReason(ofMachine, 'm2m', lost), 'subject_inactive')
  })

  test('for somebody else is active while that is nobody here, or an active user', () => {
    const mapped = { ...ofMachine, subject: 'alice' }
    const withUser = (status: 'active' | 'disabled') => ({
      ...machineAlive,
      subjectUser: { id: 'alice', status },
    })

    assert.equal(inactiveReason(mapped, 'm2m', machineAlive), null)
    assert.equal(inactiveReason(mapped, 'm2m', withUser('active')), null)
    assert.equal(inactiveReason(mapped, 'm2m', withUser('disabled')), 'subject_inactive')
  })
})

describe('the answer', () => {
  test('has its members in the order of the specification', () => {
    const document = activeToken({ ...ofUser, jkt: 'thumb' })

    assert.equal(
      JSON.stringify(document),
      '{"active":true,"scope":"read write","client_id":"app","sub":"alice",' +
        '"aud":"https://mcp1.test/mcp","iss":"https://auth.test","exp":1780000900,' +
        '"iat":1780000000,"jti":"j-1","token_type":"DPoP","cnf":{"jkt":"thumb"}}',
    )
  })

  test('leaves out what the token does not have', () => {
    const { token_type, ...rest } = activeToken({ ...ofUser, scope: '' })

    assert.equal(token_type, 'Bearer')
    assert.deepEqual(
      ['scope', 'cnf'].filter((name) => name in rest),
      [],
    )
  })
})
