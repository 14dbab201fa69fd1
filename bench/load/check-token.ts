// Looks at one token before anything is measured: a fast server that answers with something else
// would win every comparison.
import assert from 'node:assert/strict'
import { createPublicKey, type KeyObject, verify, type webcrypto } from 'node:crypto'
import type { TokenServer } from './measure.ts'
import { type Population, scopeNames, tokenRequestOf } from './population.ts'

/**
 * @throws AssertionError unless `server` answers with an ES256 JWT for the resource, signed by it.
 */
export async function checkToken(server: TokenServer, population: Population): Promise<void> {
  const response = await fetch(server.tokenUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: tokenRequestOf(population, 0),
  })
  const body = (await response.json()) as Readonly<Record<string, unknown>>
  assert.equal(response.status, 200, `no token: ${JSON.stringify(body)}`)
  const [header = '', payload = '', signature = ''] = String(body['access_token']).split('.')
  const { alg, typ } = decode(header)
  assert.deepEqual({ alg, typ }, { alg: 'ES256', typ: 'at+jwt' })
  const { aud, scope, client_id: clientId, iss } = decode(payload)
  assert.deepEqual([aud].flat(), [population.resources[0]?.uri])
  assert.deepEqual(String(scope).split(' ').toSorted(), scopeNames)
  assert.equal(clientId, population.clients[0]?.id)
  const key = { key: await readKey(String(iss)), dsaEncoding: 'ieee-p1363' as const }
  const input = Buffer.from(`${header}.${payload}`)
  assert.ok(verify('sha256', input, key, Buffer.from(signature, 'base64url')), 'bad signature')
}

async function readKey(issuer: string): Promise<KeyObject> {
  const metadata = await readJson(`${issuer}/.well-known/openid-configuration`)
  const document = await readJson(String(metadata['jwks_uri']))
  const [key] = document['keys'] as readonly webcrypto.JsonWebKey[]
  assert.ok(key !== undefined, 'no published key')
  return createPublicKey({ key, format: 'jwk' })
}

async function readJson(url: string): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url)
  return (await response.json()) as Readonly<Record<string, unknown>>
}

function decode(part: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}
