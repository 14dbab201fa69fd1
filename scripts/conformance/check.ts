// What a check of conformance is, how it says that something is wrong or not to be tried here, and
// what it works with.
import type { Deployment } from './deployment.ts'

export interface Check {
  /** Short and unique, for `--only` and for programs that read the report. */
  readonly id: string
  /** What it holds the deployment against, such as `RFC 8414 §3.3`. */
  readonly source: string
  /** What is so when the check passes. */
  readonly claim: string
  /** @throws Violation when it is not so, NotApplicable when it cannot be tried here. */
  readonly run: (deployment: Deployment) => Promise<void>
}

/** The deployment does something else than it has to. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** The check cannot be tried: something is switched off, or an option is missing. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable'
}

/** @throws Violation unless `isSo`. */
export function expect(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new Violation(otherwise)
}

/** @throws Violation unless both are the same text or number. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  expect(actual === expected, `${what} is ${show(actual)}, not ${show(expected)}`)
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? 'missing'
}
