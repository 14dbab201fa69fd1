// Messages of the password pool (decisions B9, B50): slow hashes, away from everything that must be
// fast. Its members keep nothing between two messages.
import type { Ask } from '../runtime/protocol.ts'

export type PasswordPoolProtocol = {
  /** Argon2id PHC string of a password. */
  readonly hashPassword: Ask<{ readonly password: string }, { readonly hash: string }>
  /**
   * Whether the password is that of the stored hash. Takes the time of one Argon2id run in every
   * case; null stands for nobody. `rehash` is the hash to store instead of an imported one.
   */
  readonly verifyPassword: Ask<
    { readonly password: string; readonly hash: string | null },
    {
      readonly isRight: boolean
      readonly rehash: string | null
      /** False: the stored hash is of no form that can be verified. */
      readonly isHashUsable: boolean
    }
  >
}
