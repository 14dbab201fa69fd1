// Keys of what is kept and where: database, signing keys, encryption of stored credentials (spec 06
// §4.2, §4.3, §4.10, 00 B32 and B34).
import { choice, duration, emptyMeans, flag, integer, secret, span, text } from '../kinds.ts'
import { nonEmpty, notNegative, setting, within } from '../setting.ts'

const hourMs = 3_600_000

export const storageKeys = {
  'storage.driver': setting(
    choice({ allowed: ['sqlite', 'postgres'], empty: null, anyCase: false }),
    {
      fallback: 'sqlite',
      variable: 'AUTHPLANE_STORAGE_DRIVER',
      doc: 'database: sqlite or postgres',
    },
  ),
  'storage.sqlite.path': setting(text, {
    fallback: 'data/authserver.db',
    variable: 'AUTHPLANE_STORAGE_SQLITE_PATH',
    doc: 'database file; its directory is the data directory, made when missing',
    rule: nonEmpty,
  }),
  'storage.sqlite.wal': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_STORAGE_SQLITE_WAL',
    doc: 'write-ahead log; readers then never wait for the writer',
  }),
  'storage.postgres.dsn': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_STORAGE_POSTGRES_DSN',
    doc: 'connection string postgres://user:password@host/database; required by driver postgres',
  }),
  'storage.postgres.max_conns': setting(integer, {
    fallback: 25,
    variable: 'AUTHPLANE_STORAGE_POSTGRES_MAX_CONNS',
    doc: 'most connections to the database; 0 = what the driver takes',
    rule: notNegative,
  }),
  'storage.postgres.min_conns': setting(integer, {
    fallback: 5,
    variable: 'AUTHPLANE_STORAGE_POSTGRES_MIN_CONNS',
    doc: 'connections kept open when idle; at most storage.postgres.max_conns',
    rule: notNegative,
  }),
  'storage.postgres.max_conn_lifetime': setting(span, {
    fallback: '1h',
    variable: 'AUTHPLANE_STORAGE_POSTGRES_MAX_CONN_LIFETIME',
    doc: 'age at which a connection is replaced',
  }),
  'storage.postgres.max_conn_idle_time': setting(span, {
    fallback: '30m',
    variable: 'AUTHPLANE_STORAGE_POSTGRES_MAX_CONN_IDLE_TIME',
    doc: 'idle time after which a connection above min_conns is closed',
  }),
} as const

export const signingKeys = {
  'signing.algorithm': setting(
    choice({ allowed: ['ES256', 'RS256'], empty: null, anyCase: false }),
    {
      fallback: 'ES256',
      variable: 'AUTHPLANE_SIGNING_ALGORITHM',
      doc: 'ES256 or RS256, of keys that are made from now on',
    },
  ),
  'signing.key_store': setting(
    choice({
      allowed: ['keyfile', 'vault_transit', 'postgres_key'],
      empty: 'keyfile',
      anyCase: false,
    }),
    {
      fallback: 'keyfile',
      variable: 'AUTHPLANE_SIGNING_KEY_STORE',
      doc: 'where signing keys are: keyfile (a directory), vault_transit or postgres_key',
    },
  ),
  'signing.key_path': setting(text, {
    fallback: 'data/keys',
    variable: 'AUTHPLANE_SIGNING_KEY_PATH',
    doc: 'directory of the signing keys of store keyfile, made when missing',
    rule: nonEmpty,
  }),
  'signing.reload_interval': setting(duration, {
    fallback: '60s',
    variable: 'AUTHPLANE_SIGNING_RELOAD_INTERVAL',
    doc: 'how often vault_transit and postgres_key look for rotated keys, 1s to 1h',
    rule: within([1000, '1s'], [hourMs, '1h']),
  }),
  'signing.rotation_interval': setting(span, {
    fallback: '0s',
    variable: 'AUTHPLANE_SIGNING_ROTATION_INTERVAL',
    doc: 'scheduled key rotation; at least the longest token life plus 5m; 0 = by hand only',
  }),
  'signing.vault_transit.address': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_VAULT_ADDR',
    doc: 'URL of Vault; required by store vault_transit',
  }),
  'signing.vault_transit.token': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_VAULT_TOKEN',
    doc: 'token for Vault; exactly one of this and approle.role_id',
  }),
  'signing.vault_transit.mount': setting(emptyMeans(text, 'transit'), {
    fallback: 'transit',
    variable: 'AUTHPLANE_VAULT_TRANSIT_MOUNT',
    doc: 'mount path of the transit engine',
  }),
  'signing.vault_transit.key_name': setting(emptyMeans(text, 'authserver-signing'), {
    fallback: 'authserver-signing',
    variable: 'AUTHPLANE_VAULT_TRANSIT_KEY_NAME',
    doc: 'name of the transit key that signs',
  }),
  'signing.vault_transit.timeout': setting(duration, {
    fallback: '10s',
    variable: 'AUTHPLANE_VAULT_TIMEOUT',
    doc: 'longest time of one request to Vault',
  }),
  'signing.vault_transit.approle.role_id': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_VAULT_APPROLE_ROLE_ID',
    doc: 'AppRole to log in with instead of a token; needs secret_id',
  }),
  'signing.vault_transit.approle.secret_id': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_VAULT_APPROLE_SECRET_ID',
    doc: 'secret of the AppRole; required with role_id',
  }),
  'signing.vault_transit.approle.mount': setting(emptyMeans(text, 'approle'), {
    fallback: '',
    variable: 'AUTHPLANE_VAULT_APPROLE_MOUNT',
    doc: 'mount path of the AppRole login; empty = approle',
  }),
  'signing.postgres_key.encryption_key_env': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_SIGNING_PG_ENCRYPTION_KEY_ENV',
    doc: 'kept for older files, not read: the data_encryption driver encrypts the stored keys',
  }),
} as const

export const dataEncryptionKeys = {
  'data_encryption.driver': setting(
    choice({ allowed: ['aes_master', 'vault_transit_encrypt'], empty: '', anyCase: false }),
    {
      fallback: '',
      variable: 'AUTHPLANE_DATA_ENCRYPTION_DRIVER',
      doc: 'encryption of stored credentials: aes_master or vault_transit_encrypt; empty = off',
    },
  ),
  'data_encryption.aes_master.key_env': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_DATA_ENCRYPTION_KEY_ENV',
    doc: 'name of the variable that holds the key, 64 hex digits; required by driver aes_master',
  }),
  'data_encryption.aes_master.old_key_env': setting(text, {
    fallback: '',
    variable: null,
    doc: 'name of the variable that holds the previous key, which then only decrypts',
  }),
  'data_encryption.vault_transit_encrypt.address': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_DATA_ENCRYPTION_VAULT_ADDRESS',
    doc: 'URL of Vault; required by driver vault_transit_encrypt',
  }),
  'data_encryption.vault_transit_encrypt.auth_method': setting(
    choice({ allowed: ['token', 'approle'], empty: 'token', anyCase: false }),
    {
      fallback: '',
      variable: 'AUTHPLANE_DATA_ENCRYPTION_VAULT_AUTH_METHOD',
      doc: 'how to log in to Vault: token or approle; empty = token',
    },
  ),
  'data_encryption.vault_transit_encrypt.token_env': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_DATA_ENCRYPTION_VAULT_TOKEN_ENV',
    doc: 'name of the variable that holds the token for Vault',
  }),
  'data_encryption.vault_transit_encrypt.mount_path': setting(emptyMeans(text, 'transit'), {
    fallback: '',
    variable: 'AUTHPLANE_DATA_ENCRYPTION_VAULT_MOUNT_PATH',
    doc: 'mount path of the transit engine; empty = transit',
  }),
  'data_encryption.vault_transit_encrypt.key_name': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_DATA_ENCRYPTION_VAULT_KEY_NAME',
    doc: 'name of the transit key that encrypts; required by driver vault_transit_encrypt',
  }),
  'data_encryption.vault_transit_encrypt.approle.role_id_env': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_DATA_ENCRYPTION_VAULT_ROLE_ID_ENV',
    doc: 'name of the variable that holds the AppRole id; required with auth_method approle',
  }),
  'data_encryption.vault_transit_encrypt.approle.secret_id_env': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_DATA_ENCRYPTION_VAULT_SECRET_ID_ENV',
    doc: 'name of the variable that holds the AppRole secret; required with auth_method approle',
  }),
} as const
