// What the consent page shows (spec 01 §8): a pending authorization, to the user who began it and
// to nobody else.
import type { TraceContext } from '../../base/telemetry.ts'
import { canReuseConsent, type Pending, requirePending } from '../../oauth/consent.ts'
import type { User } from '../../records/user.ts'
import { askOptions, type Services } from '../services.ts'

export interface ConsentQuestion extends Pending {
  /** Whether the answer can spare the user this question the next time. */
  readonly isRemembered: boolean
}

/** The question that `user` is to answer. @throws PageRefusal, ActorError. */
export async function readConsent(
  services: Services,
  user: User,
  asked: { readonly authorizationId: string; readonly trace: TraceContext | null },
): Promise<ConsentQuestion> {
  const pending = await readPending(services, user, asked)
  const { client, resource, authorization } = pending
  const { reconsentsNative } = services.settings.authorization
  const { redirectUri } = authorization
  const isRemembered = canReuseConsent({ client, redirectUri, reconsentsNative })
  return { ...pending, isRemembered: resource !== null && isRemembered }
}

/** The authorization, if it waits for an answer of `user`. @throws PageRefusal, ActorError. */
export async function readPending(
  services: Services,
  user: User,
  asked: { readonly authorizationId: string; readonly trace: TraceContext | null },
): Promise<Pending> {
  const options = askOptions(services, asked.trace)
  const request = { id: asked.authorizationId }
  const outcome = await services.storage.ask('readAuthorization', request, options)
  return requirePending(outcome.reply, { userId: user.id, nowMs: services.clock.nowMs() })
}
