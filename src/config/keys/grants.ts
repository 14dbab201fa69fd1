// Keys of grants and tokens (spec 06 §4.8, 00 B3, B5, B7, B16 and B35).
import {
  choice,
  duration,
  flag,
  integer,
  seconds,
  secret,
  span,
  text,
  zeroMeans,
} from '../kinds.ts'
import { positive, setting, within } from '../setting.ts'

export const oauthKeys = {
  'oauth.require_scope': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_OAUTH_REQUIRE_SCOPE',
    doc: 'refuse authorize requests without scope; false = they get the scopes of the resource',
  }),
  'oauth.default_client_scope': setting(text, {
    fallback: '',
    variable: 'AUTHPLANE_OAUTH_DEFAULT_CLIENT_SCOPE',
    doc: 'scope ceiling of clients that register themselves, separated by spaces; empty = none',
  }),
  'oauth.state_max_age': setting(seconds, {
    fallback: '10m',
    variable: 'AUTHPLANE_OAUTH_STATE_MAX_AGE',
    doc: 'time to come back from the OIDC provider, in whole seconds, more than 0',
    rule: positive,
  }),
  'oauth.refresh_grace': setting(duration, {
    fallback: '10s',
    variable: 'AUTHPLANE_OAUTH_REFRESH_GRACE',
    doc: 'time in which a refresh may be repeated, 0s to 60s; 0 = a repetition ends the family',
    rule: within([0, '0s'], [60_000, '60s']),
  }),
  'oauth.reconsent_native': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_OAUTH_RECONSENT_NATIVE',
    doc: 'ask for consent every time for native redirects of clients that register themselves',
  }),
  'oauth.clock_skew': setting(seconds, {
    fallback: '30s',
    variable: 'AUTHPLANE_OAUTH_CLOCK_SKEW',
    doc: 'how far clocks of others may be off when a JWT is verified, 0s to 300s',
    rule: within([0, '0s'], [300, '300s']),
  }),
} as const

export const grantKeys = {
  'client_credentials.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_CLIENT_CREDENTIALS_ENABLED',
    doc: 'the client_credentials grant',
  }),
  'client_credentials.token_expiry': setting(seconds, {
    fallback: '1h',
    variable: 'AUTHPLANE_CLIENT_CREDENTIALS_TOKEN_EXPIRY',
    doc: 'life of its access tokens, in whole seconds',
  }),
  'token_exchange.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_TOKEN_EXCHANGE_ENABLED',
    doc: 'the token exchange grant',
  }),
  'token_exchange.allow_self_exchange': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_TOKEN_EXCHANGE_ALLOW_SELF_EXCHANGE',
    doc: 'a client may exchange its own token for a narrower one',
  }),
  'token_exchange.max_chain_depth': setting(integer, {
    fallback: 5,
    variable: 'AUTHPLANE_TOKEN_EXCHANGE_MAX_CHAIN_DEPTH',
    doc: 'longest chain of actors in a token, 1 to 10',
  }),
  'token_exchange.token_expiry': setting(seconds, {
    fallback: '1h',
    variable: 'AUTHPLANE_TOKEN_EXCHANGE_TOKEN_EXPIRY',
    doc: 'life of its access tokens, in whole seconds',
  }),
  'dpop.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_DPOP_ENABLED',
    doc: 'support DPoP; a client without a proof still gets a bearer token',
  }),
  'dpop.nonce_ttl': setting(seconds, {
    fallback: '60s',
    variable: 'AUTHPLANE_DPOP_NONCE_TTL',
    doc: 'life of a DPoP nonce, in whole seconds',
  }),
  'dpop.proof_lifetime': setting(seconds, {
    fallback: '60s',
    variable: 'AUTHPLANE_DPOP_PROOF_LIFETIME',
    doc: 'how far the time in a proof may be from ours, 10s to 300s',
  }),
  'dpop.require_nonce': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_DPOP_REQUIRE_NONCE',
    doc: 'every proof needs a nonce of ours',
  }),
  'dpop.bind_refresh_tokens': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_DPOP_BIND_REFRESH_TOKENS',
    doc: 'refresh tokens of public clients work with the key of their first proof only',
  }),
  'purge.interval': setting(duration, {
    fallback: '0s',
    variable: 'AUTHPLANE_PURGE_INTERVAL',
    doc: 'how often expired rows are deleted by the server itself; 0 = never',
  }),
  'agents.enable_jwks_listing': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_AGENTS_ENABLE_JWKS_LISTING',
    doc: 'list agent clients beside the public keys; shows their ids to everybody',
  }),
  client_secret_pepper: setting(secret, {
    fallback: '',
    variable: 'AUTHPLANE_CLIENT_SECRET_PEPPER',
    doc: 'key of the stored hashes of client secrets; changing it invalidates those secrets',
  }),
  'xaa.enabled': setting(flag, {
    fallback: true,
    variable: 'AUTHPLANE_XAA_ENABLED',
    doc: 'the jwt-bearer grant for assertions of trusted identity providers',
  }),
  'xaa.token_expiry': setting(zeroMeans(seconds, 3600), {
    fallback: '1h',
    variable: 'AUTHPLANE_XAA_TOKEN_EXPIRY',
    doc: 'life of its access tokens, in whole seconds; 0 = 1h',
  }),
  'xaa.max_assertion_age': setting(zeroMeans(seconds, 300), {
    fallback: '5m',
    variable: 'AUTHPLANE_XAA_MAX_ASSERTION_AGE',
    doc: 'oldest assertion that is accepted, in whole seconds; 0 = 5m',
  }),
  'xaa.require_resource': setting(flag, {
    fallback: false,
    variable: 'AUTHPLANE_XAA_REQUIRE_RESOURCE',
    doc: 'refuse assertions that name no resource',
  }),
  'xaa.subject_mode': setting(
    choice({ allowed: ['auto_map', 'strict'], empty: 'auto_map', anyCase: false }),
    {
      fallback: 'auto_map',
      variable: 'AUTHPLANE_XAA_SUBJECT_MODE',
      doc: 'subjects without a mapping: auto_map accepts, strict refuses them',
    },
  ),
  'xaa.jwks_cache_ttl': setting(zeroMeans(span, 3_600_000), {
    fallback: '1h',
    variable: 'AUTHPLANE_XAA_JWKS_CACHE_TTL',
    doc: 'how long keys of identity providers are used before they are fetched again; 0 = 1h',
  }),
} as const
