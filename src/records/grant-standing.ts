// What a user's token depends on, as one read of storage finds it (spec 02 §5.3, 04 §1.3).
import type { TokenClient } from './client.ts'
import type { ConsentGrant } from './consent-grant.ts'
import type { TokenResource } from './resource.ts'
import type { TokenUser } from './user.ts'

/** Everybody and everything a user's token depends on, as it is now. */
export interface GrantStanding {
  /** Whom the request names; the flow compares it with whom the code or token belongs to. */
  readonly client: TokenClient | null
  readonly user: TokenUser | null
  /** The resource the authorization was for; null when it was for none, or it is gone. */
  readonly resource: TokenResource | null
  /** Consent of the user for this client and resource, unless revoked; null without a resource. */
  readonly consent: Pick<ConsentGrant, 'id' | 'scopes'> | null
  /** What the request's own `resource` denotes, as in `readTokenContext`; empty = not sent. */
  readonly requested: readonly TokenResource[]
}
