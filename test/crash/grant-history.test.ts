// The checker of what apps have seen finds what it is for: each invariant is broken once in a
// history that is otherwise sound (reliability B1).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  findGrantViolations,
  type GrantOperation,
  type StoredGrants,
} from '../support/grant-history.ts'

const redeemed: GrantOperation = {
  kind: 'code',
  credential: 'code',
  jti: 'token-1',
  successor: 'refresh-1',
  outcome: 'ok',
  status: 200,
  retryAfter: null,
  invokedMs: 100,
  returnedMs: 110,
}
const refreshed: GrantOperation = {
  ...redeemed,
  kind: 'refresh token',
  credential: 'refresh-1',
  jti: 'token-2',
  successor: 'refresh-2',
  invokedMs: 200,
  returnedMs: 210,
}
const operations = [redeemed, refreshed]
const first = { hash: 'refresh-1', familyId: 'family', parent: null, isSpent: true }
const second = { hash: 'refresh-2', familyId: 'family', parent: 'refresh-1', isSpent: false }
const rows = { isAudited: true, hasIssuance: true }
const stored: StoredGrants = {
  families: [{ id: 'family', code: 'code', isRevoked: false }],
  refreshTokens: [first, second],
  accessTokens: [
    { jti: 'token-1', ...rows },
    { jti: 'token-2', ...rows },
  ],
  spentCodes: ['code'],
  damage: [],
}
const unanswered: GrantOperation = {
  ...refreshed,
  credential: 'refresh-2',
  outcome: 'unknown',
  status: null,
  jti: null,
  successor: null,
}
const refused: GrantOperation = { ...unanswered, outcome: 'refused', status: 400 }

const findIn = (change: Partial<StoredGrants>) =>
  findGrantViolations(operations, { ...stored, ...change })
const findWith = (...more: readonly GrantOperation[]) =>
  findGrantViolations([...operations, ...more], stored)

function assertFound(found: readonly string[], ...invariants: readonly string[]): void {
  const begin = found.map((text) => text.slice(0, 2))
  assert.deepEqual(begin, invariants, found.join('\n'))
}

test('control: finds nothing in a sound history', () => {
  assert.deepEqual(findGrantViolations(operations, stored), [])
})

describe('I1', () => {
  test('finds a held token without row, without audit row and without issuance', () => {
    const [one, other] = stored.accessTokens
    assert.ok(one !== undefined && other !== undefined)

    assertFound(findIn({ accessTokens: [one] }), 'I1')
    assertFound(findIn({ accessTokens: [one, { ...other, isAudited: false }] }), 'I1')
    assertFound(findIn({ accessTokens: [one, { ...other, hasIssuance: false }] }), 'I1')
  })

  test('finds a held refresh token that is not stored', () => {
    assertFound(findIn({ refreshTokens: [first] }), 'I1')
  })
})

describe('I2', () => {
  const third = { hash: 'refresh-3', familyId: 'family', parent: 'refresh-2', isSpent: false }
  const refreshTokens = [first, { ...second, isSpent: true }, third]

  test('finds a refresh token that nobody asked for', () => {
    assertFound(findIn({ refreshTokens }), 'I2')
  })

  test('takes it for that of a lost answer to its parent, and of no other', () => {
    const state = { ...stored, refreshTokens }
    const elsewhere = { ...unanswered, credential: 'refresh-1' }

    assert.deepEqual(findGrantViolations([...operations, unanswered], state), [])
    assertFound(findGrantViolations([...operations, elsewhere], state), 'I2')
  })
})

describe('I3', () => {
  test('finds a credential that was accepted twice', () => {
    assertFound(findWith(redeemed), 'I3')
    assertFound(findWith(refreshed), 'I3')
  })

  test('finds a code that has a family and is not spent', () => {
    assertFound(findIn({ spentCodes: [] }), 'I3')
  })

  test('finds a code with two families', () => {
    const families = [...stored.families, { id: 'another', code: 'code', isRevoked: true }]

    assertFound(findIn({ families }), 'I3')
  })
})

describe('I4', () => {
  test('finds two successors of a token, and of a code', () => {
    const spent = { ...second, isSpent: true }
    const twins = [first, spent, { ...second, hash: 'twin' }]
    const roots = [first, second, { ...first, hash: 'root' }]

    assertFound(findWith(unanswered).concat(findIn({ refreshTokens: twins })), 'I2', 'I4')
    assertFound(findIn({ refreshTokens: roots }), 'I2', 'I4')
  })

  test('finds two live tokens of a family, and one of a revoked family', () => {
    const families = [{ id: 'family', code: 'code', isRevoked: true }]

    assertFound(findIn({ refreshTokens: [{ ...first, isSpent: false }, second] }), 'I4')
    assertFound(findIn({ families }), 'I4')
  })

  test('finds a family that outlives the reuse of its code or of a token of it', () => {
    for (const credential of ['code', 'refresh-1']) {
      assertFound(findWith({ ...refused, credential, invokedMs: 300 }), 'I4')
    }
  })

  test('lets a family be whose token was refused before, or while, it was accepted', () => {
    assert.deepEqual(findWith({ ...refused, credential: 'refresh-1', invokedMs: 205 }), [])
    assert.deepEqual(findWith({ ...refused, credential: 'refresh-2', invokedMs: 300 }), [])
  })
})

test('I9: finds damage', () => {
  assertFound(findIn({ damage: ['row 3 missing from index'] }), 'I9')
})
