// The user's yes (spec 01 §8): consent, narrowed scope and code in one unit. The location is made
// before the code is stored, and from nothing but the stored authorization.
import { sha256Base64url } from '../../base/hash.ts'
import { codeLocation } from '../../oauth/authorization-response.ts'
import { decideApproval, type Pending } from '../../oauth/consent.ts'
import { PageRefusal, type PageRefusalReason } from '../../oauth/page-refusal.ts'
import { formatScope } from '../../oauth/scope.ts'
import type { ConsentGrant } from '../../records/consent-grant.ts'
import type { User } from '../../records/user.ts'
import type { Visitor } from '../login/login-audit.ts'
import { askOptions, type Services } from '../services.ts'
import { consentEvent } from './consent-audit.ts'
import { readPending } from './read-consent.ts'
import { traced } from './traced.ts'

export interface Approval {
  readonly authorizationId: string
  /** Scopes that the user has ticked, each once. */
  readonly ticked: readonly string[]
  readonly visitor: Visitor
}

/** The location with the code. @throws PageRefusal, ActorError. */
export function approveConsent(
  services: Services,
  user: User,
  approval: Approval,
): Promise<string> {
  const step = { name: 'ConsentService.Approve', visitor: approval.visitor }
  return traced(services, step, (visitor) => approve(services, user, { ...approval, visitor }))
}

async function approve(services: Services, user: User, approval: Approval): Promise<string> {
  const { authorizationId, ticked, visitor } = approval
  const pending = await readPending(services, user, { authorizationId, trace: visitor.trace })
  const { authorization } = pending
  const scopes = decideApproval(pending, ticked)
  const code = services.random.secret()
  const { issuer } = services.settings.features
  const location = codeLocation({ ...authorization, issuer }, code)
  const nowMs = services.clock.nowMs()
  const outcome = await services.storage.ask(
    'approveConsent',
    {
      authorizationId,
      userId: user.id,
      consent: consentOf(services, pending, scopes),
      scope: formatScope(scopes),
      codeHash: sha256Base64url(code),
      nowMs,
      audit: consentEvent(services, visitor, { authorization, scopes }),
    },
    askOptions(services, visitor.trace),
  )
  if (!outcome.ok) throw new PageRefusal(reasons[outcome.refusal])
  services.meters.consentDecided('granted')
  services.meters.authorizationFlowed((nowMs - authorization.createdAtMs) / 1000)
  return location
}

/** What changed between the reading and the unit. */
const reasons = {
  'authorization-gone': 'authorization-gone',
  'client-gone': 'inactive-client',
  'user-gone': 'signed-out',
  'resource-gone': 'unknown-resource',
} as const satisfies Readonly<Record<string, PageRefusalReason>>

function consentOf(
  { clock, random }: Services,
  { authorization, resource }: Pending,
  scopes: readonly string[],
): ConsentGrant | null {
  if (resource === null) return null
  const nowMs = clock.nowMs()
  return {
    id: random.uuidV7(nowMs),
    userId: authorization.userId,
    clientId: authorization.clientId,
    resourceId: resource.id,
    scopes,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    revokedAtMs: null,
  }
}
