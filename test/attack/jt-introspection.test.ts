// Attack catalogue, group JT at introspection (spec 09, RFC 8725): what is not a token of ours, as
// we signed it, is not active. The forger of the last rows even has the private key.
import assert from 'node:assert/strict'
import {
  createHmac,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { rotateKey } from '../../src/flows/keys/rotate-key.ts'
import { makeProofKey } from '../support/dpop-client.ts'
import { type GrantTarget, pairOf, startGrantTarget } from '../support/grant-attack.ts'

type Json = Readonly<Record<string, unknown>>

let target: GrantTarget
let access: string
let privateKey: KeyObject

before(async () => {
  target = await startGrantTarget({})
  const path = join(target.inline.directory, 'keys', 'current.pem')
  privateKey = createPrivateKey(readFileSync(path))
  access = (await target.tokens()).access
})

after(() => target.stop())

const partsOf = (jwt: string): readonly [Json, Json, string] => {
  const [header = '', claims = '', signature = ''] = jwt.split('.')
  const decode = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString())
  return [decode(header), decode(claims), signature]
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** The good token with other members, and whatever signature `signed` makes. */
function forged(
  { header, claims }: { readonly header?: Json; readonly claims?: Json | string },
  signed: (input: string) => Buffer,
): string {
  const [ownHeader, ownClaims] = partsOf(access)
  const changed = typeof claims === 'string' ? claims : { ...ownClaims, ...claims }
  const input = `${encode({ ...ownHeader, ...header })}.${encode(changed)}`
  return `${input}.${signed(input).toString('base64url')}`
}

/** As the server itself signs. */
const ours = (input: string): Buffer =>
  sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })

/** Text of the published key, which everybody has. */
function publishedText(): string {
  return JSON.stringify(target.inline.services.publishedKeys.keys().current)
}

test('control: the token as it was issued is active, and so is a faithful copy', async () => {
  assert.equal(await target.isActive(access), true)
  assert.equal(await target.isActive(forged({}, ours)), true)
})

/** A row whose tokens are all inactive. */
function row(name: string, cases: readonly (readonly [string, () => string])[]): void {
  describe(name, () => {
    for (const [what, make] of cases) {
      test(`${what}: inactive`, async () => {
        assert.equal(await target.isActive(make()), false)
      })
    }
  })
}

const hmac = (algorithm: string, secret: string) => (input: string) =>
  createHmac(algorithm, secret).update(input).digest()

row('JT-02 no signature, or a shared secret', [
  ['none', () => forged({ header: { alg: 'none' } }, () => Buffer.alloc(0))],
  ['None', () => forged({ header: { alg: 'None' } }, () => Buffer.alloc(0))],
  ['none with a signature', () => forged({ header: { alg: 'none' } }, ours)],
  ['none, two parts', () => forged({ header: { alg: 'none' } }, ours).replace(/\.[^.]*$/, '')],
  ['HS256 with the published key', () => keyedWith('HS256', 'sha256')],
  ['HS512 with the published key', () => keyedWith('HS512', 'sha512')],
  ['HS256 with nothing', () => forged({ header: { alg: 'HS256' } }, hmac('sha256', ''))],
])

function keyedWith(alg: string, algorithm: string): string {
  return forged({ header: { alg } }, hmac(algorithm, publishedText()))
}

const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const strangerRsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const byStranger = (input: string): Buffer =>
  sign('sha256', Buffer.from(input), { key: stranger, dsaEncoding: 'ieee-p1363' })
const strangerJwk = () => makeProofKey().jwk

row('JT-05 an algorithm or key that is not the one of the kid', [
  ['RS256', () => forged({ header: { alg: 'RS256' } }, (input) => rsaOf(input))],
  ['PS256', () => forged({ header: { alg: 'PS256' } }, (input) => rsaOf(input))],
  ['RS256 with our own signature', () => forged({ header: { alg: 'RS256' } }, ours)],
  ['ES384', () => forged({ header: { alg: 'ES384' } }, ours)],
  ['the key of a stranger', () => forged({}, byStranger)],
  ['a key in the header', () => forged({ header: { jwk: strangerJwk() } }, byStranger)],
  ['no kid', () => forged({ header: { kid: undefined } }, ours)],
  ['a kid of nobody', () => forged({ header: { kid: 'nobody' } }, ours)],
  ['a kid that is a path', () => forged({ header: { kid: '../keys/current.pem' } }, ours)],
  ['a kid that is a list', () => forged({ header: { kid: [partsOf(access)[0]['kid']] } }, ours)],
])

const rsaOf = (input: string): Buffer => sign('sha256', Buffer.from(input), strangerRsa)

row('JT-06 extensions that must be understood', [
  ['crit', () => forged({ header: { crit: ['b64'], b64: false } }, ours)],
  ['an empty crit', () => forged({ header: { crit: [] } }, ours)],
])

row('JT-07 other JWTs in place of an access token', [
  ['JWT', () => forged({ header: { typ: 'JWT' } }, ours)],
  ['no type', () => forged({ header: { typ: undefined } }, ours)],
  ['a proof', () => String(target.proofBy(makeProofKey())['DPoP'])],
  ['the type of a proof', () => forged({ header: { typ: 'dpop+jwt' } }, ours)],
  ['an assertion', () => forged({ header: { typ: 'oauth-id-jag+jwt' } }, ours)],
  ['another issuer', () => forged({ claims: { iss: 'https://other.test' } }, ours)],
  ['our issuer with a slash', () => forged({ claims: { iss: 'https://auth.test/' } }, ours)],
  ['a list of issuers', () => forged({ claims: { iss: ['https://auth.test'] } }, ours)],
  ['two audiences', () => forged({ claims: { aud: ['https://mcp1.test/mcp', 'x'] } }, ours)],
  ['no audience', () => forged({ claims: { aud: [] } }, ours)],
  ['no id', () => forged({ claims: { jti: undefined } }, ours)],
  ['an id that is no text', () => forged({ claims: { jti: 7 } }, ours)],
  ['no JSON', () => forged({ claims: 'no JSON' }, ours)],
  ['JSON that is no object', () => forged({ claims: '[]' }, ours)],
])

row('JT-08 degenerate signatures', [
  ['zero', () => forged({}, () => Buffer.alloc(64))],
  ['none at all', () => forged({}, () => Buffer.alloc(0))],
  ['one byte short', () => forged({}, (input) => ours(input).subarray(0, 63))],
  ['one byte more', () => forged({}, (input) => Buffer.concat([ours(input), Buffer.alloc(1)]))],
  ['DER', () => forged({}, (input) => sign('sha256', Buffer.from(input), privateKey))],
  ['with padding', () => `${access}==`],
  ['of another token', () => forged({ claims: { jti: randomUUID() } }, () => signatureOf(access))],
])

const signatureOf = (jwt: string): Buffer => Buffer.from(partsOf(jwt)[2], 'base64url')

/** The claims with `exp` as `text` says it, which JSON.stringify would repair. */
const withExpiry = (text: string) => (): string => {
  const { exp: _, ...claims } = partsOf(access)[1]
  return forged({ claims: `{"exp":${text},${JSON.stringify(claims).slice(1)}` }, ours)
}

row('JT-09 times that are none', [
  ['an expiry as text', withExpiry('"9999999999"')],
  ['an expiry beyond measure', withExpiry('1e400')],
  ['a negative expiry', withExpiry('-1')],
  ['an expiry of zero', withExpiry('0')],
  ['an expiry that is null', withExpiry('null')],
  ['an expiry in a list', withExpiry('[9999999999]')],
  ['no expiry', () => forged({ claims: { exp: undefined } }, ours)],
  ['an expiry that was', withExpiry('1000')],
  ['issued in the future', () => forged({ claims: { iat: 9_999_999_999 } }, ours)],
  ['not to be used before', () => forged({ claims: { nbf: 9_999_999_999 } }, ours)],
])

test('JT-12 a token is alive after a rotation of keys, and not after two', async () => {
  const { services } = target.inline
  const rotate = () => rotateKey(services, { actorId: 'admin', trace: null }, { force: true })
  const old = pairOf(await target.token((await target.code()).form))

  await rotate()
  assert.equal(await target.isActive(old.access), true)
  await rotate()
  assert.equal(await target.isActive(old.access), false)
})
