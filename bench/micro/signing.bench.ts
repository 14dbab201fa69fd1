// Cost of one access token in the signer (claims checked, encoded, signed) per algorithm, beside
// the parts it consists of and beside jose doing the same. Run: `node
// bench/micro/signing.bench.ts`.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { SignJWT } from 'jose'
import { Bench } from 'tinybench'
import { type ClaimsPolicy, faultOfClaims } from '../../actors/signer/claims-policy.ts'
import { jwtEncoder } from '../../actors/signer/encode-jwt.ts'
import { generatePem } from '../../actors/signer/stored-key.ts'
import type { AccessTokenClaims } from '../../src/oauth/access-token.ts'
import { signingAlgorithms } from '../../src/records/signing-key.ts'

const nowSeconds = Math.floor(Date.now() / 1000)
const kid = 'AAAAAAAAAAAAAAAAAAAAAA'
const policy: ClaimsPolicy = { issuer: 'https://auth.example.com', tokenLifeSecondsMax: 3600 }
const claims: AccessTokenClaims = {
  iss: policy.issuer,
  sub: 'BBBBBBBBBBBBBBBBBBBBBB',
  aud: ['https://mcp.example.com/v1'],
  client_id: 'BBBBBBBBBBBBBBBBBBBBBB',
  scope: 'tools:read tools:write',
  jti: '01890a5d-ac96-774b-bcce-b302099a8057',
  iat: nowSeconds,
  nbf: nowSeconds,
  exp: nowSeconds + 3600,
}

const bench = new Bench({ name: 'signing', time: 500, warmupTime: 100 })
bench.add('claims policy alone', () => {
  faultOfClaims(claims, policy, nowSeconds)
})
for (const algorithm of signingAlgorithms) {
  const key = createPrivateKey(await generatePem(algorithm))
  const encode = jwtEncoder(kid, algorithm, key)
  bench.add(`${algorithm} bare crypto.sign`, bareSign(key))
  bench.add(`${algorithm} policy, encode, sign`, () => {
    if (faultOfClaims(claims, policy, nowSeconds) !== null) throw new Error('claims refused')
    encode(claims)
  })
  bench.add(`${algorithm} jose SignJWT`, async () => {
    const jwt = new SignJWT({ ...claims, aud: [...claims.aud] })
    await jwt.setProtectedHeader({ typ: 'at+jwt', alg: algorithm, kid }).sign(key)
  })
}
await bench.run()
console.table(bench.table())

/** The floor: one signature over as many bytes as a token has. */
function bareSign(key: KeyObject): () => void {
  const input = Buffer.alloc(550, 'x')
  const signingKey = { key, dsaEncoding: 'ieee-p1363' as const }
  return () => {
    sign('sha256', input, signingKey)
  }
}
