// Keys of who comes in how often: browser sessions, the limits of the public listener, the admin
// listener (spec 06 §4.5–4.7, 00 B49).
import {
  address,
  choice,
  decimal,
  flag,
  integer,
  seconds,
  secret,
  span,
  text,
  zeroMeans,
} from '../kinds.ts'
import { cookieNameRule, notNegative, positive, setting } from '../setting.ts'

export const sessionKeys = {
  'session.cookie_name': setting(text, {
    fallback: 'authserver_session',
    variable: 'AUTHPLANE_SESSION_COOKIE_NAME',
    doc: 'name of the cookie of a signed-in user',
    rule: cookieNameRule,
  }),
  'session.max_age': setting(seconds, {
    fallback: '24h',
    variable: 'AUTHPLANE_SESSION_MAX_AGE',
    doc: 'life of a session from sign-in on, in whole seconds, more than 0',
    rule: positive,
  }),
  'session.secure': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_SESSION_SECURE',
    doc: 'cookies over https only; must be true unless the issuer is localhost',
  }),
  'session.same_site': setting(
    choice({ allowed: ['lax', 'strict', 'none'], empty: null, anyCase: true }),
    {
      fallback: 'lax',
      variable: 'AUTHPLANE_SESSION_SAME_SITE',
      doc: 'SameSite of the cookie: lax, strict or none',
    },
  ),
  'session.secret': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_SESSION_SECRET',
    doc: 'at least 16 characters; signs cookies and nonces; empty on localhost = generated once',
  }),
  'session.fail_closed': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_SESSION_FAIL_CLOSED',
    doc: 'a user that cannot be looked up is not signed in; false lets the cookie alone decide',
  }),
} as const

export const rateLimitKeys = {
  'rate_limit.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_RATE_LIMIT_ENABLED',
    doc: 'limit requests per source address on the public listener',
  }),
  'rate_limit.requests_per_second': setting(decimal, {
    fallback: 100,
    variable: 'AUTHPLANE_RATE_LIMIT_RPS',
    doc: 'lasting rate of one source address; more than 0 while the limiter is on',
  }),
  'rate_limit.burst': setting(integer, {
    fallback: 200,
    variable: 'AUTHPLANE_RATE_LIMIT_BURST',
    doc: 'requests one source address may send at once; more than 0 while the limiter is on',
  }),
  'rate_limit.auth_fail_max': setting(integer, {
    fallback: 10,
    variable: 'AUTHPLANE_RATE_LIMIT_AUTH_FAIL_MAX',
    doc: 'failed sign-ins of one identity until it is locked out; 0 = never',
  }),
  'rate_limit.auth_fail_window': setting(span, {
    fallback: '10m',
    variable: 'AUTHPLANE_RATE_LIMIT_AUTH_FAIL_WINDOW',
    doc: 'time within which failed sign-ins add up; more than 0 while the lockout is on',
  }),
  'rate_limit.auth_lockout': setting(span, {
    fallback: '15m',
    variable: 'AUTHPLANE_RATE_LIMIT_AUTH_LOCKOUT',
    doc: 'how long an identity stays locked out; more than 0 while the lockout is on',
  }),
  'rate_limit.max_tracked_identities': setting(zeroMeans(integer, 250_000), {
    fallback: 250_000,
    variable: 'AUTHPLANE_RATE_LIMIT_MAX_TRACKED_IDENTITIES',
    doc: 'identities with failed sign-ins that are remembered, at least 10000; 0 = 250000',
    rule: notNegative,
  }),
} as const

export const adminKeys = {
  'admin.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_ADMIN_ENABLED',
    doc: 'admin listener: API and metrics',
  }),
  'admin.address': setting(address, {
    fallback: ':9001',
    variable: 'AUTHPLANE_ADMIN_ADDRESS',
    doc: 'admin listener; must differ from server.address',
  }),
  'admin.api_key': setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_ADMIN_API_KEY',
    doc: 'at least 16 characters; empty on localhost = generated once',
  }),
  'admin.generate_key': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_ADMIN_GENERATE_KEY',
    doc: 'false = never generate an admin key; without one the admin API refuses every request',
  }),
  'admin.requests_per_second': setting(decimal, {
    fallback: 0,
    variable: null,
    doc: 'lasting rate of the admin listener; 0 = no limit; needs admin.burst too',
    rule: notNegative,
  }),
  'admin.burst': setting(integer, {
    fallback: 0,
    variable: null,
    doc: 'requests the admin listener takes at once; 0 = no limit',
    rule: notNegative,
  }),
  'admin.audit_default_lookback': setting(span, {
    fallback: '24h',
    variable: 'AUTHPLANE_ADMIN_AUDIT_DEFAULT_LOOKBACK',
    doc: 'how far audit queries without a start look back; at most audit_max_lookback',
    rule: positive,
  }),
  'admin.audit_max_lookback': setting(span, {
    fallback: '720h',
    variable: 'AUTHPLANE_ADMIN_AUDIT_MAX_LOOKBACK',
    doc: 'how far audit queries may look back, more than 0',
    rule: positive,
  }),
} as const
