// Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document, spec 01 §12): which
// URLs can be the id of a client, and what the document at such a URL must say.
import { limits } from '../base/limits.ts'
import { readStrictJson } from '../base/strict-json.ts'
import { parseUrl } from '../base/url.ts'
import { type GrantType, grantTypes } from '../records/client.ts'
import type { ClientMetadata } from './client-registration.ts'
import { isJsonObject, type JsonObject, memberOf } from './json-document.ts'
import {
  decideSelfRegistration,
  type SelfRegistrationPolicy,
  selfDescriptionOf,
  userGrants,
} from './registration.ts'
import type { RegistrationDecision } from './registration-text.ts'

/** Whether a client id of this form stands for a document. */
export function isDocumentId(clientId: string): boolean {
  return /^https?:\/\//.test(clientId)
}

/**
 * The URL that a client id stands for, or null when it must not be fetched. It has a path, no
 * fragment and no credentials, and is written as a parser would write it: no dot segments, no
 * default port, no other notation of a host. Its address is judged when it is dialled.
 */
export function readDocumentUrl(clientId: string, requiresHttps: boolean): URL | null {
  if (clientId.length > limits.uriBytesMax || !/^[\x21-\x7e]+$/.test(clientId)) return null
  const url = parseUrl(clientId)
  if (url === null || url.href !== clientId) return null
  if (url.protocol !== 'https:' && (requiresHttps || url.protocol !== 'http:')) return null
  if (clientId.includes('#') || url.username !== '' || url.password !== '') return null
  return url.pathname.split('/').some((segment) => segment !== '') ? url : null
}

/** Whether a `Content-Type` names JSON: `application/json` or `application/*+json` (D8). */
export function isJsonMediaType(contentType: string | undefined): boolean {
  return /^application\/(?:[\w!#$&^.+-]+\+)?json[ \t]*(?:;|$)/i.test(contentType ?? '')
}

/** Decides about the document that was found at `url`: all problems, or what is stored of it. */
export function decideClientDocument(
  body: Uint8Array,
  url: string,
  policy: SelfRegistrationPolicy,
): RegistrationDecision<ClientMetadata> {
  const reading = readStrictJson(body, limits.jsonDepthMax)
  if (!reading.ok || !isJsonObject(reading.value)) return refused('the document is no JSON object')
  const document = reading.value
  if (memberOf(document, 'client_id') !== url) {
    return refused('client_id of the document is not its URL')
  }
  const secret = sharedSecretIn(document)
  if (secret !== null) return refused(`${secret}: a public document holds no shared secret`)
  const named = memberOf(document, 'grant_types') ?? null
  const machineGrant = Array.isArray(named) ? named.find(isMachineGrant) : undefined
  if (machineGrant !== undefined) {
    return refused(`grant type ${machineGrant} needs a secret, which such a client does not have`)
  }
  const description = selfDescriptionOf(document)
  return decideSelfRegistration(
    {
      ...description,
      // One document serves all servers: what only others have is no fault of it (VS Code names
      // the device grant).
      grant_types: Array.isArray(named) ? named.filter(isKnownOrNoText) : named,
      // Whatever it names, there is nothing that such a client could authenticate with here.
      token_endpoint_auth_method: null,
    },
    policy,
  )
}

function refused(problem: string): RegistrationDecision<ClientMetadata> {
  return { ok: false, problems: [problem] }
}

/** The member that speaks of a secret known to both sides, which the draft forbids, or null. */
function sharedSecretIn(document: JsonObject): string | null {
  const member = ['client_secret', 'client_secret_expires_at'].find((name) =>
    Object.hasOwn(document, name),
  )
  if (member !== undefined) return member
  const method = memberOf(document, 'token_endpoint_auth_method')
  const isShared = typeof method === 'string' && /^client_secret/i.test(method)
  return isShared ? 'token_endpoint_auth_method' : null
}

function isGrantType(name: unknown): name is GrantType {
  const known: readonly unknown[] = grantTypes
  return known.includes(name)
}

function isMachineGrant(name: unknown): name is GrantType {
  return isGrantType(name) && !userGrants.includes(name)
}

/** Texts that name no grant of ours are dropped; what is no text is a fault that is told later. */
function isKnownOrNoText(name: unknown): boolean {
  return typeof name !== 'string' || isGrantType(name)
}
