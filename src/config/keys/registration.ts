// Keys of clients that register themselves: dynamic registration and metadata documents (spec 06
// §4.4, 00 B6 and row CM-09).
import { registrationModes } from '../../records/runtime-setting.ts'
import { choice, decimal, duration, flag, integer, list, seconds, span } from '../kinds.ts'
import { between, notNegative, positive, setting } from '../setting.ts'

export const registrationKeys = {
  'dcr.mode': setting(choice({ allowed: registrationModes, empty: null, anyCase: false }), {
    fallback: 'open',
    variable: 'AUTHPLANE_DCR_MODE',
    doc: 'who may register clients: open, approved_redirects or admin_only; a stored mode wins',
  }),
  'dcr.approved_redirects': setting(list, {
    fallback: [],
    variable: 'AUTHPLANE_DCR_APPROVED_REDIRECTS',
    doc: 'redirect URIs that mode approved_redirects accepts; required by it',
  }),
  'dcr.rate_limit': setting(decimal, {
    fallback: 10,
    variable: 'AUTHPLANE_DCR_RATE_LIMIT',
    doc: 'registrations per second and source address; 0 = no limit',
    rule: notNegative,
  }),
  'dcr.rate_limit_burst': setting(integer, {
    fallback: 20,
    variable: 'AUTHPLANE_DCR_RATE_LIMIT_BURST',
    doc: 'registrations one source address may send at once; more than 0 while rate_limit is',
  }),
  'dcr.allow_private_use_schemes': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_DCR_ALLOW_PRIVATE_USE_SCHEMES',
    doc: 'accept redirect schemes of native clients such as com.example.app:/cb',
  }),
  'dcr.default_token_expiry': setting(seconds, {
    fallback: '15m',
    variable: 'AUTHPLANE_DCR_DEFAULT_TOKEN_EXPIRY',
    doc: 'life of access tokens of users, for all clients, in whole seconds',
    rule: positive,
  }),
  'dcr.default_refresh_expiry': setting(seconds, {
    fallback: '168h',
    variable: 'AUTHPLANE_DCR_DEFAULT_REFRESH_EXPIRY',
    doc: 'life of refresh tokens, for all clients, in whole seconds',
    rule: positive,
  }),
  'cimd.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_CIMD_ENABLED',
    doc: 'accept clients whose id is the URL of a metadata document',
  }),
  'cimd.require_https': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_CIMD_REQUIRE_HTTPS',
    doc: 'metadata documents over https only; must be true unless the issuer is localhost',
  }),
  'cimd.allow_private_addresses': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_CIMD_ALLOW_PRIVATE_ADDRESSES',
    doc: 'fetch metadata documents from private addresses too; localhost issuer only',
  }),
  'cimd.cache_ttl': setting(span, {
    fallback: '1h',
    variable: 'AUTHPLANE_CIMD_CACHE_TTL',
    doc: 'how long a fetched metadata document is used',
  }),
  'cimd.fetch_timeout': setting(duration, {
    fallback: '10s',
    variable: 'AUTHPLANE_CIMD_FETCH_TIMEOUT',
    doc: 'longest time to fetch a metadata document',
    rule: positive,
  }),
  'cimd.max_document_bytes': setting(integer, {
    fallback: 65_536,
    variable: 'AUTHPLANE_CIMD_MAX_DOCUMENT_BYTES',
    doc: 'largest metadata document, 1024 to 1048576 bytes',
    rule: between(1024, 1_048_576),
  }),
} as const
