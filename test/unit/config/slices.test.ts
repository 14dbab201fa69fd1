// What workers receive of the configuration.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signerSlice, storageSlice } from '../../../src/config/slices.ts'
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
