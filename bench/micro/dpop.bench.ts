// Cost of one DPoP proof in the replay actor, with its key known and with a new one, beside the
// parts it consists of. Run: `node bench/micro/dpop.bench.ts`.
import { createPublicKey, verify } from 'node:crypto'
import { Bench } from 'tinybench'
import { createKeyCache } from '../../actors/dpop-replay/key-cache.ts'
import { createReplayWindow } from '../../actors/dpop-replay/replay-window.ts'
import { splitCompactJws } from '../../src/oauth/compact-jws.ts'
import { readProofClaims, readProofHeader } from '../../src/oauth/dpop-proof.ts'
import { makeProof, makeProofKey } from '../../test/support/dpop-client.ts'

const url = 'https://auth.example.com/oauth/token'
const key = makeProofKey()
const proof = makeProof(key, url, {})
const parts = splitCompactJws(proof, 8192)
if (parts === null) throw new Error('a proof has three parts')
const jws = parts
const publicKey = createPublicKey({ key: key.jwk, format: 'jwk' })
const input = Buffer.from(jws.signingInput)
const signature = Buffer.from(jws.signature, 'base64url')
const expected = {
  method: 'POST',
  targets: [url],
  accessTokenHash: null,
  nowMs: Date.now(),
  proofLifeMs: 60_000,
  clockSkewMs: 30_000,
}

const bench = new Bench({ name: 'dpop', time: 500, warmupTime: 100 })
bench.add('bare crypto.verify', () => {
  verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
})
bench.add('key import', () => {
  createPublicKey({ key: key.jwk, format: 'jwk' })
})
bench.add('split', () => {
  splitCompactJws(proof, 8192)
})
bench.add('header', () => {
  readProofHeader(jws.header)
})
bench.add('claims', () => {
  readProofClaims(jws.payload, expected)
})
const known = createKeyCache(10)
bench.add('whole proof, known key', () => checkWith(known))
bench.add('whole proof, new key', () => checkWith(createKeyCache(1)))
const window = createReplayWindow({ entriesMax: 200_000, keepMs: 180_000 })
let count = 0
bench.add('replay window', () => {
  count += 1
  window.take(`${key.jkt}id-${count}`, count)
})
await bench.run()
console.table(bench.table())

function checkWith(keys: ReturnType<typeof createKeyCache>): void {
  const one = splitCompactJws(proof, 8192)
  if (one === null || readProofClaims(one.payload, expected) === null) throw new Error('refused')
  if (keys.signerOf(one) !== key.jkt) throw new Error('not signed')
}
