// Assertions that stay on in production. A failed assertion is a bug of ours, never a caller's
// mistake: inside an actor it ends the worker, so that corrupt state does not linger.

/** A condition the program relies on does not hold. Not caught except by supervisors. */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/** Throws `InvariantViolation` with `what` (a sentence of what must hold) unless `condition`. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new InvariantViolation(what)
}

/** Marks a branch that the types already exclude; reached only through a bug. */
export function unreachable(value: never): never {
  throw new InvariantViolation(`unreachable value: ${String(value)}`)
}
