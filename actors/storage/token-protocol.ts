// Messages of the storage actor about tokens as administrators see them: families of users' tokens,
// and machine tokens (spec 05 §4.2).
import type { ListedToken } from '../../src/records/listed-token.ts'
import type { TokenFamily } from '../../src/records/token-family.ts'
import type { Ask } from '../runtime/protocol.ts'

/**
 * Parts of the list, each newest first: families that are active, those that are revoked, machine
 * tokens of a resource, and those of none.
 */
export type TokenSection = 'active-families' | 'revoked-families' | 'bound' | 'unbound'

export type TokenReads = {
  /**
   * The next tokens of one part of the list: how many match, and of those the ones that come after
   * the first `skip`, at most `limit`. Looks at a bounded number of rows and says where to go on;
   * `next` null = done.
   */
  readonly listTokens: Ask<
    {
      readonly section: TokenSection
      readonly clientId: string | null
      /** Machine tokens have no user; the sender asks for none of theirs. */
      readonly userId: string | null
      /** Machine tokens that were issued before are left out, as are those that have expired. */
      readonly machineSinceMs: number
      readonly nowMs: number
      /** Where the last answer ended; null = begin. */
      readonly below: number | null
      readonly skip: number
      readonly limit: number
    },
    {
      readonly count: number
      readonly tokens: readonly ListedToken[]
      readonly next: number | null
    }
  >
  /** What an id belongs to: a family, or an access token that storage knows; both null = none. */
  readonly findToken: Ask<
    { readonly id: string },
    {
      readonly family: TokenFamily | null
      readonly accessToken: {
        readonly clientId: string
        readonly isMachine: boolean
        readonly expiresAtMs: number
      } | null
    }
  >
}
