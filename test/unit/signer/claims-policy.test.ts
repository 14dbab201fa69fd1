// The signer's policy claim by claim (spec 02 §2.2, reliability.md C.3).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClaimsFault, faultOfClaims } from '../../../actors/signer/claims-policy.ts'
import type { AccessTokenClaims } from '../../../src/oauth/access-token.ts'

const now = 1_800_000_000
const policy = { issuer: 'https://auth.example.com', tokenLifeSecondsMax: 3600 }
const good: AccessTokenClaims = {
  iss: 'https://auth.example.com',
  sub: 'client-1',
  aud: ['https://mcp.example.com/v1'],
  client_id: 'client-1',
  jti: '01890a5d-ac96-774b-bcce-b302099a8057',
  iat: now,
  nbf: now,
  exp: now + 3600,
}

const jkt = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'

function faultWith(change: Readonly<Record<string, unknown>>): ClaimsFault | null {
  return faultOfClaims({ ...good, ...change } as unknown as AccessTokenClaims, policy, now)
}

for (const [what, change] of [
  ['the required claims alone', {}],
  ['all optional claims', { scope: 'a b', agent_id: 'client-1', agent_name: 'Bot' }],
  ['the key that it is bound to', { cnf: { jkt } }],
  ['the issuer as audience', { aud: ['https://auth.example.com'] }],
  ['a minute of clock drift back', { iat: now - 60, nbf: now - 60, exp: now }],
  ['a minute of clock drift ahead', { iat: now + 60, nbf: now + 60, exp: now + 61 }],
] as const) {
  test(`accepts ${what}`, () => assert.equal(faultWith(change), null))
}

for (const name of Object.keys(good)) {
  test(`refuses claims without ${name}`, () => {
    const claims = Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))

    const fault = faultOfClaims(claims as unknown as AccessTokenClaims, policy, now)

    assert.equal(fault, 'missing-claim')
  })
}

for (const name of ['iss', 'sub', 'client_id', 'jti', 'scope', 'agent_id', 'agent_name']) {
  for (const value of ['', null, 7, ['x'], undefined]) {
    test(`refuses ${name} = ${JSON.stringify(value)}`, () => {
      assert.equal(faultWith({ [name]: value }), 'empty-or-wrong-type')
    })
  }
}

const refusals: readonly (readonly [string, Readonly<Record<string, unknown>>, ClaimsFault])[] = [
  ['another issuer', { iss: 'https://evil.example.com' }, 'wrong-issuer'],
  ['our issuer with a slash', { iss: 'https://auth.example.com/' }, 'wrong-issuer'],
  ['an audience that is a string', { aud: 'https://mcp.example.com/v1' }, 'wrong-audience'],
  ['no audience', { aud: [] }, 'wrong-audience'],
  ['two audiences', { aud: ['a', 'b'] }, 'wrong-audience'],
  ['an empty audience', { aud: [''] }, 'wrong-audience'],
  ['a hole for an audience', { aud: new Array(1) }, 'wrong-audience'],
  ['a key without thumbprint', { cnf: {} }, 'wrong-confirmation'],
  ['no key', { cnf: null }, 'wrong-confirmation'],
  ['a thumbprint alone', { cnf: jkt }, 'wrong-confirmation'],
  ['a list of keys', { cnf: [{ jkt }] }, 'wrong-confirmation'],
  ['a short thumbprint', { cnf: { jkt: jkt.slice(1) } }, 'wrong-confirmation'],
  ['a long thumbprint', { cnf: { jkt: `${jkt}A` } }, 'wrong-confirmation'],
  [
    'a thumbprint with a second spelling',
    { cnf: { jkt: `${jkt.slice(1)}B` } },
    'wrong-confirmation',
  ],
  ['a thumbprint in base64', { cnf: { jkt: jkt.replace('-', '+') } }, 'wrong-confirmation'],
  ['a thumbprint and more', { cnf: { jkt, x5t: 'a' } }, 'wrong-confirmation'],
  ['an inherited certificate', { cnf: Object.create({ x5t: 'a', jkt }) }, 'wrong-confirmation'],
  ['a random jti', { jti: 'abcdefghijklmnopqrstuv' }, 'wrong-jti'],
  ['a UUIDv4 jti', { jti: '01890a5d-ac96-474b-bcce-b302099a8057' }, 'wrong-jti'],
  ['an upper-case jti', { jti: '01890A5D-AC96-774B-BCCE-B302099A8057' }, 'wrong-jti'],
  ['a jti with a newline', { jti: '01890a5d-ac96-774b-bcce-b302099a8057\n' }, 'wrong-jti'],
  ['nbf before iat', { nbf: now - 1 }, 'wrong-times'],
  ['nbf after iat', { nbf: now + 1 }, 'wrong-times'],
  ['a life of zero', { exp: now }, 'wrong-times'],
  ['a negative life', { exp: now - 1 }, 'wrong-times'],
  ['a life one second too long', { exp: now + 3601 }, 'life-too-long'],
  ['a fraction of a second', { exp: now + 0.5 }, 'empty-or-wrong-type'],
  ['a time that is text', { iat: `${now}` }, 'empty-or-wrong-type'],
  ['a time that is not a number', { iat: Number.NaN }, 'empty-or-wrong-type'],
  ['an endless life', { exp: Number.POSITIVE_INFINITY }, 'empty-or-wrong-type'],
  ['iat 61 s ago', { iat: now - 61, nbf: now - 61, exp: now }, 'issued-at-drift'],
  ['iat 61 s ahead', { iat: now + 61, nbf: now + 61, exp: now + 62 }, 'issued-at-drift'],
  ['a claim we do not know', { roles: ['admin'] }, 'unknown-claim'],
  ['may_act', { may_act: { sub: 'x' } }, 'unknown-claim'],
  ['a toJSON that would replace the text', { toJSON: 'x' }, 'unknown-claim'],
]
for (const [what, change, fault] of refusals) {
  test(`refuses ${what}`, () => assert.equal(faultWith(change), fault))
}

test('refuses what is inherited and not own', () => {
  const claims = Object.assign(Object.create({ roles: ['admin'] }), good)

  assert.equal(faultOfClaims(claims, policy, now), 'unknown-claim')
})

for (const value of [null, undefined, 'text', 7, [good]]) {
  test(`refuses ${JSON.stringify(value)} for claims`, () => {
    const fault = faultOfClaims(value as unknown as AccessTokenClaims, policy, now)

    assert.equal(fault, 'not-an-object')
  })
}
