// Attack catalogue, group DP: the form and the claims of a DPoP proof at the token endpoint (spec
// 09, spec 02 §6.2). Whether a proof may be used is in dp-use.test.ts.
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type AttackTarget, ccBody, issues, refused, startTarget } from '../support/attack.ts'
import { encode, makeOtherKey, signProof } from '../support/dpop-client.ts'
import { confirmationOf, createProofAttack, nowSeconds } from '../support/proof-attack.ts'

const lifeSeconds = 60

let target: AttackTarget
const attack = createProofAttack(() => target)
const { key, otherKey, tokenUrl, proofBy, proofOf, headerWith, claimsWith } = attack
const { use, accepted, rejected, rejects } = attack

before(async () => {
  target = await startTarget({})
})

after(() => target.stop())

rejects('DP-01 no signature', [
  ['alg none and an empty signature', () => `${unsigned('none')}.`],
  ['alg None and an empty signature', () => `${unsigned('None')}.`],
  ['alg none and two parts', () => unsigned('none')],
  ['alg none and a signature', headerWith({ alg: 'none' })],
  ['a symmetric algorithm', headerWith({ alg: 'HS256' })],
])

function unsigned(alg: string): string {
  const header = encode(JSON.stringify({ typ: 'dpop+jwt', alg, jwk: key.jwk }))
  return `${header}.${proofOf({}).split('.')[1]}`
}

rejects('DP-03 an algorithm outside the list', [
  ['ES384', () => proofBy(makeOtherKey('ES384', { curve: 'P-384' }), {})],
  ['ES512', () => proofBy(makeOtherKey('ES512', { curve: 'P-521' }), {})],
  ['RS512', () => proofBy(makeOtherKey('RS512', { bits: 2048 }), {})],
  ['PS384', () => proofBy(makeOtherKey('PS384', { bits: 2048 }), {})],
  ['EdDSA', () => proofBy(makeOtherKey('EdDSA', { curve: 'Ed25519' }), {})],
  [
    'ES256K',
    () => proofBy(makeOtherKey('ES256', { curve: 'secp256k1' }), { header: { alg: 'ES256K' } }),
  ],
  ['secp256k1 as ES256', () => proofBy(makeOtherKey('ES256', { curve: 'secp256k1' }), {})],
])

test('DP-03 control: the list is that of the metadata, and all of it is accepted', async () => {
  const response = await fetch(`${target.baseUrl}/.well-known/oauth-authorization-server`)
  const metadata = (await response.json()) as Record<string, unknown>
  assert.deepEqual(metadata['dpop_signing_alg_values_supported'], ['ES256', 'RS256', 'PS256'])
  for (const algorithm of ['RS256', 'PS256']) {
    await accepted(proofBy(makeOtherKey(algorithm, { bits: 2048 }), {}))
  }
})

rejects('DP-04 an algorithm that is no text', [
  ['missing', headerWith({ alg: undefined })],
  ['null', headerWith({ alg: null })],
  ['a number', headerWith({ alg: 256 })],
  ['a list', headerWith({ alg: ['ES256'] })],
  ['an object', headerWith({ alg: { ES256: true } })],
])

rejects('DP-05 a proof without its key', [
  ['no jwk', headerWith({ jwk: undefined })],
  ['null', headerWith({ jwk: null })],
  ['a text', headerWith({ jwk: JSON.stringify(key.jwk) })],
  ['an empty object', headerWith({ jwk: {} })],
  ['a list', headerWith({ jwk: [key.jwk] })],
])

rejects('DP-06 a key that is not public', [
  ['a private EC key', () => headerWith({ jwk: key.privateKey.export({ format: 'jwk' }) })()],
  ['a member of a private RSA key', headerWith({ jwk: { ...key.jwk, p: 'AA' } })],
  ['a symmetric key', headerWith({ alg: 'ES256', jwk: { kty: 'oct', k: 'AAAA' } })],
])

const numberOf = (bytes: number): string =>
  Buffer.concat([Buffer.of(128), Buffer.alloc(bytes - 2, 7), Buffer.of(1)]).toString('base64url')

rejects('DP-08 a weak or costly RSA key', [
  ['1024 bits', () => proofBy(makeOtherKey('RS256', { bits: 1024 }), {})],
  ['16384 bits', headerWith({ alg: 'RS256', jwk: { kty: 'RSA', n: numberOf(2048), e: 'AQAB' } })],
  ['8200 bits', headerWith({ alg: 'RS256', jwk: { kty: 'RSA', n: numberOf(1025), e: 'AQAB' } })],
  [
    'an exponent as long as the modulus',
    headerWith({ alg: 'RS256', jwk: { kty: 'RSA', n: numberOf(256), e: numberOf(256) } }),
  ],
  ['the exponent 1', headerWith({ alg: 'RS256', jwk: { kty: 'RSA', n: numberOf(256), e: 'AQ' } })],
])

const coordinate = (byte: number, length = 32): string =>
  Buffer.alloc(length, byte).toString('base64url')

rejects('DP-09 a point that is none of the curve', [
  ['beside the curve', headerWith({ jwk: { ...key.jwk, x: coordinate(1) } })],
  ['zeros', headerWith({ jwk: { ...key.jwk, x: coordinate(0), y: coordinate(0) } })],
  ['beyond the field', headerWith({ jwk: { ...key.jwk, x: coordinate(255) } })],
  ['too short', headerWith({ jwk: { ...key.jwk, x: coordinate(1, 31) } })],
  ['too long', headerWith({ jwk: { ...key.jwk, x: coordinate(0, 33) } })],
  ['empty', headerWith({ jwk: { ...key.jwk, x: '', y: '' } })],
  ['of another curve', headerWith({ jwk: { ...key.jwk, crv: 'P-384' } })],
])

rejects('DP-10 signed by another key', [
  ['with our key in the header', () => proofBy(otherKey, { header: { jwk: key.jwk } })],
  ['with their key in the header', () => proofOf({ header: { jwk: otherKey.jwk } })],
])

rejects('DP-12 a signature that is none', [
  ['zeros', () => signedWith(Buffer.alloc(64))],
  [
    'one zero, one number',
    () => signedWith(Buffer.concat([Buffer.alloc(32), Buffer.alloc(32, 1)])),
  ],
  ['DER', () => signedWith(Buffer.from('3006020101020101', 'hex'))],
  ['63 bytes', () => signedWith(signatureOf(proofOf({})).subarray(1))],
  ['65 bytes', () => signedWith(Buffer.concat([Buffer.of(0), signatureOf(proofOf({}))]))],
  ['that of another proof', () => signedWith(signatureOf(proofOf({})))],
])

const signatureOf = (proof: string): Buffer => Buffer.from(proof.split('.')[2] ?? '', 'base64url')

function signedWith(signature: Buffer): string {
  const [header, claims] = proofOf({}).split('.')
  return `${header}.${claims}.${signature.toString('base64url')}`
}

rejects('DP-13 another type', [
  ['missing', headerWith({ typ: undefined })],
  ['JWT', headerWith({ typ: 'JWT' })],
  ['at+jwt', headerWith({ typ: 'at+jwt' })],
  ['a list', headerWith({ typ: ['dpop+jwt'] })],
])

test('DP-13 the type may be written DPOP+JWT', async () => {
  await accepted(proofOf({ header: { typ: 'DPOP+JWT' } }))
})

rejects('DP-14 an id that is none', [
  ['missing', claimsWith({ jti: undefined })],
  ['empty', claimsWith({ jti: '' })],
  ['a number', claimsWith({ jti: 1 })],
  ['of 257 characters', claimsWith({ jti: 'x'.repeat(257) })],
])

rejects('DP-15 another method', [
  ['missing', claimsWith({ htm: undefined })],
  ['GET', claimsWith({ htm: 'GET' })],
  ['a list', claimsWith({ htm: ['POST'] })],
])

rejects('DP-16 another URL', [
  ['missing', claimsWith({ htu: undefined })],
  ['of another server', claimsWith({ htu: 'https://evil.test/oauth/token' })],
  ['of another endpoint', () => claimsWith({ htu: `${target.issuer}/oauth/revoke` })()],
  ['with a slash behind it', () => claimsWith({ htu: `${tokenUrl()}/` })()],
  ['a list', () => claimsWith({ htu: [tokenUrl()] })()],
])

describe('DP-18 a URL that proxy headers name', () => {
  const evil = 'https://evil.test/oauth/token'
  for (const headers of [
    { 'X-Forwarded-Host': 'evil.test' },
    { 'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'https' },
    { Forwarded: 'host=evil.test;proto=https' },
    { 'X-Original-URL': evil, 'X-Rewrite-URL': '/oauth/token' },
    { Origin: 'https://evil.test' },
  ]) {
    test(`is not that of the request: ${Object.keys(headers).join(', ')}`, () =>
      rejected(claimsWith({ htu: evil })(), headers))
  }

  test('control: the same headers do not spoil a good proof', async () => {
    const headers = { 'X-Forwarded-Host': 'evil.test', Forwarded: 'host=evil.test' }
    await issues(target, () => use(proofOf({}), headers))
  })
})

describe('DP-20 the window of iat', () => {
  for (const offset of [-(lifeSeconds + 5), lifeSeconds + 5, -3600, 3600, -nowSeconds()]) {
    test(`${offset} s are too far`, () => rejected(claimsWith({ iat: nowSeconds() + offset })()))
  }
  for (const iat of [undefined, null, '', String(nowSeconds())]) {
    test(`${JSON.stringify(iat)} is no time`, () => rejected(claimsWith({ iat })()))
  }
  for (const offset of [-10, 10]) {
    test(`${offset} s are taken`, async () => {
      await accepted(claimsWith({ iat: nowSeconds() + offset })())
    })
  }
})

rejects('DP-21 a proof that has expired or has not begun', [
  ['expired', () => claimsWith({ exp: nowSeconds() - 60 })()],
  ['not begun', () => claimsWith({ nbf: nowSeconds() + 60 })()],
  ['an expiry that is no time', claimsWith({ exp: 'never' })],
])

test('DP-21 control: one that is alive is accepted', async () => {
  await accepted(claimsWith({ exp: nowSeconds() + 60, nbf: nowSeconds() })())
})

const jsonForm = (): string => {
  const [protectedPart, payload, signature] = proofOf({}).split('.')
  return JSON.stringify({ protected: protectedPart, payload, signature })
}

rejects('DP-30 another serialisation', [
  ['JSON', jsonForm],
  ['two parts', () => proofOf({}).split('.').slice(0, 2).join('.')],
  ['four parts', () => `${proofOf({})}.AAAA`],
  ['five parts', () => `${proofOf({})}.AAAA.AAAA`],
  ['a dot behind it', () => `${proofOf({})}.`],
  ['a space in it', () => proofOf({}).replace('.', '. ')],
  ['padding', () => `${proofOf({})}==`],
  ['standard base64', () => `${proofOf({})}+/`],
  ['12 KB', () => claimsWith({ more: 'x'.repeat(9000) })()],
  ['quotes around it', () => `"${proofOf({})}"`],
  ['a scheme before it', () => `DPoP ${proofOf({})}`],
  ['a comma and another', () => `${proofOf({})},${proofOf({})}`],
])

describe('DP-31 two headers', () => {
  test('are one too many, even if both are good', async () => {
    const body = ccBody('conf', {})
    const twice = { DPoP: proofOf({}), dpop: proofOf({}) }
    await refused(target, () => target.token(body, twice), 'invalid_dpop_proof')
  })

  test('are one too many when both are the same, or one is empty', async () => {
    const body = ccBody('conf', {})
    const same = proofOf({})
    await refused(
      target,
      () => target.token(body, { DPoP: same, dpop: same }),
      'invalid_dpop_proof',
    )
    const empty = { DPoP: proofOf({}), dpop: '' }
    await refused(target, () => target.token(body, empty), 'invalid_dpop_proof')
  })

  test('control: one is accepted, and an empty one is no proof', async () => {
    await accepted(proofOf({}))
    await rejected('')
  })
})

test('DP-32 keys by reference are not fetched and not used', async () => {
  let connections = 0
  const listener = createServer((socket) => {
    connections += 1
    socket.destroy()
  })
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve))
  try {
    const address = listener.address()
    assert.ok(typeof address === 'object' && address !== null)
    const there = `http://127.0.0.1:${address.port}/key`
    const references = { jku: there, x5u: there, kid: there }

    await rejected(proofOf({ header: { ...references, jwk: undefined } }))
    const body = await accepted(proofOf({ header: references }))
    assert.deepEqual(confirmationOf(body), { jkt: key.jkt })
    await rejected(proofBy(otherKey, { header: { ...references, jwk: key.jwk } }))
    assert.equal(connections, 0)
  } finally {
    listener.close()
  }
})

const texts = () => ({
  header: JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk }),
  claims: JSON.stringify({
    jti: `raw-${process.hrtime.bigint()}`,
    htm: 'POST',
    htu: tokenUrl(),
    iat: nowSeconds(),
  }),
})

function rawProof(change: (given: ReturnType<typeof texts>) => Partial<ReturnType<typeof texts>>) {
  return () => {
    const good = texts()
    const { header, claims } = { ...good, ...change(good) }
    const proof = signProof(key, header, claims)
    target.remember(proof)
    return proof
  }
}

rejects('DP-33 a member that comes twice', [
  ['htm', rawProof(({ claims }) => ({ claims: claims.replace('{', '{"htm":"GET",') }))],
  [
    'htu',
    rawProof(({ claims }) => ({ claims: claims.replace('{', '{"htu":"https://evil.test",') })),
  ],
  ['jti', rawProof(({ claims }) => ({ claims: claims.replace('{', '{"jti":"x",') }))],
  ['jwk', rawProof(({ header }) => ({ header: header.replace('{', '{"jwk":{},') }))],
  ['alg', rawProof(({ header }) => ({ header: header.replace('{', '{"alg":"none",') }))],
  [
    'a name in escapes',
    rawProof(({ claims }) => ({ claims: claims.replace('{', '{"\\u0068tm":"GET",') })),
  ],
  [
    'a member of the key',
    rawProof(({ header }) => ({ header: header.replace('"kty"', '"x":"AA","kty"') })),
  ],
])

test('DP-33 control: the same texts without the second member are accepted', async () => {
  await accepted(rawProof(() => ({}))())
})
