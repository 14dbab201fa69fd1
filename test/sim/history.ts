// What the clients of a run know: the operations they have begun and what came of each, and what
// must therefore be true of clients, tokens and keys. `unknown` is not `refused`: the effect of an
// operation that nobody answered may exist.
import { ActorError } from '../../actors/runtime/protocol.ts'
import { AdminError } from '../../src/flows/admin/admin-error.ts'
import { OAuthError, type OAuthErrorCode } from '../../src/oauth/oauth-error.ts'

export interface Operation {
  /** Also the address that it comes from: rows tell by it whose they are. */
  readonly id: string
  outcome: 'pending' | 'ok' | 'refused' | 'unknown'
}

export interface KnownClient {
  readonly id: string
  /** The secret that was told last; others were never right, or are no longer. */
  secret: string
  readonly retiredSecrets: string[]
  /** Acknowledged as suspended or deleted, and nothing begun since that could change it. */
  isBlocked: boolean
  /** No change of the status, or of the secret, is under way or of unknown outcome. */
  isStatusCertain: boolean
  isSecretCertain: boolean
  /** Grows whenever a change of it begins or ends. */
  epoch: number
  isBeingChanged: boolean
  isDeleted: boolean
}

export interface KnownToken {
  readonly jwt: string
  readonly jti: string
  readonly clientId: string
  readonly isBound: boolean
  /** Rotations that had ended when it was asked for: its key was in use after them. */
  readonly rotationsBefore: number
  isRevoked: boolean
}

/** Changes of one kind to one client, to be compared with the audit log. */
export interface ChangeCount {
  readonly clientId: string
  readonly action: string
  acknowledged: number
  unknown: number
}

export class History {
  readonly operations = new Map<string, Operation>()
  readonly clients: KnownClient[] = []
  readonly tokens: KnownToken[] = []
  readonly changes = new Map<string, ChangeCount>()
  /** Everything that no log line may show. */
  readonly secrets = new Set<string>()
  resourceUris: readonly string[] = []
  /** Jumps of the wall clock. */
  clockJumps = 0
  /** When the machine last came back from standing still: nothing can have been on time. */
  resumedAtMs = 0
  /** Everything that was logged. */
  readonly logLines: string[] = []
  failure: string | null = null

  /** The first failure counts: what follows may be its consequence. */
  fail(what: string): void {
    this.failure ??= what
  }

  begin(): Operation {
    const operation: Operation = { id: `10.0.0.${this.operations.size}`, outcome: 'pending' }
    this.operations.set(operation.id, operation)
    return operation
  }

  /** Files an error under what it says about the operation's effect. */
  settle(
    operation: Operation,
    error: unknown,
    expected: { readonly refusals: readonly OAuthErrorCode[]; readonly jumpsBefore: number },
  ): void {
    if (error instanceof ActorError) {
      operation.outcome = 'unknown'
      return
    }
    operation.outcome = 'refused'
    if (error instanceof AdminError) return
    if (!(error instanceof OAuthError)) return this.#failUnknown(error)
    if (expected.refusals.includes(error.code)) return
    // The claims are older, or younger, than the signer's policy allows.
    const isClockSet = this.clockJumps > expected.jumpsBefore
    if (isClockSet && error.code === 'temporarily_unavailable') return
    this.#failUnknown(error)
  }

  #failUnknown(error: unknown): void {
    this.fail(`an operation ends with an error of no documented kind: ${String(error)}`)
  }

  changeCount(clientId: string, action: string): ChangeCount {
    const key = `${action} ${clientId}`
    const known = this.changes.get(key)
    if (known !== undefined) return known
    const count = { clientId, action, acknowledged: 0, unknown: 0 }
    this.changes.set(key, count)
    return count
  }
}

/**
 * What one part alone needs to know, kept per run: declare it beside the part's invariants with
 * `const rotations = perRun(…)` and read it with `rotations(history)`.
 */
export function perRun<Known>(make: () => Known): (history: History) => Known {
  const known = new WeakMap<History, Known>()
  return (history) => {
    const value = known.get(history) ?? make()
    known.set(history, value)
    return value
  }
}
