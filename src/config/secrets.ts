// Named secrets as bytes. They live in a closure, never in a string or in the configuration, and in
// shared memory, so that the one worker that needs a secret can receive it (architecture §4.4).
import { inspect } from 'node:util'
import { assert } from '../base/assert.ts'
import { utf8Bytes } from '../base/bytes.ts'
import type { SecretName } from './schema.ts'

export interface Secrets {
  has(name: SecretName): boolean
  /** The secret itself, not a copy. Must be there. */
  bytes(name: SecretName): Uint8Array
  /** The memory behind `bytes`, to be sent to a worker. Must be there. */
  share(name: SecretName): SharedArrayBuffer
  /** These secrets and `more`; a name in both takes the value of `more`. */
  with(more: ReadonlyMap<SecretName, string>): Secrets
  toJSON(): string
}

const hidden = '[secret]'

/** Holds `texts`; an empty one counts as absent. */
export function createSecrets(texts: ReadonlyMap<SecretName, string>): Secrets {
  return holdSecrets(new Map([...texts].flatMap(([name, text]) => toShared(name, text))))
}

function toShared(name: SecretName, text: string): [SecretName, Uint8Array<SharedArrayBuffer>][] {
  if (text === '') return []
  const bytes = utf8Bytes(text)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
  shared.set(bytes)
  return [[name, shared]]
}

function holdSecrets(held: ReadonlyMap<SecretName, Uint8Array<SharedArrayBuffer>>): Secrets {
  const find = (name: SecretName): Uint8Array<SharedArrayBuffer> => {
    const bytes = held.get(name)
    assert(bytes !== undefined, `the secret ${name} is there`)
    return bytes
  }
  const secrets = {
    has: (name: SecretName) => held.has(name),
    bytes: find,
    share: (name: SecretName) => find(name).buffer,
    with: (more: ReadonlyMap<SecretName, string>) =>
      holdSecrets(new Map([...held, ...[...more].flatMap(([name, text]) => toShared(name, text))])),
    toJSON: () => hidden,
    toString: () => hidden,
    [inspect.custom]: () => hidden,
  }
  return Object.freeze(secrets)
}
