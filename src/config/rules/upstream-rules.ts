// Rules of the servers that this one talks to (spec 06 §4.9, §4.10, §5.2, §9, 00 B26).
import { isLocalhostIssuer, parseHttpUrl } from '../../base/url.ts'
import {
  isProduction,
  must,
  offInProduction,
  type Rule,
  requiredWhen,
  type Subject,
  secretText,
  type Verdict,
} from './rule.ts'

const oidcOn = { key: 'oidc.enabled', values: [true] } as const
const absolute = 'write an absolute URL such as https://host/path'

/** A rule of the provider, which holds while it is on. */
function oidcRule(rule: Rule): Rule {
  return {
    key: rule.key,
    looksAt: [...rule.looksAt, 'oidc.enabled'],
    check: (subject) => (subject.config.oidc.enabled ? rule.check(subject) : null),
  }
}

const oidcRules: readonly Rule[] = [
  requiredWhen('oidc.issuer', oidcOn),
  requiredWhen('oidc.client_id', oidcOn),
  requiredWhen('oidc.redirect_uri', oidcOn),
  oidcRule({
    key: 'oidc.issuer',
    looksAt: ['oidc.issuer', 'outbound.allow_private_addresses'],
    check: ({ config: { oidc, outbound } }) => {
      if (oidc.issuer === '') return null
      const isFree = outbound.allowPrivateAddresses || isLocalhostIssuer(oidc.issuer)
      return httpsVerdict(oidc.issuer, isFree, 'must use https unless it is on localhost')
    },
  }),
  oidcRule({
    key: 'oidc.redirect_uri',
    looksAt: ['oidc.redirect_uri', 'server.issuer'],
    check: (subject) => {
      const { redirectUri } = subject.config.oidc
      const problem = 'must use https, as the issuer is not localhost'
      return redirectUri === '' ? null : httpsVerdict(redirectUri, !isProduction(subject), problem)
    },
  }),
  oidcRule({
    key: 'oidc.client_secret',
    looksAt: ['oidc.client_secret', 'oidc.client_secret_ref'],
    check: (subject) => {
      const isInline = secretText(subject, 'oidc.client_secret') !== ''
      const isNamed = subject.config.oidc.clientSecretRef !== ''
      const problem = isInline ? 'is set, and so is oidc.client_secret_ref' : 'no client secret'
      const remedy = 'set exactly one of oidc.client_secret and oidc.client_secret_ref'
      return must(isInline !== isNamed, problem, remedy)
    },
  }),
  oidcRule({
    key: 'oidc.client_secret_ref',
    looksAt: ['oidc.client_secret_ref'],
    check: secretRefVerdict,
  }),
  oidcRule({
    key: 'oidc.connector_id',
    looksAt: ['oidc.connector_id'],
    check: ({ config: { oidc } }) =>
      must(
        /^[a-zA-Z0-9-]*$/.test(oidc.connectorId),
        'may hold letters, digits and hyphens only',
        'write the id of the connector as the provider has it',
      ),
  }),
]

function httpsVerdict(text: string, isHttpAllowed: boolean, problem: string): Verdict {
  const url = parseHttpUrl(text)
  if (url === null) return { problem: 'must be an absolute http or https URL', remedy: absolute }
  return must(isHttpAllowed || url.protocol === 'https:', problem, 'write its https URL')
}

/** §5.2: only these variables may be named, so that a file cannot make us send out any other. */
function secretRefVerdict({ config, variable, hasDeprecatedRef }: Subject): Verdict {
  const name = config.oidc.clientSecretRef
  if (name === '') return null
  if (!hasDeprecatedRef && !/^(?:CONNECTOR_|AUTHPLANE_VAULT_)/.test(name))
    return {
      problem: `names the variable ${name}`,
      remedy: 'name one that begins with CONNECTOR_ or AUTHPLANE_VAULT_',
    }
  return must(
    (variable(name) ?? '') !== '',
    `names the variable ${name}, which is not set`,
    'set that variable to the client secret',
  )
}

export const upstreamRules: readonly Rule[] = [
  ...oidcRules,
  {
    key: 'connect.redirect_base_url',
    looksAt: ['connect.redirect_base_url'],
    check: ({ config: { connect } }) =>
      connect.redirectBaseUrl === ''
        ? null
        : httpsVerdict(
            connect.redirectBaseUrl,
            isLocalhostIssuer(connect.redirectBaseUrl),
            'must use https unless it is on localhost',
          ),
  },
  offInProduction('outbound.allow_private_addresses'),
]
