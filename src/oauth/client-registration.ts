// Rules for the metadata of a client, whoever registers it (spec 05 §4.1, 01 §5.1, RFC 7591 §2):
// defaults, limits, and which grants and redirect URIs may go together.
import { limits } from '../base/limits.ts'
import {
  type ApplicationType,
  applicationTypes,
  type Client,
  type ClientAuthMethod,
  clientAuthMethods,
  type GrantType,
  grantTypes,
} from '../records/client.ts'
import { documentReader, type JsonObject } from './json-document.ts'
import { readRedirectUri } from './redirect-uri.ts'
import { decideBy, problemsOfText, quoted, type RegistrationDecision } from './registration-text.ts'
import { formatScope, isScopeName, parseScope } from './scope.ts'

/** What somebody asks for; null = not said. */
export interface RequestedClient {
  readonly name: string | null
  readonly redirectUris: readonly string[] | null
  readonly grantTypes: readonly string[] | null
  readonly responseTypes: readonly string[] | null
  readonly tokenEndpointAuthMethod: string | null
  readonly scope: string | null
  readonly isAgent: boolean | null
  readonly agentDescription: string | null
  readonly applicationType: string | null
  readonly dpopBoundAccessTokens: boolean | null
}

/** What the metadata decides of a client's record. */
export type ClientMetadata = Pick<
  Client,
  | 'name'
  | 'redirectUris'
  | 'grantTypes'
  | 'responseTypes'
  | 'tokenEndpointAuthMethod'
  | 'scope'
  | 'isAgent'
  | 'agentDescription'
  | 'applicationType'
  | 'dpopBoundAccessTokens'
>

export interface RegistrationPolicy {
  /** Grants that are switched on; those without a switch need not be listed. */
  readonly enabledGrants: readonly GrantType[]
  readonly allowsPrivateUseSchemes: boolean
}

/** The variable that switches a grant on; the other grants have no switch (spec 05 §4.1). */
const switches: ReadonlyMap<GrantType, string> = new Map([
  ['client_credentials', 'AUTHPLANE_CLIENT_CREDENTIALS_ENABLED'],
  ['urn:ietf:params:oauth:grant-type:token-exchange', 'AUTHPLANE_TOKEN_EXCHANGE_ENABLED'],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'AUTHPLANE_XAA_ENABLED'],
])

const defaultGrants: readonly GrantType[] = ['authorization_code', 'refresh_token']
const redirectGrants: readonly GrantType[] = ['authorization_code', 'refresh_token']

/** Reads the wire form. Members that are not listed are ignored (spec 05 §3). */
export function readClientDocument(document: JsonObject): RegistrationDecision<RequestedClient> {
  const reader = documentReader(document, '')
  const requested = {
    name: reader.text('client_name'),
    redirectUris: reader.texts('redirect_uris'),
    grantTypes: reader.texts('grant_types'),
    responseTypes: reader.texts('response_types'),
    tokenEndpointAuthMethod: reader.text('token_endpoint_auth_method'),
    scope: reader.text('scope'),
    isAgent: reader.flag('agent'),
    agentDescription: reader.text('agent_description'),
    applicationType: reader.text('application_type'),
    dpopBoundAccessTokens: reader.flag('dpop_bound_access_tokens'),
  }
  return decideBy(reader.problems, requested)
}

/** Decides about a client as a whole: all problems, or its metadata with the defaults filled in. */
export function decideClient(
  requested: RequestedClient,
  policy: RegistrationPolicy,
): RegistrationDecision<ClientMetadata> {
  const name = requested.name?.trim() ?? ''
  const agentDescription = requested.agentDescription ?? ''
  const method = readMethod(requested.tokenEndpointAuthMethod)
  const grants = readGrants(requested.grantTypes, policy)
  const redirects = readRedirectUris(requested.redirectUris ?? [], {
    isRequired: grants.types.some((type) => redirectGrants.includes(type)),
    allowsPrivateUse: policy.allowsPrivateUseSchemes && method.value === 'none',
  })
  const application = readApplicationType(requested.applicationType)
  const scopeNames = parseScope(requested.scope ?? '')
  const problems = [
    ...(name === '' ? ['client_name is required'] : []),
    ...problemsOfText('client_name', name, limits.clientNameBytesMax),
    ...redirects.problems,
    ...grants.problems,
    ...problemsOfResponseTypes(requested.responseTypes),
    ...method.problems,
    ...application.problems,
    ...problemsOfScope(scopeNames),
    ...problemsOfText('agent_description', agentDescription, limits.agentDescriptionBytesMax),
  ]
  return decideBy(problems, {
    name,
    redirectUris: requested.redirectUris ?? [],
    grantTypes: grants.types,
    responseTypes: ['code'],
    tokenEndpointAuthMethod: method.value,
    scope: formatScope(scopeNames),
    isAgent: requested.isAgent ?? false,
    agentDescription,
    // Cursor registers its private-use URI as `web` (B6): what it registers is what it is.
    applicationType: redirects.hasPrivateUse ? 'native' : application.value,
    dpopBoundAccessTokens: requested.dpopBoundAccessTokens ?? false,
  })
}

function readMethod(requested: string | null): {
  readonly value: ClientAuthMethod
  readonly problems: readonly string[]
} {
  const value = clientAuthMethods.find((method) => method === (requested || 'none'))
  if (value !== undefined) return { value, problems: [] }
  return {
    value: 'none',
    problems: [`token_endpoint_auth_method must be one of ${clientAuthMethods.join(', ')}`],
  }
}

function readGrants(
  requested: readonly string[] | null,
  policy: RegistrationPolicy,
): { readonly types: readonly GrantType[]; readonly problems: readonly string[] } {
  const names = [...new Set(requested ?? defaultGrants)]
  const types = names.filter(isGrantType)
  const problems = names
    .filter((name) => !isGrantType(name))
    .map((name) => `grant type ${quoted(name)} is unknown`)
  for (const type of types) {
    const variable = switches.get(type)
    if (variable !== undefined && !policy.enabledGrants.includes(type)) {
      problems.push(`grant type ${type} is not enabled on this server (${variable})`)
    }
  }
  if (names.length === 0) problems.push('grant_types must name at least one grant type')
  return { types, problems }
}

function isGrantType(name: string): name is GrantType {
  const known: readonly string[] = grantTypes
  return known.includes(name)
}

function readRedirectUris(
  uris: readonly string[],
  rule: { readonly isRequired: boolean; readonly allowsPrivateUse: boolean },
): { readonly hasPrivateUse: boolean; readonly problems: readonly string[] } {
  const problems: string[] = []
  if (rule.isRequired && uris.length === 0) {
    problems.push('redirect_uris is required with authorization_code or refresh_token')
  }
  if (uris.length > limits.redirectUrisMax) {
    problems.push(`redirect_uris holds more than ${limits.redirectUrisMax} URIs`)
    return { hasPrivateUse: false, problems }
  }
  let hasPrivateUse = false
  for (const uri of uris) {
    const reading = readRedirectUri(uri)
    if ('problem' in reading) {
      problems.push(`redirect URI ${quoted(uri)} ${reading.problem}`)
    } else if (reading.kind === 'private-use') {
      hasPrivateUse = true
      if (rule.allowsPrivateUse) continue
      problems.push(`redirect URI ${quoted(uri)} has a scheme that only public clients may use`)
    }
  }
  return { hasPrivateUse, problems }
}

function problemsOfResponseTypes(requested: readonly string[] | null): readonly string[] {
  const isCodeOnly = requested === null || requested.every((type) => type === 'code')
  return isCodeOnly ? [] : ['response_types may hold code only']
}

function readApplicationType(requested: string | null): {
  readonly value: ApplicationType | null
  readonly problems: readonly string[]
} {
  if (requested === null || requested === '') return { value: null, problems: [] }
  const value = applicationTypes.find((type) => type === requested)
  if (value !== undefined) return { value, problems: [] }
  return { value: null, problems: ['application_type must be web or native'] }
}

function problemsOfScope(names: readonly string[]): readonly string[] {
  const problems = names
    .filter((name) => !isScopeName(name))
    .map((name) => `scope ${quoted(name)} holds characters that no scope has`)
  if (formatScope(names).length > limits.scopeBytesMax) {
    return [`scope is longer than ${limits.scopeBytesMax} bytes`]
  }
  return problems
}
