// How strong secrets must be (spec 06 §5.3, §4.10, 00 B20). No finding contains a secret.
import type { SecretName } from '../schema.ts'
import { isProduction, must, type Rule, type Subject, secretText, type Verdict } from './rule.ts'

/** Known from examples and guides, hence to everybody. */
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
const stateSecretCharactersMin = 32

const random = 'set it, or its _FILE variable, to 32 random bytes (openssl rand -base64 32)'

function isWeak(text: string): boolean {
  return text !== '' && (text.trim() === '' || weakSecrets.has(text.trim().toLowerCase()))
}

function notWeak(subject: Subject, name: SecretName): Verdict {
  return must(!isWeak(secretText(subject, name)), 'is a known example or blank', random)
}

function strongInProduction(subject: Subject, name: SecretName): Verdict {
  const text = secretText(subject, name)
  // A weak one has its own finding.
  if (!isProduction(subject) || isWeak(text)) return null
  const length = [...text].length
  if (length === 0)
    return { problem: 'must be set, as the issuer is not localhost', remedy: random }
  const problem = `needs ${secretCharactersMin} characters or more, as the issuer is not localhost`
  return must(length >= secretCharactersMin, problem, random)
}

export const secretRules: readonly Rule[] = [
  {
    key: 'session.secret',
    looksAt: ['session.secret'],
    check: (subject) => notWeak(subject, 'session.secret'),
  },
  {
    key: 'session.secret',
    looksAt: ['session.secret', 'server.issuer'],
    check: (subject) => strongInProduction(subject, 'session.secret'),
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
      subject.config.admin.enabled ? strongInProduction(subject, 'admin.api_key') : null,
  },
  {
    key: 'connect.state_secret',
    looksAt: ['connect.state_secret'],
    check: (subject) => {
      const length = [...secretText(subject, 'connect.state_secret')].length
      return must(
        length === 0 || length >= stateSecretCharactersMin,
        `needs ${stateSecretCharactersMin} characters or more`,
        random,
      )
    },
  },
]
