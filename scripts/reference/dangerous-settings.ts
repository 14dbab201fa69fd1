// Settings that are refused or warned about because of what they would open (spec 06 §5, §9), as
// the operator's page shows them; a test loads each.
import type { Key } from '../../src/config/schema.ts'
import type { YamlValue } from '../../src/config/setting.ts'
import { code, table } from './markdown.ts'

export interface DangerousSetting {
  /** What is written beside an otherwise sound configuration. */
  readonly settings: Readonly<Partial<Record<Key, YamlValue>>>
  /** The key that the finding or the warning names. */
  readonly key: Key
  readonly why: string
}

/** An otherwise sound configuration of a server on the network. */
export const soundSettings: Readonly<Partial<Record<Key, YamlValue>>> = {
  'server.issuer': 'https://auth.example.com',
  'session.secure': true,
  'session.secret': 'a-session-secret-of-this-page',
  'admin.api_key': 'an-admin-key-of-this-page',
}

/** The server does not start with these. */
export const refusedSettings: readonly DangerousSetting[] = [
  {
    settings: { 'session.secure': false },
    key: 'session.secure',
    why: 'session cookies would cross the network in the clear',
  },
  {
    settings: { 'session.secret': '' },
    key: 'session.secret',
    why: 'nothing secret would sign cookies and nonces; 16 characters at least',
  },
  {
    settings: { 'admin.api_key': '' },
    key: 'admin.api_key',
    why: 'the admin API would have no key; 16 characters at least, or `admin.enabled: false`',
  },
  {
    settings: { 'cimd.require_https': false },
    key: 'cimd.require_https',
    why: 'a client could be impersonated by whoever sits on the way to its document',
  },
  {
    settings: { 'cimd.allow_private_addresses': true },
    key: 'cimd.allow_private_addresses',
    why: 'a client could make the server fetch from your internal network',
  },
  {
    settings: { 'outbound.allow_private_addresses': true },
    key: 'outbound.allow_private_addresses',
    why: 'for development: providers on loopback or private addresses, without TLS',
  },
  {
    settings: { 'admin.api_key': 'generate-a-secure-api-key' },
    key: 'admin.api_key',
    why: 'examples of guides, and words such as `changeme`, are known to everybody',
  },
  {
    settings: { 'dcr.mode': 'approved_redirects', 'dcr.approved_redirects': [] },
    key: 'dcr.approved_redirects',
    why: 'no client could register, which `admin_only` says more plainly',
  },
  {
    settings: { 'rate_limit.enabled': true, 'rate_limit.requests_per_second': 0 },
    key: 'rate_limit.requests_per_second',
    why: 'a limit of nothing answers nobody; switch the limiter off instead',
  },
  {
    settings: { 'server.address': ':9000', 'admin.address': '0.0.0.0:9000' },
    key: 'admin.address',
    why: 'two listeners cannot have one port, and the admin API must not face the clients',
  },
]

/** The server starts with these and says a WARN. */
export const doubtfulSettings: readonly DangerousSetting[] = [
  {
    settings: { 'server.issuer': 'http://auth.example.com' },
    key: 'server.issuer',
    why: 'tokens and cookies cross the network unprotected',
  },
  {
    settings: { 'session.fail_closed': false },
    key: 'session.fail_closed',
    why: 'a disabled user stays signed in while storage fails',
  },
  {
    settings: {
      'session.same_site': 'none',
      'session.secure': false,
      'server.issuer': 'http://localhost:9000',
    },
    key: 'session.same_site',
    why: 'browsers drop such cookies',
  },
  {
    settings: { 'admin.requests_per_second': 5, 'admin.burst': 0 },
    key: 'admin.burst',
    why: 'the admin listener is limited only when both are set',
  },
  {
    settings: { 'observability.logging.outputs.stdout': false },
    key: 'observability.logging.outputs.stdout',
    why: 'without `otel` nothing is logged at all',
  },
  {
    settings: { 'server.allowed_origins': ['https://app.example.com/'] },
    key: 'server.allowed_origins',
    why: 'an origin has no path, so this one matches no browser',
  },
]

/** A table of them. */
export function dangerTable(dangers: readonly DangerousSetting[]): string {
  const rows = dangers.map(({ settings, why }) => {
    const written = Object.entries(settings).map(
      ([key, value]) => `${key}: ${JSON.stringify(value)}`,
    )
    return [written.map(code).join(' with '), why]
  })
  return table(['Written', 'Why'], rows)
}
