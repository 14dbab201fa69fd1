// Rules for protected resources and their policy (spec 05 §4.4, 03 §1.1–1.3): what an administrator
// may register, and what of it is stored.
import { utf8Bytes } from '../base/bytes.ts'
import { limits } from '../base/limits.ts'
import { parseHttpUrl } from '../base/url.ts'
import {
  type BackendKind,
  backendKinds,
  type Resource,
  type ResourcePolicy,
  type ResourceScope,
} from '../records/resource.ts'
import { documentReader, type JsonObject } from './json-document.ts'
import { decideBy, problemsOfText, quoted, type RegistrationDecision } from './registration-text.ts'
import { canonicalResource } from './resource-indicator.ts'
import { isScopeName } from './scope.ts'

/** What somebody asks for, with the id of the provider; null = not said. */
export interface ResolvedResource {
  readonly slug: string | null
  readonly uri: string | null
  readonly backendKind: string | null
  readonly brokerProviderId: string | null
  readonly displayName: string | null
  readonly scopes: readonly ResourceScope[] | null
  readonly policy: ResourcePolicy | null
}

/** What somebody asks for; null = not said. */
export interface RequestedResource extends ResolvedResource {
  /** Beside, or in place of, the id. */
  readonly brokerProviderSlug: string | null
}

/** What of a resource somebody asks to change; lists of the policy that are absent stay. */
export type RequestedResourceChange = Omit<RequestedResource, 'policy'> & {
  readonly policy: Partial<ResourcePolicy> | null
}

/** The members of a resource that an administrator decides. */
export type ResourceMetadata = Omit<Resource, 'id' | 'createdAtMs' | 'updatedAtMs'>

export const emptyPolicy: ResourcePolicy = {
  exchangeAllowedClientIds: [],
  runtimeClientIds: [],
  connectAllowedReturnUrls: [],
}

/** Members of the wire form, in the order in which audit rows name them. */
export const resourceFields = {
  slug: 'slug',
  uri: 'uri',
  backendKind: 'backend_kind',
  brokerProviderId: 'broker_provider_id',
  displayName: 'display_name',
  scopes: 'scopes',
  policy: 'policy',
} as const satisfies Record<keyof ResolvedResource, string>

/** Forms of a return URL that stand for any port of this machine (03 §3.1). */
const anyPortPattern = /^https?:\/\/(?:localhost|127\.0\.0\.1):\*$/

/** Reads the wire form of a creation or a change. Unknown members are problems (spec 05 §3). */
export function readResourceDocument(
  document: JsonObject,
): RegistrationDecision<RequestedResource> {
  const reader = documentReader(document, '')
  reader.refuseOthers([...Object.values(resourceFields), 'broker_provider_slug'])
  const problems: string[] = []
  const scopes = reader.objects('scopes')
  const policy = reader.object('policy')
  const requested = {
    slug: reader.text('slug'),
    uri: reader.text('uri'),
    backendKind: reader.text('backend_kind'),
    brokerProviderId: reader.text('broker_provider_id'),
    brokerProviderSlug: reader.text('broker_provider_slug'),
    displayName: reader.text('display_name'),
    scopes: scopes === null ? null : readScopes(scopes, problems),
    policy: policy === null ? null : readPolicy(policy, problems),
  }
  return decideBy([...reader.problems, ...problems], requested)
}

/** Reads a list of scopes in wire form, as in a resource or in a scopes file (spec 05 §8). */
export function readScopesDocument(value: unknown): RegistrationDecision<readonly ResourceScope[]> {
  const reader = documentReader({ scopes: value }, '')
  const problems: string[] = []
  const scopes = readScopes(reader.objects('scopes') ?? [], problems)
  return decideBy([...reader.problems, ...problems], scopes)
}

/** Counted before anything is said about each. */
function readScopes(
  documents: readonly JsonObject[],
  problems: string[],
): readonly ResourceScope[] {
  if (documents.length > limits.resourceScopesMax) {
    problems.push(`scopes holds more than ${limits.resourceScopesMax} scopes`)
    return []
  }
  return documents.map((document, index) => readScope(document, index, problems))
}

function readScope(document: JsonObject, index: number, problems: string[]): ResourceScope {
  const reader = documentReader(document, `scopes[${index}].`)
  reader.refuseOthers(['name', 'description', 'upstream'])
  const scope = {
    name: reader.text('name') ?? '',
    description: reader.text('description') ?? '',
    upstream: reader.text('upstream') ?? '',
  }
  problems.push(...reader.problems)
  return scope
}

function readPolicy(document: JsonObject, problems: string[]): ResourcePolicy {
  const reader = documentReader(document, 'policy.')
  reader.refuseOthers(['exchange', 'runtime', 'connect'])
  const readList = (part: string, name: string): readonly string[] => {
    const partReader = documentReader(reader.object(part) ?? {}, `policy.${part}.`)
    partReader.refuseOthers([name])
    const entries = partReader.texts(name) ?? []
    problems.push(...partReader.problems)
    return entries
  }
  const policy = {
    exchangeAllowedClientIds: readList('exchange', 'allowed_client_ids'),
    runtimeClientIds: readList('runtime', 'client_ids'),
    connectAllowedReturnUrls: readList('connect', 'allowed_return_urls'),
  }
  problems.push(...reader.problems)
  return policy
}

/** Decides about a resource as a whole: all problems, or the members to store. */
export function decideResource(
  requested: ResolvedResource,
): RegistrationDecision<ResourceMetadata> {
  const slug = requested.slug?.toLowerCase() ?? ''
  const uri = requested.uri ?? ''
  const displayName = requested.displayName ?? ''
  const backendKind = backendKinds.find((kind) => kind === requested.backendKind) ?? null
  const brokerProviderId = requested.brokerProviderId || null
  const scopes = requested.scopes ?? []
  const policy = policyFor(backendKind, requested.policy ?? emptyPolicy)
  const problems = [
    ...problemsOfSlug(slug),
    ...problemsOfUri(uri),
    ...problemsOfKind(backendKind, brokerProviderId),
    ...problemsOfText('display_name', displayName, limits.displayNameBytesMax),
    ...problemsOfScopes(scopes),
    ...problemsOfPolicy(policy),
  ]
  return decideBy(problems, {
    slug,
    displayName,
    uri,
    backendKind: backendKind ?? 'mint',
    brokerProviderId,
    scopes,
    policy,
  })
}

/** Whether a URL may stand among the return URLs of a broker resource. */
export function isReturnUrl(text: string): boolean {
  if (anyPortPattern.test(text)) return true
  return isWholeHttpUrl(text) && utf8Bytes(text).byteLength <= limits.uriBytesMax
}

/** Each entry once. The connect part of a mint resource is dropped without a word (05 §4.4). */
function policyFor(kind: BackendKind | null, policy: ResourcePolicy): ResourcePolicy {
  return {
    exchangeAllowedClientIds: [...new Set(policy.exchangeAllowedClientIds)],
    runtimeClientIds: [...new Set(policy.runtimeClientIds)],
    connectAllowedReturnUrls: kind === 'mint' ? [] : [...new Set(policy.connectAllowedReturnUrls)],
  }
}

function problemsOfSlug(slug: string): readonly string[] {
  if (slug === '') return ['slug is required']
  if (/^[a-z0-9][a-z0-9-]{0,63}$/.test(slug)) return []
  return ['slug must be 1 to 64 letters, digits and dashes, and must not begin with a dash']
}

function problemsOfUri(uri: string): readonly string[] {
  if (uri === '') return []
  if (utf8Bytes(uri).byteLength > limits.uriBytesMax) {
    return [`uri is longer than ${limits.uriBytesMax} bytes`]
  }
  // Token requests are compared in canonical form (B28): a URI without one could not be asked for.
  if (isWholeHttpUrl(uri) && canonicalResource(uri) !== null) return []
  return ['uri must be an absolute http or https URL with a host and without a fragment']
}

function problemsOfKind(kind: BackendKind | null, providerId: string | null): readonly string[] {
  if (kind === null) return [`backend_kind must be one of ${backendKinds.join(', ')}`]
  if (kind === 'mint' && providerId !== null) return ['a mint resource must not name a provider']
  if (kind === 'broker' && providerId === null) return ['a broker resource must name a provider']
  return []
}

function problemsOfScopes(scopes: readonly ResourceScope[]): readonly string[] {
  const seen = new Set<string>()
  return scopes.flatMap(({ name, description, upstream }, index) => {
    const at = `scopes[${index}]`
    const problems = [
      ...problemsOfText(`${at}.description`, description, limits.displayNameBytesMax),
      ...problemsOfText(`${at}.upstream`, upstream, limits.displayNameBytesMax),
    ]
    if (name === '') problems.push(`${at} has no name`)
    else if (!isScopeName(name) || name.length > limits.displayNameBytesMax) {
      problems.push(`${at} has the name ${quoted(name)}, which no scope can have`)
    } else if (seen.has(name)) problems.push(`scope ${quoted(name)} is listed twice`)
    seen.add(name)
    return problems
  })
}

function problemsOfPolicy(policy: ResourcePolicy): readonly string[] {
  const clientIds = [...policy.exchangeAllowedClientIds, ...policy.runtimeClientIds]
  const problems = policy.connectAllowedReturnUrls
    .filter((url) => !isReturnUrl(url))
    .map((url) => `return URL ${quoted(url)} is not an absolute http or https URL`)
  if (clientIds.includes('')) problems.push('a client id of the policy is empty')
  return problems
}

/** Http or https with a host, in the text as it is: the parser also takes `https:host`. */
function isWholeHttpUrl(text: string): boolean {
  return /^https?:\/\/[^/?#\\\s]/i.test(text) && parseHttpUrl(text) !== null
}
