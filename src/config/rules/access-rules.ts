// Rules of listeners, sessions and limits (spec 06 §4.1, §4.5–4.7, §9).
import { claimSameSocket } from '../address.ts'
import type { Key } from '../schema.ts'
import { moreThanZero, must, onInProduction, type Rule, whileOn } from './rule.ts'

const trackedMin = 10_000

/** A rule of the lockout, which is off without a number of failures. */
function whileLockedOut(
  key: Extract<Key, `rate_limit.${string}`>,
  problem: string,
  holds: (limits: Parameters<Rule['check']>[0]['config']['rateLimit']) => boolean,
): Rule {
  return {
    key,
    looksAt: [key, 'rate_limit.auth_fail_max'],
    check: ({ config: { rateLimit } }) =>
      must(
        rateLimit.authFailMax <= 0 || holds(rateLimit),
        `${problem} while the lockout is on`,
        'change it, or set rate_limit.auth_fail_max to 0',
      ),
  }
}

export const accessRules: readonly Rule[] = [
  {
    key: 'admin.address',
    looksAt: ['server.address', 'admin.address', 'admin.enabled'],
    check: ({ config: { server, admin } }) =>
      must(
        !admin.enabled || !claimSameSocket(server.address, admin.address),
        'claims the same host and port as server.address',
        'give the two listeners different ports, or set admin.enabled to false',
      ),
  },
  onInProduction('session.secure'),
  whileOn('rate_limit.enabled', 'rate_limit.requests_per_second', moreThanZero),
  whileOn('rate_limit.enabled', 'rate_limit.burst', moreThanZero),
  whileLockedOut(
    'rate_limit.auth_fail_window',
    moreThanZero.problem,
    ({ authFailWindowMs }) => authFailWindowMs > 0,
  ),
  whileLockedOut(
    'rate_limit.auth_lockout',
    moreThanZero.problem,
    ({ authLockoutMs }) => authLockoutMs > 0,
  ),
  whileLockedOut(
    'rate_limit.max_tracked_identities',
    `must be ${trackedMin} or more`,
    ({ maxTrackedIdentities }) => maxTrackedIdentities >= trackedMin,
  ),
  {
    key: 'admin.audit_default_lookback',
    looksAt: ['admin.audit_default_lookback', 'admin.audit_max_lookback'],
    check: ({ config: { admin } }) =>
      must(
        admin.auditDefaultLookbackMs <= admin.auditMaxLookbackMs,
        'must not exceed admin.audit_max_lookback',
        'shorten it, or lengthen the other',
      ),
  },
  {
    key: 'actors.storage.commit_rows_max',
    looksAt: ['actors.storage.commit_rows_max', 'actors.storage.mailbox_max'],
    check: ({ config: { actors } }) =>
      must(
        actors.storage.commitRowsMax <= actors.storage.mailboxMax,
        'must not exceed actors.storage.mailbox_max',
        'lower it, or raise the other',
      ),
  },
]
