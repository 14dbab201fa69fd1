// Rules between keys (spec 06 §5). A rule runs only when all keys it looks at are sound on
// their own, so that one mistake gives one finding.
import { isLocalhostIssuer } from '../base/url.ts'
import { claimSameSocket } from './address.ts'
import type { Finding } from './findings.ts'
import { type Config, type Key, type SecretName, settings } from './schema.ts'

interface Subject {
  readonly config: Config
  /** Every secret name; an empty text = not set. */
  readonly secretTexts: ReadonlyMap<SecretName, string>
  readonly isSound: (key: Key) => boolean
}

interface Rule {
  readonly looksAt: readonly Key[]
  /** The key to name. */
  readonly key: Key
  readonly check: (subject: Subject) => { readonly problem: string; readonly remedy: string } | null
}

/** Findings of all rules that can be judged. */
export function validate(subject: Subject): readonly Finding[] {
  return rules.flatMap(({ key, looksAt, check }) => {
    const verdict = looksAt.every(subject.isSound) ? check(subject) : null
    return verdict === null ? [] : [{ key, variable: settings[key].variable, ...verdict }]
  })
}

const must = (isKept: boolean, problem: string, remedy: string) =>
  isKept ? null : { problem, remedy }

const random = 'set it, or its _FILE variable, to 32 random bytes (openssl rand -base64 32)'

/** Known from examples and guides, hence to everybody (spec 06 §5.3, 00 B20). */
const weakSecrets: ReadonlySet<string> = new Set([
  'dev-secret-change-me',
  'dev-admin-key',
  'changeme',
  'secret',
  'password',
  'admin',
  'test',
  'generate-a-32-byte-random-string',
  'generate-a-secure-api-key',
])
const secretCharactersMin = 16

function isWeak(text: string): boolean {
  return text !== '' && (text.trim() === '' || weakSecrets.has(text.trim().toLowerCase()))
}

const isProduction = ({ config }: Subject): boolean => !isLocalhostIssuer(config.server.issuer)

function checkStrength({ secretTexts }: Subject, name: SecretName): ReturnType<Rule['check']> {
  const text = secretTexts.get(name) ?? ''
  if (isWeak(text)) return null // has its own finding
  const length = [...text].length
  if (length === 0)
    return { problem: 'must be set, as the issuer is not localhost', remedy: random }
  const problem = `needs ${secretCharactersMin} characters or more, as the issuer is not localhost`
  return must(length >= secretCharactersMin, problem, random)
}

const notWeak = ({ secretTexts }: Subject, name: SecretName) =>
  must(!isWeak(secretTexts.get(name) ?? ''), 'is a known example or blank', random)

const rules: readonly Rule[] = [
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
  {
    key: 'session.secure',
    looksAt: ['session.secure', 'server.issuer'],
    check: (subject) =>
      must(
        subject.config.session.secure || !isProduction(subject),
        'must be true, as the issuer is not localhost',
        'set it to true and serve the issuer over https',
      ),
  },
  {
    key: 'session.secret',
    looksAt: ['session.secret'],
    check: (subject) => notWeak(subject, 'session.secret'),
  },
  {
    key: 'session.secret',
    looksAt: ['session.secret', 'server.issuer'],
    check: (subject) => (isProduction(subject) ? checkStrength(subject, 'session.secret') : null),
  },
  {
    key: 'admin.api_key',
    looksAt: ['admin.api_key', 'admin.enabled'],
    check: (subject) => (subject.config.admin.enabled ? notWeak(subject, 'admin.api_key') : null),
  },
  {
    key: 'admin.api_key',
    looksAt: ['admin.api_key', 'admin.enabled', 'server.issuer'],
    check: (subject) =>
      subject.config.admin.enabled && isProduction(subject)
        ? checkStrength(subject, 'admin.api_key')
        : null,
  },
  {
    key: 'rate_limit.requests_per_second',
    looksAt: ['rate_limit.enabled', 'rate_limit.requests_per_second'],
    check: ({ config: { rateLimit } }) =>
      must(
        !rateLimit.enabled || rateLimit.requestsPerSecond > 0,
        'must be greater than 0 while the limiter is on',
        'raise it, or set rate_limit.enabled to false',
      ),
  },
  {
    key: 'rate_limit.burst',
    looksAt: ['rate_limit.enabled', 'rate_limit.burst'],
    check: ({ config: { rateLimit } }) =>
      must(
        !rateLimit.enabled || rateLimit.burst > 0,
        'must be greater than 0 while the limiter is on',
        'raise it, or set rate_limit.enabled to false',
      ),
  },
  {
    key: 'client_credentials.token_expiry',
    looksAt: ['client_credentials.enabled', 'client_credentials.token_expiry'],
    check: ({ config: { clientCredentials } }) =>
      must(
        !clientCredentials.enabled || clientCredentials.tokenExpirySeconds > 0,
        'must be longer than 0 while the grant is on',
        'use a life such as 1h, or set client_credentials.enabled to false',
      ),
  },
  {
    key: 'actors.storage.commit_rows_max',
    looksAt: ['actors.storage.commit_rows_max', 'actors.storage.mailbox_max'],
    check: ({ config: { actors } }) =>
      must(
        actors.storage.commitRowsMax <= actors.storage.mailboxMax,
        'must not exceed actors.storage.mailbox_max',
        'lower it or raise the other',
      ),
  },
]
