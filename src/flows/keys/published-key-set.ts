// The public keys that this process serves as its JWKS, serialised once per change.
import { assert } from '../../base/assert.ts'
import { jwksDocument } from '../../oauth/jwks-document.ts'
import type { PublishedKeys } from '../../records/signing-key.ts'

export interface PublishedKeySet {
  /** Serves `keys` from now on. */
  publish(keys: PublishedKeys): void
  keys(): PublishedKeys
  /** The JWKS document in JSON. */
  jwks(): string
}

/** A set that is empty until the first `publish`. */
export function createPublishedKeySet(): PublishedKeySet {
  let published: PublishedKeys | null = null
  let document = ''
  return {
    publish(keys) {
      document = JSON.stringify(jwksDocument(keys))
      published = keys
    },
    keys() {
      assert(published !== null, 'keys are published before anybody asks for them')
      return published
    },
    jwks() {
      assert(published !== null, 'keys are published before anybody asks for them')
      return document
    },
  }
}
