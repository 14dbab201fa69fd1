// What clients and administrators of a test have seen: one entry per operation, on the monotonic
// clock of the process that sent it. `unknown` is what a timeout, a reset or a 5xx leaves behind:
// the server may have done it or not (reliability B.1).

export type Outcome = 'ok' | 'refused' | 'unknown'

/** When an operation was, and how it was answered. */
export interface Timed {
  readonly invokedMs: number
  readonly returnedMs: number
  readonly outcome: Outcome
  /** Of the answer; null when no whole answer came. */
  readonly status: number | null
  /** What the answer says about when to come again. */
  readonly retryAfter: string | null
}

/** A request for a token. */
export interface TokenOperation extends Timed {
  readonly op: 'token'
  readonly clientId: string
  /** What it can only succeed with: the client while it is active, the secret while it lives. */
  readonly keys: readonly string[]
  /** URI, or null for a token bound to no resource. */
  readonly resource: string | null
  readonly scope: string
  /** Present exactly when the outcome is ok. */
  readonly jwt: string | null
}

/** An administrator's change. */
export interface ChangeOperation extends Timed {
  readonly op: 'change'
  /** The action that its audit row carries, or null for what was so from the beginning. */
  readonly action: string | null
  /** The key that nothing may succeed with from now on, or null. */
  readonly ends: string | null
  /** The key that works again from now on, or null. */
  readonly revives: string | null
  /** The fact that is true (`+…`) or false (`-…`) from now on, or null. */
  readonly states: string | null
}

export type Operation = TokenOperation | ChangeOperation

export interface History {
  readonly operations: readonly Operation[]
  add(operation: Operation): void
}

/** An empty history. */
export function createHistory(): History {
  const operations: Operation[] = []
  return { operations, add: (operation) => void operations.push(operation) }
}

/** What a status means for the history; null = no whole answer came. */
export function outcomeOf(status: number | null): Outcome {
  if (status === null || status >= 500) return 'unknown'
  return status < 300 ? 'ok' : 'refused'
}

/** The tokens that clients hold. */
export function heldTokens(
  history: Pick<History, 'operations'>,
): readonly (TokenOperation & { readonly jwt: string })[] {
  return history.operations.flatMap((operation) =>
    operation.op === 'token' && operation.outcome === 'ok' && operation.jwt !== null
      ? [{ ...operation, jwt: operation.jwt }]
      : [],
  )
}

/** Statuses of answers that blame the server without saying when to come again, each once. */
export function dishonestRefusals(
  history: Pick<History, 'operations'>,
): readonly (number | null)[] {
  const dishonest = history.operations.filter(
    ({ status, retryAfter }) => (status ?? 0) >= 500 && !(status === 503 && retryAfter === '1'),
  )
  return [...new Set(dishonest.map(({ status }) => status))]
}
