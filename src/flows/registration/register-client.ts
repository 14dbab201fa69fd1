// Dynamic client registration (RFC 7591, spec 01 §11): mode, approved redirect URIs, metadata, then
// the client and its audit row in one unit.
import { assert } from '../../base/assert.ts'
import { limits } from '../../base/limits.ts'
import { hashClientSecret } from '../../oauth/client-secret.ts'
import { type JsonObject, memberOf } from '../../oauth/json-document.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import {
  areApproved,
  decideSelfRegistration,
  namedRedirectUris,
  type RegisteredClient,
  selfDescriptionOf,
} from '../../oauth/registration.ts'
import type { Caller } from '../../oauth/token-request.ts'
import type { Client } from '../../records/client.ts'
import { askOptions, type Services } from '../services.ts'
import { clientEvent } from './registration-audit.ts'
import { readRegistrationMode } from './registration-mode.ts'
import { selfRegistrationPolicy } from './self-registration-policy.ts'

/** Registers a client as it describes itself. @throws OAuthError, ActorError. */
export async function registerClient(
  services: Services,
  document: JsonObject,
  caller: Caller,
): Promise<RegisteredClient> {
  const { settings, clock, random } = services
  await refuseByMode(services, document, caller)
  const description = selfDescriptionOf(document)
  const decision = decideSelfRegistration(description, selfRegistrationPolicy(settings))
  if (!decision.ok) throw new OAuthError('invalid_client_metadata', told(decision.problems))
  const metadata = decision.accepted
  const nowMs = clock.nowMs()
  const secret = metadata.tokenEndpointAuthMethod === 'none' ? null : random.secret()
  const client: Client = {
    ...metadata,
    id: random.opaqueId(),
    secretHash: secret === null ? '' : hashClientSecret(secret, settings.clientSecretPepper),
    status: 'active',
    registrationSource: 'dcr',
    cimdUrl: '',
    version: 1,
    issuedAtMs: nowMs,
    updatedAtMs: nowMs,
  }
  const audit = clientEvent(services, client.id, {
    action: 'client.registered',
    ip: caller.ip,
    detail: 'source=dcr',
    trace: caller.trace,
  })
  const options = askOptions(services, caller.trace)
  const outcome = await services.storage.ask('createClient', { client, audit }, options)
  assert(outcome.ok, 'an id that was just drawn is not taken')
  services.meters.clientRegistered('dcr')
  return {
    client,
    secret,
    namesRedirectUris: (memberOf(document, 'redirect_uris') ?? null) !== null,
  }
}

async function refuseByMode(
  services: Services,
  document: JsonObject,
  { trace }: Caller,
): Promise<void> {
  const mode = await readRegistrationMode(services, trace)
  if (mode === 'admin_only') {
    throw new OAuthError('access_denied', 'clients are registered by an administrator')
  }
  if (mode === 'open') return
  const { approvedRedirects } = services.settings.registration
  if (areApproved(namedRedirectUris(document), approvedRedirects)) return
  throw new OAuthError('invalid_redirect_uri', 'a redirect URI is not one of the approved ones')
}

/** All problems in one text: some of it repeats what was sent, hence the bound. */
function told(problems: readonly string[]): string {
  return problems.join('; ').slice(0, limits.problemDetailCharactersMax)
}
