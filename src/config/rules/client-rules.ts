// Rules of client registration, grants and proofs (spec 06 §4.4, §4.8, §9).
import { moreThanZero, must, offInProduction, onInProduction, type Rule, whileOn } from './rule.ts'

export const clientRules: readonly Rule[] = [
  {
    key: 'dcr.approved_redirects',
    looksAt: ['dcr.mode', 'dcr.approved_redirects'],
    check: ({ config: { dcr } }) =>
      must(
        dcr.mode !== 'approved_redirects' || dcr.approvedRedirects.length > 0,
        'must not be empty while dcr.mode is approved_redirects',
        'list the redirect URIs that clients may register, or change dcr.mode',
      ),
  },
  {
    key: 'dcr.rate_limit_burst',
    looksAt: ['dcr.rate_limit', 'dcr.rate_limit_burst'],
    check: ({ config: { dcr } }) =>
      must(
        dcr.rateLimit === 0 || dcr.rateLimitBurst > 0,
        'must be more than 0 while dcr.rate_limit is',
        'raise it, or set dcr.rate_limit to 0',
      ),
  },
  onInProduction('cimd.require_https'),
  {
    key: 'cimd.allow_private_addresses',
    looksAt: ['cimd.allow_private_addresses', 'cimd.enabled', 'server.issuer'],
    check: (subject) =>
      subject.config.cimd.enabled
        ? offInProduction('cimd.allow_private_addresses').check(subject)
        : null,
  },
  whileOn('client_credentials.enabled', 'client_credentials.token_expiry', moreThanZero),
  whileOn('token_exchange.enabled', 'token_exchange.max_chain_depth', {
    holds: (depth) => depth >= 1 && depth <= 10,
    problem: 'must be between 1 and 10',
  }),
  whileOn('token_exchange.enabled', 'token_exchange.token_expiry', moreThanZero),
  whileOn('dpop.enabled', 'dpop.nonce_ttl', moreThanZero),
  whileOn('dpop.enabled', 'dpop.proof_lifetime', {
    holds: (seconds) => seconds >= 10 && seconds <= 300,
    problem: 'must be between 10s and 300s',
  }),
]
