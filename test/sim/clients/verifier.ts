// A resource server that fetches the published keys from time to time and verifies the tokens that
// it has been shown.
import { isVerified, mustVerify } from '../invariants/keys.ts'
import type { Surroundings } from './machine.ts'

const tokensAtOnce = 3

/** Verifies the latest tokens that no rotation may have outlived. */
export async function verifierAtWork({ server, history }: Surroundings): Promise<void> {
  for (const token of history.tokens.slice(-tokensAtOnce)) {
    if (mustVerify(history, token) && !isVerified(server, token.jwt)) {
      history.fail(`token ${token.jti} no longer verifies`)
    }
  }
}
