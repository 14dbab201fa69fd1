// Rules of database, signing keys and encryption (spec 06 §4.2, §4.3, §4.10, §9, 00 B34).
import { limits } from '../../base/limits.ts'
import type { Config } from '../schema.ts'
import { must, type Rule, requiredWhen, type Subject, secretText, type Verdict } from './rule.ts'

const usesVault = ({ config }: Subject): boolean => config.signing.keyStore === 'vault_transit'
const usesMaster = ({ config }: Subject): boolean => config.dataEncryption.driver === 'aes_master'

const vaultEncryption = {
  key: 'data_encryption.driver',
  values: ['vault_transit_encrypt'],
} as const
const encryptionLogin = 'data_encryption.vault_transit_encrypt.auth_method'

const storageRules: readonly Rule[] = [
  {
    key: 'storage.postgres.dsn',
    looksAt: ['storage.driver', 'storage.postgres.dsn'],
    check: (subject) =>
      must(
        subject.config.storage.driver !== 'postgres' ||
          secretText(subject, 'storage.postgres.dsn').trim() !== '',
        'must be set while storage.driver is postgres',
        'set it, its variable, or its _FILE variable, to the connection string',
      ),
  },
  {
    key: 'storage.postgres.min_conns',
    looksAt: ['storage.postgres.min_conns', 'storage.postgres.max_conns'],
    check: ({ config }) => {
      const { minConns, maxConns } = config.storage.postgres
      return must(
        minConns === 0 || maxConns === 0 || minConns <= maxConns,
        'must not exceed storage.postgres.max_conns',
        'lower it, or raise the other',
      )
    },
  },
]

const signingRules: readonly Rule[] = [
  requiredWhen('signing.vault_transit.address', {
    key: 'signing.key_store',
    values: ['vault_transit'],
  }),
  {
    key: 'signing.vault_transit.token',
    looksAt: [
      'signing.key_store',
      'signing.vault_transit.token',
      'signing.vault_transit.approle.role_id',
    ],
    check: (subject) => {
      const hasToken = secretText(subject, 'signing.vault_transit.token') !== ''
      const hasRole = subject.config.signing.vaultTransit.approle.roleId !== ''
      const problem = hasToken ? 'is set, and so is approle.role_id' : 'no credential for Vault'
      const remedy = 'set exactly one of token and approle.role_id'
      return must(!usesVault(subject) || hasToken !== hasRole, problem, remedy)
    },
  },
  {
    key: 'signing.vault_transit.approle.secret_id',
    looksAt: [
      'signing.key_store',
      'signing.vault_transit.approle.role_id',
      'signing.vault_transit.approle.secret_id',
    ],
    check: (subject) =>
      must(
        !usesVault(subject) ||
          subject.config.signing.vaultTransit.approle.roleId === '' ||
          secretText(subject, 'signing.vault_transit.approle.secret_id') !== '',
        'must be set together with approle.role_id',
        'set it, or log in with a token',
      ),
  },
  {
    key: 'signing.key_store',
    looksAt: ['signing.key_store', 'storage.driver'],
    check: ({ config }) =>
      must(
        config.signing.keyStore !== 'postgres_key' || config.storage.driver === 'postgres',
        'postgres_key needs storage.driver postgres',
        'change one of the two',
      ),
  },
  {
    key: 'signing.key_store',
    looksAt: ['signing.key_store', 'data_encryption.driver'],
    check: ({ config }) =>
      must(
        config.signing.keyStore !== 'postgres_key' || config.dataEncryption.driver !== '',
        'postgres_key needs a data_encryption.driver, which encrypts the keys',
        'set data_encryption.driver, or use another key store',
      ),
  },
  {
    key: 'signing.rotation_interval',
    looksAt: [
      'signing.rotation_interval',
      'dcr.default_token_expiry',
      'client_credentials.token_expiry',
      'token_exchange.token_expiry',
      'xaa.token_expiry',
    ],
    check: ({ config }) => {
      const { rotationIntervalMs } = config.signing
      const gapMs = (longestLifeSeconds(config) + limits.keySetLifeSeconds) * 1000
      return must(
        rotationIntervalMs === 0 || rotationIntervalMs >= gapMs,
        'is shorter than the longest token life and the life of the key set together',
        `use at least ${gapMs / 60_000}m, or 0 for none`,
      )
    },
  },
]

function longestLifeSeconds({ dcr, clientCredentials, tokenExchange, xaa }: Config): number {
  return Math.max(
    dcr.defaultTokenExpirySeconds,
    clientCredentials.tokenExpirySeconds,
    tokenExchange.tokenExpirySeconds,
    xaa.tokenExpirySeconds,
  )
}

const encryptionRules: readonly Rule[] = [
  requiredWhen('data_encryption.aes_master.key_env', {
    key: 'data_encryption.driver',
    values: ['aes_master'],
  }),
  {
    key: 'data_encryption.aes_master.key_env',
    looksAt: ['data_encryption.driver', 'data_encryption.aes_master.key_env'],
    check: (subject) =>
      usesMaster(subject)
        ? masterKeyVerdict(subject, subject.config.dataEncryption.aesMaster.keyEnv)
        : null,
  },
  {
    key: 'data_encryption.aes_master.old_key_env',
    looksAt: ['data_encryption.driver', 'data_encryption.aes_master.old_key_env'],
    check: (subject) => {
      if (!usesMaster(subject)) return null
      const { keyEnv, oldKeyEnv } = subject.config.dataEncryption.aesMaster
      const isSame =
        oldKeyEnv !== '' &&
        subject.variable(oldKeyEnv)?.toLowerCase() === subject.variable(keyEnv)?.toLowerCase()
      return (
        masterKeyVerdict(subject, oldKeyEnv) ??
        must(!isSame, 'names the same key as key_env', 'name the previous key, or leave it empty')
      )
    },
  },
  requiredWhen('data_encryption.vault_transit_encrypt.address', vaultEncryption),
  requiredWhen('data_encryption.vault_transit_encrypt.key_name', vaultEncryption),
  ...(['role_id_env', 'secret_id_env'] as const).map((name): Rule => {
    const key = `data_encryption.vault_transit_encrypt.approle.${name}` as const
    const rule = requiredWhen(key, { key: encryptionLogin, values: ['approle'] })
    return {
      key,
      looksAt: [...rule.looksAt, vaultEncryption.key],
      check: (subject) =>
        subject.config.dataEncryption.driver === 'vault_transit_encrypt'
          ? rule.check(subject)
          : null,
    }
  }),
]

/** The named variable must hold 32 bytes in hex. A name that is missing has its own finding. */
function masterKeyVerdict(subject: Subject, name: string): Verdict {
  if (name === '') return null
  const text = subject.variable(name)
  if (text === null) {
    const remedy = 'set that variable to 64 hex digits (openssl rand -hex 32)'
    return { problem: `names the variable ${name}, which is not set`, remedy }
  }
  return must(
    /^[0-9A-Fa-f]{64}$/.test(text),
    `names the variable ${name}, which does not hold a key`,
    'set that variable to exactly 64 hex digits (openssl rand -hex 32)',
  )
}

export const storeRules: readonly Rule[] = [...storageRules, ...signingRules, ...encryptionRules]
