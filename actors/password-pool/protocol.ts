// Messages of the password pool (decisions B9, B50): slow hashes, away from everything that must be
// fast. Its members keep nothing between two messages.
import type { Ask } from '../runtime/protocol.ts'

export type PasswordPoolProtocol = {
  /** Argon2id PHC string of a password. */
  readonly hashPassword: Ask<{ readonly password: string }, { readonly hash: string }>
  /**
   * Whether the password is that of the stored hash; null stands for nobody. Takes the time of one
   * Argon2id run, except for imported hashes. `rehash` is the hash to store instead of a weaker
   * one.
   */
  readonly verifyPassword: Ask<
    { readonly password: string; readonly hash: string | null },
    {
      readonly isRight: boolean
      readonly rehash: string | null
      /** False: the stored hash is of no form that can be verified. */
      readonly isHashUsable: boolean
      /** The check took the time of an imported form; how long any check took, in milliseconds. */
      readonly isImported: boolean
      readonly tookMs: number
    }
  >
}
