// What users have allowed, as an administrator sees and ends it (spec 05 §4.6).
import { keyValue } from '../../base/key-value.ts'
import type { ConsentGrant } from '../../records/consent-grant.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'

/** All consents of a user, revoked ones too, newest first. @throws ActorError */
export async function listConsentGrants(
  services: Services,
  operator: Operator,
  userId: string,
): Promise<readonly ConsentGrant[]> {
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask('listConsentGrants', { userId }, options)
  return outcome.reply.consents
}

export interface RevokedConsent {
  readonly revokedIssuances: number
  readonly revokedFamilies: number
}

/**
 * Revokes a consent and everything alive that came of it, in one unit. To revoke it again, or one
 * that does not exist, changes nothing and leaves no trace. @throws ActorError
 */
export async function revokeConsentGrant(
  services: Services,
  operator: Operator,
  id: string,
): Promise<RevokedConsent> {
  const options = askOptions(services, operator.trace)
  const { consent } = (await services.storage.ask('readConsentGrant', { id }, options)).reply
  if (consent === null) return { revokedIssuances: 0, revokedFamilies: 0 }
  const detail = [
    keyValue('id', id),
    keyValue('user_id', consent.userId),
    keyValue('client_id', consent.clientId),
    keyValue('resource_id', consent.resourceId),
  ].join(' ')
  const action = 'consent_grant.revoked_admin'
  const audit = adminEvent(services, operator, { action, clientId: consent.clientId, detail })
  const nowMs = services.clock.nowMs()
  const outcome = await services.storage.ask('revokeConsentGrant', { id, nowMs, audit }, options)
  return outcome.reply
}
