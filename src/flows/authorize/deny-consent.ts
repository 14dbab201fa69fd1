// The user's no (spec 01 §8, B4): the authorization is over, and the client is told.
import { errorLocation } from '../../oauth/authorization-response.ts'
import { PageRefusal } from '../../oauth/page-refusal.ts'
import type { User } from '../../records/user.ts'
import type { Visitor } from '../login/login-audit.ts'
import { askOptions, type Services } from '../services.ts'
import { consentEvent } from './consent-audit.ts'
import { readPending } from './read-consent.ts'
import { traced } from './traced.ts'

export interface Denial {
  readonly authorizationId: string
  readonly visitor: Visitor
}

/** The location with the refusal. @throws PageRefusal, ActorError. */
export function denyConsent(services: Services, user: User, denial: Denial): Promise<string> {
  const step = { name: 'ConsentService.Deny', visitor: denial.visitor }
  return traced(services, step, (visitor) => deny(services, user, { ...denial, visitor }))
}

async function deny(services: Services, user: User, denial: Denial): Promise<string> {
  const { authorizationId, visitor } = denial
  const pending = await readPending(services, user, { authorizationId, trace: visitor.trace })
  const { authorization } = pending
  const { issuer } = services.settings.features
  const location = errorLocation(
    { ...authorization, issuer },
    { code: 'access_denied', description: 'the user did not allow this' },
  )
  const outcome = await services.storage.ask(
    'denyConsent',
    {
      authorizationId,
      userId: user.id,
      nowMs: services.clock.nowMs(),
      audit: consentEvent(services, visitor, { authorization, scopes: null }),
    },
    askOptions(services, visitor.trace),
  )
  if (!outcome.ok) throw new PageRefusal('authorization-gone')
  services.meters.consentDecided('denied')
  return location
}
