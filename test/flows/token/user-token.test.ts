// The parts that code redemption and refresh share (src/flows/token/user-token.ts).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { sha256Base64url } from '../../../src/base/hash.ts'
import {
  newRefreshToken,
  refreshBinding,
  refusalError,
} from '../../../src/flows/token/user-token.ts'
import type { UserDecision } from '../../../src/oauth/grant-authorization-code.ts'
import { grantClient, grantResource } from '../../support/grant-records.ts'
import { createInlineServices, type InlineServices } from '../../support/inline-services.ts'

let inline: InlineServices
before(async () => {
  inline = await createInlineServices({})
})
after(() => inline.stop())

const decisionOf = (secretHash: string): UserDecision => ({
  client: grantClient({ secretHash }),
  userId: 'alice',
  resource: grantResource,
  consentId: 'consent-1',
  scope: 'read',
})
const proof = { jkt: 'thumbprint', jti: 'proof-1', expiresAtMs: 0 }

describe('the key of the next refresh token', () => {
  const bindingOf = (secretHash: string, before: string | null, proven: typeof proof | null) =>
    refreshBinding(inline.services, decisionOf(secretHash), { proof: proven, before })

  test('is that of the proof, for a public client', () => {
    assert.equal(bindingOf('', null, proof), 'thumbprint')
  })

  test('is none without a proof', () => {
    assert.equal(bindingOf('', null, null), null)
  })

  test('is none for a confidential client, which proves its secret', () => {
    assert.equal(bindingOf('s256$x', null, proof), null)
  })

  test('stays what it was', () => {
    assert.equal(bindingOf('', 'earlier', proof), 'earlier')
  })

  test('is none when the switch is off', () => {
    const { services } = inline
    const dpop = { ...services.settings.dpop, bindsRefreshTokens: false }
    const off = { ...services, settings: { ...services.settings, dpop } }

    assert.equal(refreshBinding(off, decisionOf(''), { proof, before: null }), null)
  })
})

test('only the hash of a refresh token is stored', () => {
  const of = { familyId: 'f', parentId: null, dpopJkt: null }
  const { text, record } = newRefreshToken(inline.services, of)

  assert.equal(text.length, 43)
  assert.equal(record.tokenHash, sha256Base64url(text))
  assert.ok(!JSON.stringify(record).includes(text))
})

test('whatever is gone, the client is told no more than it must know', () => {
  const codeOf = (refusal: Parameters<typeof refusalError>[1]) =>
    refusalError(inline.services, refusal).code

  assert.equal(codeOf('client-gone'), 'invalid_client')
  assert.equal(codeOf('resource-gone'), 'invalid_target')
  assert.equal(codeOf('proof-replayed'), 'invalid_dpop_proof')
  for (const refusal of ['user-gone', 'consent-gone', 'family-revoked', 'code-gone'] as const) {
    assert.equal(codeOf(refusal), 'invalid_grant')
  }
})
