// Claims of machine tokens (src/oauth/access-token.ts, RFC 9068 §2.2, spec 02 §2.2–2.3, B36).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MachineTokenFacts, machineTokenClaims } from '../../../src/oauth/access-token.ts'

const facts: MachineTokenFacts = {
  issuer: 'https://auth.test',
  clientId: 'm2m',
  resourceUri: 'https://mcp1.test/mcp',
  scope: 'tools/echo',
  agentName: null,
  dpopJkt: null,
}
const stamp = {
  jti: '01890a5d-ac96-774b-bcce-b302099a8057',
  nowSeconds: 1_800_000_000,
  lifeSeconds: 3600,
}

test('a bound token names the resource as its one audience and the client as its subject', () => {
  assert.deepEqual(machineTokenClaims(facts, stamp), {
    iss: 'https://auth.test',
    sub: 'm2m',
    aud: ['https://mcp1.test/mcp'],
    client_id: 'm2m',
    scope: 'tools/echo',
    jti: stamp.jti,
    iat: 1_800_000_000,
    nbf: 1_800_000_000,
    exp: 1_800_003_600,
  })
})

test('an unbound token is for the issuer', () => {
  const claims = machineTokenClaims({ ...facts, resourceUri: null }, stamp)

  assert.deepEqual(claims.aud, ['https://auth.test'])
})

test('a token without scope has no such member', () => {
  const claims = machineTokenClaims({ ...facts, scope: '' }, stamp)

  assert.equal(Object.hasOwn(claims, 'scope'), false)
})

test('the token of an agent says so by id and name', () => {
  const claims = machineTokenClaims({ ...facts, agentName: 'Night Shift' }, stamp)

  assert.equal(claims.agent_id, 'm2m')
  assert.equal(claims.agent_name, 'Night Shift')
})

test('a token that is bound to a key names it, and no other does', () => {
  const dpopJkt = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'

  assert.deepEqual(machineTokenClaims({ ...facts, dpopJkt }, stamp).cnf, { jkt: dpopJkt })
  assert.equal(Object.hasOwn(machineTokenClaims(facts, stamp), 'cnf'), false)
})

test('the token of any other client has no agent members', () => {
  const claims = machineTokenClaims(facts, stamp)

  assert.deepEqual(
    Object.keys(claims).filter((name) => name.startsWith('agent')),
    [],
  )
})
