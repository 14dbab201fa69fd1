// What is checked of a refresh token before it is spent (src/oauth/grant-refresh-token.ts, spec 01
// §10.4).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  decideRefresh,
  isBeyondGrace,
  readRefreshRequest,
  requireRefreshGrant,
} from '../../../src/oauth/grant-refresh-token.ts'
import { OAuthError } from '../../../src/oauth/oauth-error.ts'
import { parseScope } from '../../../src/oauth/scope.ts'
import {
  grantClient,
  grantFamily,
  grantNowMs,
  grantRefreshToken,
  grantStanding,
} from '../../support/grant-records.ts'

function codeOf(act: () => unknown): string | null {
  try {
    act()
    return null
  } catch (error) {
    assert.ok(error instanceof OAuthError)
    return error.code
  }
}

interface Scopes {
  readonly family: string
  readonly ceiling: string
  readonly requested: string | null
}

function scopeOf({ family, ceiling, requested }: Scopes): string {
  const client = grantClient({ scope: ceiling })
  const request = { refreshToken: 'refresh', scope: requested, resource: null }
  return decideRefresh(
    grantFamily({ scope: family }),
    { client, standing: grantStanding({ client }) },
    request,
  ).scope
}

describe('the scope of a refreshed token', () => {
  test('is that of the family when none is asked for', () => {
    assert.equal(scopeOf({ family: 'write read', ceiling: '', requested: null }), 'write read')
  })

  test('may be narrowed', () => {
    assert.equal(scopeOf({ family: 'write read', ceiling: '', requested: 'read' }), 'read')
  })

  test('may not be widened', () => {
    const asked = { family: 'read', ceiling: '', requested: 'read write' }

    assert.equal(
      codeOf(() => scopeOf(asked)),
      'invalid_scope',
    )
  })

  test('ends at the ceiling that the client has now', () => {
    assert.equal(scopeOf({ family: 'read write', ceiling: 'read', requested: null }), 'read')
  })

  test('is refused when asked for above the ceiling', () => {
    const asked = { family: 'read write', ceiling: 'read', requested: 'write' }

    assert.equal(
      codeOf(() => scopeOf(asked)),
      'invalid_scope',
    )
  })

  test('is refused when nothing of it is left', () => {
    const asked = { family: 'read', ceiling: 'write', requested: null }

    assert.equal(
      codeOf(() => scopeOf(asked)),
      'invalid_scope',
    )
  })

  test('takes no notice of offline_access, which grants nothing', () => {
    assert.equal(scopeOf({ family: 'read', ceiling: '', requested: 'read offline_access' }), 'read')
    assert.equal(scopeOf({ family: 'read', ceiling: '', requested: 'offline_access' }), 'read')
  })

  test('is always within the family and the ceiling', () => {
    const names = fc.subarray(['a', 'b', 'c', 'offline_access']).map((list) => list.join(' '))
    fc.assert(
      fc.property(names, names, fc.option(names), (family, ceiling, requested) => {
        let scope = ''
        try {
          scope = scopeOf({ family, ceiling, requested })
        } catch (error) {
          assert.ok(error instanceof OAuthError)
          return
        }
        for (const name of parseScope(scope)) {
          assert.ok(parseScope(family).includes(name))
          assert.ok(ceiling === '' || parseScope(ceiling).includes(name))
        }
      }),
    )
  })
})

describe('a spent token', () => {
  const grace = { windowMs: 10_000, siblingsMax: 5 }
  const spent = (agoMs: number, siblings = 0) =>
    grantRefreshToken({ consumedAtMs: grantNowMs - agoMs, siblings })

  test('that is not spent needs no grace', () => {
    assert.equal(isBeyondGrace(grantRefreshToken(), grace, grantNowMs), false)
  })

  test('is answered again within the window', () => {
    assert.equal(isBeyondGrace(spent(9999), grace, grantNowMs), false)
  })

  test('is not answered when the window is over', () => {
    assert.equal(isBeyondGrace(spent(10_000), grace, grantNowMs), true)
  })

  test('is not answered because a clock was set back beyond the window', () => {
    assert.equal(isBeyondGrace(spent(-9999), grace, grantNowMs), false)
    assert.equal(isBeyondGrace(spent(-10_000), grace, grantNowMs), true)
    assert.equal(isBeyondGrace(spent(-1), { ...grace, windowMs: 0 }, grantNowMs), true)
  })

  test('is not answered more often than siblings are allowed', () => {
    assert.equal(isBeyondGrace(spent(1, 5), grace, grantNowMs), true)
  })

  test('is never answered without a window', () => {
    assert.equal(isBeyondGrace(spent(0), { ...grace, windowMs: 0 }, grantNowMs), true)
  })
})

test('a client without the grant may not refresh', () => {
  const client = grantClient({ grantTypes: ['authorization_code'] })

  assert.equal(
    codeOf(() => requireRefreshGrant(client)),
    'unauthorized_client',
  )
})

test('a request without a refresh token is malformed', () => {
  assert.equal(
    codeOf(() => readRefreshRequest(new Map())),
    'invalid_request',
  )
})
