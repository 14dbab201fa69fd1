// A sample of every key: what it is by default, a good value in both forms, and bad ones. Written
// by hand, so that the schema is compared with something else than itself.
import type { Key } from '../../../src/config/schema.ts'

export interface Sample {
  /** Of secrets null = not set. */
  readonly byDefault: unknown
  /** As written in YAML and in the variable, with what both mean. */
  readonly yaml: string
  readonly variable: string
  readonly value: unknown
  /** Refused in YAML and in the variable; null = the variable takes every text. */
  readonly badYaml: string
  readonly badVariable: string | null
}

const flag = (byDefault: boolean): Sample => ({
  byDefault,
  yaml: String(!byDefault),
  variable: byDefault ? 'no' : 'YES',
  value: !byDefault,
  badYaml: '"yes"',
  badVariable: null,
})

/** Durations read in milliseconds or, with `unitMs` 1000, in seconds. */
const duration = (byDefault: number, unitMs = 1): Sample => ({
  byDefault,
  yaml: '1m30s',
  variable: '1m30s',
  value: 90_000 / unitMs,
  badYaml: '45',
  badVariable: '45',
})
const seconds = (byDefault: number): Sample => ({
  ...duration(byDefault, 1000),
  badYaml: '1500ms',
  badVariable: '900',
})

const number = (byDefault: number, value: number, bad: number | string): Sample => ({
  byDefault,
  yaml: String(value),
  variable: String(value),
  value,
  badYaml: String(bad),
  badVariable: String(bad),
})
const mailbox = (byDefault: number): Sample => ({
  ...number(byDefault, 500, 15),
  badVariable: '1000001',
})

const secret: Sample = {
  byDefault: null,
  yaml: 'aVery-long-example-of-32-characters+',
  variable: 'aVery-long-example-of-32-characters+',
  value: 'aVery-long-example-of-32-characters+',
  badYaml: '12345678901234567890',
  badVariable: null,
}

/** A closed set or a text with a rule. */
const word = (byDefault: string, value: string, bad: string): Sample => ({
  byDefault,
  yaml: value,
  variable: value,
  value,
  badYaml: bad === '' ? '""' : bad,
  badVariable: bad,
})

/** Any text will do; YAML needs quotes where a text looks like a number. */
const text = (byDefault: string, value: string): Sample => ({
  byDefault,
  yaml: JSON.stringify(value),
  variable: value,
  value,
  badYaml: '2026',
  badVariable: null,
})

const list = (byDefault: readonly string[], one: string, other: string): Sample => ({
  byDefault,
  yaml: JSON.stringify([` ${one}`, other]),
  variable: `${one} , ${other},`,
  value: [one, other],
  badYaml: one,
  badVariable: null,
})

const address = (byDefault: number, bad: string): Sample => ({
  byDefault: { host: null, port: byDefault },
  yaml: '"[::1]:9100"',
  variable: '[::1]:9100',
  value: { host: '::1', port: 9100 },
  badYaml: JSON.stringify(bad),
  badVariable: bad,
})

export const samples: Readonly<Record<Key, Sample>> = {
  'server.issuer': word('http://localhost:9000', 'http://127.0.0.1:1/a', 'localhost'),
  'server.address': address(9000, '9000'),
  'server.read_timeout': duration(30_000),
  'server.write_timeout': duration(30_000),
  'server.idle_timeout': duration(120_000),
  'server.shutdown_wait': duration(10_000),
  'server.allowed_origins': list([], 'https://a.example', 'https://b.example'),
  'server.trusted_proxies': {
    ...list([], '10.0.0.0/8', '::1'),
    badYaml: '[10.0.0.0/33]',
    badVariable: 'proxy.internal',
  },
  'server.front_threads': number(1, 4, 0),

  'storage.driver': word('sqlite', 'postgres', 'mysql'),
  'storage.sqlite.path': word('data/authserver.db', '/var/lib/a.db', ''),
  'storage.sqlite.wal': flag(true),
  'storage.postgres.dsn': secret,
  'storage.postgres.max_conns': number(25, 10, -1),
  'storage.postgres.min_conns': number(5, 3, '2.5'),
  'storage.postgres.max_conn_lifetime': duration(3_600_000),
  'storage.postgres.max_conn_idle_time': duration(1_800_000),

  'signing.algorithm': word('ES256', 'RS256', 'HS256'),
  'signing.key_store': word('keyfile', 'vault_transit', 'kms'),
  'signing.key_path': word('data/keys', '/var/lib/keys', ''),
  'signing.reload_interval': { ...duration(60_000), badYaml: '500ms', badVariable: '2h' },
  'signing.rotation_interval': {
    ...duration(0),
    yaml: '2160h',
    variable: '2160h',
    value: 7_776_000_000,
    badYaml: '90d',
    badVariable: '87601h',
  },
  'signing.vault_transit.address': text('', 'https://vault.internal:8200'),
  'signing.vault_transit.token': secret,
  'signing.vault_transit.mount': text('transit', 'other'),
  'signing.vault_transit.key_name': text('authserver-signing', 'other'),
  'signing.vault_transit.timeout': duration(10_000),
  'signing.vault_transit.approle.role_id': text('', 'role'),
  'signing.vault_transit.approle.secret_id': secret,
  'signing.vault_transit.approle.mount': text('approle', 'other'),
  'signing.postgres_key.encryption_key_env': text('', 'KEY_VARIABLE'),

  'dcr.mode': word('open', 'admin_only', 'disabled'),
  'dcr.approved_redirects': list([], 'https://a.example/cb', 'http://localhost/cb'),
  'dcr.rate_limit': { ...number(10, 2.5, -1), badVariable: '10/s' },
  'dcr.rate_limit_burst': number(20, 7, '7.5'),
  'dcr.allow_private_use_schemes': flag(true),
  'dcr.default_token_expiry': { ...seconds(900), badYaml: '0s' },
  'dcr.default_refresh_expiry': { ...seconds(604_800), badYaml: '0s' },
  'cimd.enabled': flag(true),
  'cimd.require_https': flag(true),
  'cimd.allow_private_addresses': flag(false),
  'cimd.cache_ttl': duration(3_600_000),
  'cimd.fetch_timeout': { ...duration(10_000), badVariable: '0' },
  'cimd.max_document_bytes': { ...number(65_536, 2048, 1023), badVariable: '1048577' },

  'session.cookie_name': word('authserver_session', '__Host-session', 'my cookie'),
  'session.max_age': { ...seconds(86_400), badVariable: '0s' },
  'session.secure': flag(false),
  'session.same_site': { ...word('lax', 'Strict', 'any'), value: 'strict' },
  'session.secret': secret,
  'session.fail_closed': flag(true),

  'rate_limit.enabled': flag(true),
  'rate_limit.requests_per_second': { ...number(100, 2.5, '.inf'), badVariable: '100/s' },
  'rate_limit.burst': number(200, 7, '7.5'),
  'rate_limit.auth_fail_max': number(10, -1, 'ten'),
  'rate_limit.auth_fail_window': duration(600_000),
  'rate_limit.auth_lockout': duration(900_000),
  'rate_limit.max_tracked_identities': number(250_000, 10_000, -5),

  'admin.enabled': flag(true),
  'admin.address': address(9001, '300.0.0.1:1'),
  'admin.api_key': secret,
  'admin.generate_key': flag(true),
  'admin.requests_per_second': number(0, 2.5, -1),
  'admin.burst': number(0, 7, -1),
  'admin.audit_default_lookback': { ...duration(86_400_000), badVariable: '0s' },
  'admin.audit_max_lookback': {
    ...duration(2_592_000_000),
    yaml: '1000h',
    variable: '1000h',
    value: 3_600_000_000,
    badVariable: '0s',
  },

  'oauth.require_scope': flag(false),
  'oauth.default_client_scope': text('', 'read write'),
  'oauth.state_max_age': { ...seconds(600), badVariable: '0s' },
  'oauth.refresh_grace': {
    ...duration(10_000),
    yaml: '60s',
    variable: '1m',
    value: 60_000,
    badVariable: '61s',
  },
  'oauth.reconsent_native': flag(true),
  'oauth.clock_skew': { ...seconds(30), badVariable: '301s' },

  'client_credentials.enabled': flag(true),
  'client_credentials.token_expiry': seconds(3600),
  'token_exchange.enabled': flag(true),
  'token_exchange.allow_self_exchange': flag(false),
  'token_exchange.max_chain_depth': number(5, 10, 'deep'),
  'token_exchange.token_expiry': seconds(3600),
  'dpop.enabled': flag(true),
  'dpop.nonce_ttl': seconds(60),
  'dpop.proof_lifetime': seconds(60),
  'dpop.require_nonce': flag(false),
  'dpop.bind_refresh_tokens': flag(true),
  'purge.interval': { ...duration(0), badVariable: '597h' },
  'agents.enable_jwks_listing': flag(false),
  client_secret_pepper: secret,
  'xaa.enabled': flag(true),
  'xaa.token_expiry': seconds(3600),
  'xaa.max_assertion_age': seconds(300),
  'xaa.require_resource': flag(false),
  'xaa.subject_mode': word('auto_map', 'strict', 'Strict'),
  'xaa.jwks_cache_ttl': duration(3_600_000),

  'oidc.enabled': flag(false),
  'oidc.issuer': text('', 'https://id.example.com'),
  'oidc.client_id': text('', '0123'),
  'oidc.client_secret': secret,
  'oidc.client_secret_ref': text('', 'CONNECTOR_OIDC'),
  'oidc.display_name': text('', 'Example'),
  'oidc.scopes': list(['openid', 'email', 'profile'], 'openid', 'groups'),
  'oidc.redirect_uri': text('', 'https://auth.example.com/oidc/callback'),
  'oidc.show_local_login': flag(true),
  'oidc.include_groups_scope': flag(true),
  'oidc.connector_id': text('', 'ldap-1'),

  'data_encryption.driver': word('', 'aes_master', 'rot13'),
  'data_encryption.aes_master.key_env': text('', 'MASTER_KEY'),
  'data_encryption.aes_master.old_key_env': text('', 'OLD_MASTER_KEY'),
  'data_encryption.vault_transit_encrypt.address': text('', 'https://vault.internal:8200'),
  'data_encryption.vault_transit_encrypt.auth_method': word('token', 'approle', 'ldap'),
  'data_encryption.vault_transit_encrypt.token_env': text('', 'VAULT_TOKEN'),
  'data_encryption.vault_transit_encrypt.mount_path': text('transit', 'other'),
  'data_encryption.vault_transit_encrypt.key_name': text('', 'data'),
  'data_encryption.vault_transit_encrypt.approle.role_id_env': text('', 'ROLE_ID'),
  'data_encryption.vault_transit_encrypt.approle.secret_id_env': text('', 'SECRET_ID'),

  'connect.state_secret': secret,
  'connect.redirect_base_url': text('', 'https://auth.example.com'),
  'connect.allowed_return_urls': list([], 'https://a.example/', 'https://b.example/'),
  'outbound.allow_private_addresses': flag(false),

  'observability.logging.level': { ...word('info', 'WARN', 'verbose'), value: 'warn' },
  'observability.logging.format': word('json', 'text', 'xml'),
  'observability.logging.add_source': flag(false),
  'observability.logging.outputs.stdout': flag(true),
  'observability.logging.outputs.otel': flag(false),
  'observability.logging.outputs.otel_endpoint': text('', 'collector:4317'),
  'observability.logging.outputs.insecure': flag(false),
  'observability.metrics.provider': word('prometheus', 'both', 'statsd'),
  'observability.metrics.path': word('/metrics', '/internal/metrics', 'metrics'),
  'observability.metrics.otel_endpoint': text('', 'collector:4317'),
  'observability.metrics.insecure': flag(false),
  'observability.tracing.enabled': flag(false),
  'observability.tracing.endpoint': text('', 'collector:4317'),
  'observability.tracing.insecure': flag(false),
  'observability.tracing.sample_rate': { ...number(1, 0.25, 1.5), badVariable: '-0.1' },

  'actors.storage.commit_rows_max': number(64, 8, 0),
  'actors.storage.mailbox_max': mailbox(8192),
  'actors.signer.instances': number(1, 2, 0),
  'actors.signer.isolation': word('worker', 'process', 'thread'),
  'actors.signer.mailbox_max': mailbox(4096),
  'actors.dpop_replay.instances': number(0, 2, 65),
  'actors.dpop_replay.mailbox_max': mailbox(4096),
  'actors.grant_vault.mailbox_max': mailbox(1024),
  'actors.crypto_pool.threads': number(0, 2, -1),
  'actors.crypto_pool.queue_max': number(16, 32, 0),
}
