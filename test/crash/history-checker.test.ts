// The checker of histories finds what it is for: each invariant is broken once in a history that is
// otherwise sound (reliability B1).
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { ChangeOperation, Operation, TokenOperation } from '../support/history.ts'
import { type Evidence, findViolations, type StoredState } from '../support/history-checker.ts'

const issuer = 'https://auth.test'
const resource = 'https://r1.test/mcp'
const jti = 'token-1'

let sound: Evidence
let held: TokenOperation
let sign: (audience: string, kid: string) => Promise<string>

before(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  sign = (audience, kid) =>
    new SignJWT({ client_id: 'm2m', scope: 'read write' })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setJti(jti)
      .setIssuer(issuer)
      .setSubject('m2m')
      .setAudience(audience)
      .sign(privateKey)
  held = {
    op: 'token',
    clientId: 'm2m',
    keys: ['m2m', 'm2m#0'],
    resource,
    scope: 'read write',
    jwt: await sign(resource, 'k1'),
    invokedMs: 100,
    returnedMs: 110,
    outcome: 'ok',
    status: 200,
    retryAfter: null,
  }
  const row = { jti, clientId: 'm2m', resource, scopes: ['read', 'write'] }
  sound = {
    issuer,
    history: {
      operations: [held, change({ states: '+allowed a', invokedMs: 10, returnedMs: 20 })],
    },
    state: {
      tokens: [row],
      issuedAuditIds: [jti],
      changes: [{ action: 'client.changed' }],
      facts: new Set(['allowed a']),
      integrity: [],
      orphans: [],
    },
    fetchedKeys: [
      { fetchedMs: 120, keys: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] } },
    ],
  }
})

function change(facts: Partial<ChangeOperation>): ChangeOperation {
  return {
    op: 'change',
    action: 'client.changed',
    ends: null,
    revives: null,
    states: null,
    invokedMs: 0,
    returnedMs: 0,
    outcome: 'ok',
    status: 200,
    retryAfter: null,
    ...facts,
  }
}

/** What it finds when these operations are there as well, without asking for their audit rows. */
function findWith(...operations: readonly Operation[]): readonly string[] {
  const unaudited = operations.map((one) => (one.op === 'change' ? { ...one, action: null } : one))
  const history = { operations: [...sound.history.operations, ...unaudited] }
  return findViolations({ ...sound, history })
}

/** What it finds when the held token is another one. */
function findHeld(other: Partial<TokenOperation>): readonly string[] {
  const operations = sound.history.operations.map((one) =>
    one === held ? { ...held, ...other } : one,
  )
  return findViolations({ ...sound, history: { operations } })
}

function findIn(state: Partial<StoredState>): readonly string[] {
  return findViolations({ ...sound, state: { ...sound.state, ...state } })
}

function assertFound(found: readonly string[], ...invariants: readonly string[]): void {
  assert.deepEqual(
    found.map((text) => text.slice(0, 2)),
    invariants,
    found.join('\n'),
  )
}

test('control: finds nothing in a sound history', () => {
  assert.deepEqual(findViolations(sound), [])
})

describe('I1', () => {
  test('finds a held token without row', () => {
    assertFound(findIn({ tokens: [], issuedAuditIds: [] }), 'I1')
  })

  for (const [what, other] of Object.entries({
    client: { clientId: 'other' },
    resource: { resource: null },
    scope: { scopes: ['read'] },
  })) {
    test(`finds a row with another ${what}`, () => {
      const tokens = sound.state.tokens.map((row) => ({ ...row, ...other }))

      assertFound(findIn({ tokens }), 'I1')
    })
  }
})

describe('I2', () => {
  const lost = (): TokenOperation => ({ ...held, jwt: null, outcome: 'unknown' })
  const extra = (clientId: string): Evidence => {
    const row = { jti: 'token-2', clientId, resource, scopes: ['read', 'write'] }
    const tokens = [...sound.state.tokens, row]
    return { ...sound, state: { ...sound.state, tokens, issuedAuditIds: [jti, 'token-2'] } }
  }

  test('finds a row that nobody asked for', () => {
    assertFound(findViolations(extra('m2m')), 'I2')
  })

  test('takes a row for that of a lost answer, when it was asked for the same', () => {
    const history = { operations: [...sound.history.operations, lost()] }

    assert.deepEqual(findViolations({ ...extra('m2m'), history }), [])
    assertFound(findViolations({ ...extra('other'), history }), 'I2')
  })
})

describe('I5', () => {
  const end = (facts: Partial<ChangeOperation>): ChangeOperation =>
    change({ ends: 'm2m#0', invokedMs: 80, returnedMs: 90, ...facts })

  test('finds a token that was asked for after the end of its secret', () => {
    assertFound(findWith(end({})), 'I5')
  })

  test('lets a token be that was asked for before the end was acknowledged', () => {
    assert.deepEqual(findWith(end({ returnedMs: 105 })), [])
  })

  test('lets a token be when nobody was told of an end', () => {
    assert.deepEqual(findWith(end({ outcome: 'unknown' })), [])
  })

  test('lets a token be whose client may work again', () => {
    const again = change({ revives: 'm2m#0', invokedMs: 92, returnedMs: 94, outcome: 'unknown' })

    assert.deepEqual(findWith(end({}), again), [])
  })

  test('finds a token of a client that was revived only before its end, or after the token', () => {
    const early = change({ revives: 'm2m#0', invokedMs: 60, returnedMs: 70 })
    const late = change({ revives: 'm2m#0', invokedMs: 130, returnedMs: 140 })

    assertFound(findWith(end({}), early, late), 'I5')
  })
})

describe('I6', () => {
  test('finds a token whose key is not in the set that was fetched after it', () => {
    const [fetched] = sound.fetchedKeys
    const none = { fetchedMs: 115, keys: { keys: [] } }

    assertFound(findViolations({ ...sound, fetchedKeys: fetched ? [none, fetched] : [] }), 'I6')
  })

  test('finds a token after which no keys were fetched', () => {
    assertFound(findHeld({ returnedMs: 121 }), 'I6')
  })

  test('finds a signature that does not fit its token', async () => {
    const other = await sign('https://other.test', 'k1')
    const [head, , signature] = (held.jwt ?? '').split('.')
    const mixed = [head, other.split('.')[1], signature].join('.')

    assertFound(findHeld({ jwt: mixed }), 'I6')
  })

  test('finds a token for another audience than was asked for', async () => {
    assertFound(findHeld({ jwt: await sign('https://other.test', 'k1') }), 'I6')
  })
})

describe('I7', () => {
  test('finds an acknowledged change that is forgotten', () => {
    assertFound(findIn({ facts: new Set() }), 'I7')
  })

  test('finds an acknowledged removal that is forgotten', () => {
    assertFound(findWith(change({ states: '-allowed a', invokedMs: 30, returnedMs: 40 })), 'I7')
  })

  test('lets a fact be that somebody may have changed since', () => {
    const lost = change({ states: '-allowed a', invokedMs: 30, returnedMs: 40, outcome: 'unknown' })

    assert.deepEqual(findWith(lost), [])
  })
})

describe('I8', () => {
  test('finds a token without audit row, and an audit row without token', () => {
    assertFound(findIn({ issuedAuditIds: ['another'] }), 'I8', 'I8')
  })

  test('finds an acknowledged change without audit row, and one told twice', () => {
    const [told = { action: '' }] = sound.state.changes

    assertFound(findIn({ changes: [] }), 'I8')
    assertFound(findIn({ changes: [told, told] }), 'I8')
  })
})

test('I9: finds damage and rows that refer to nothing', () => {
  assertFound(findIn({ integrity: ['row 3 missing from index'], orphans: ['i1'] }), 'I9', 'I9')
})
