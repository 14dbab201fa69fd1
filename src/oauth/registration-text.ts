// What is common to everything that is registered: a decision with all its problems, and texts that
// people read (names, descriptions), which must not hide anything.
import { utf8Bytes } from '../base/bytes.ts'

/** The accepted form of what was asked for, or every reason against it, in whole clauses. */
export type RegistrationDecision<Accepted> =
  | { readonly ok: true; readonly accepted: Accepted }
  | { readonly ok: false; readonly problems: readonly string[] }

/** The decision that `problems` make: accepted when there are none. */
export function decideBy<Accepted>(
  problems: readonly string[],
  accepted: Accepted,
): RegistrationDecision<Accepted> {
  return problems.length === 0 ? { ok: true, accepted } : { ok: false, problems }
}

/**
 * Problems of a text for people: too long, or with characters that a log, a terminal or a page
 * would not show as they are (controls, unpaired surrogates, overrides of the writing direction).
 */
export function problemsOfText(name: string, text: string, bytesMax: number): readonly string[] {
  const problems: string[] = []
  if (utf8Bytes(text).byteLength > bytesMax)
    problems.push(`${name} is longer than ${bytesMax} bytes`)
  if (/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]/u.test(text)) {
    problems.push(`${name} holds control characters`)
  }
  return problems
}

/** A text of the sender inside a problem: visible and bounded, whatever it holds. */
export function quoted(text: string): string {
  const shown = text.length > 100 ? `${text.slice(0, 100)}...` : text
  return JSON.stringify(shown).replace(/[^\x20-\x7e]/g, '?')
}
