// What workers receive of the configuration.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSecrets } from '../../../src/config/secrets.ts'
import { dpopReplaySlice, signerSlice, storageSlice } from '../../../src/config/slices.ts'
import { load } from './sources.ts'

test('the storage worker receives its own settings only', () => {
  const { config } = load(null, { AUTHPLANE_STORAGE_SQLITE_WAL: 'false' })

  assert.deepEqual(storageSlice(config), {
    path: 'data/authserver.db',
    wal: false,
    commitRowsMax: 64,
  })
})

test('keys may rotate again when tokens and key sets of before have expired', () => {
  const { config } = load(null, { AUTHPLANE_CLIENT_CREDENTIALS_TOKEN_EXPIRY: '2h' })

  assert.deepEqual(signerSlice(config), {
    issuer: 'http://localhost:9000',
    keyPath: 'data/keys',
    algorithm: 'ES256',
    tokenLifeSecondsMax: 7200,
    rotationGapMs: 7_500_000,
  })
})

test('the threads of proofs receive times and a key for nonces, not the session secret', () => {
  const { config } = load(null, {
    AUTHPLANE_DPOP_PROOF_LIFETIME: '90s',
    AUTHPLANE_DPOP_NONCE_TTL: '2m',
    AUTHPLANE_OAUTH_CLOCK_SKEW: '20s',
  })
  const secrets = createSecrets(new Map([['session.secret', 'a secret of enough characters']]))

  const { nonceSecret, ...times } = dpopReplaySlice(config, secrets)

  assert.deepEqual(times, { proofLifeMs: 90_000, nonceLifeMs: 120_000, clockSkewMs: 20_000 })
  const again = dpopReplaySlice(config, secrets)
  assert.deepEqual(again.nonceSecret, nonceSecret, 'the same on every instance')
  assert.equal(nonceSecret.byteLength, 32)
  assert.ok(!Buffer.from(nonceSecret).includes('a secret of enough characters'))
})
