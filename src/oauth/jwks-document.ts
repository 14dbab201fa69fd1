// The published key set (RFC 7517, spec 02 §8).
import type { PublicJwk, PublishedKeys } from '../records/signing-key.ts'

/** `{keys}`: the current key first, then a prepared and the previous one. Public members only. */
export function jwksDocument(keys: PublishedKeys): { readonly keys: readonly PublicJwk[] } {
  return { keys: [keys.current, keys.prepared, keys.previous].filter((key) => key !== null) }
}
