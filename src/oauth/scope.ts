// Scope sets (RFC 6749 §3.3, spec 01 §5.5): opaque names, compared byte by byte, no hierarchy.

/** Names of a space-separated scope, each once, in order of first appearance. */
export function parseScope(text: string): readonly string[] {
  if (text === '') return []
  if (!/\s/.test(text)) return [text]
  return [...new Set(text.split(/\s+/).filter((name) => name !== ''))]
}

/**
 * A computed set in the order in which it is serialised: by code units, which is by bytes for
 * ASCII.
 */
export function sortScope(names: readonly string[]): readonly string[] {
  return names.length < 2 ? names : names.toSorted(compare)
}

/** The serialised form of a set. */
export function formatScope(names: readonly string[]): string {
  return names.join(' ')
}

/** Whether every name of `part` is in `whole`. */
export function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((name) => whole.includes(name))
}

/** Names in both. */
export function intersect(left: readonly string[], right: readonly string[]): readonly string[] {
  return left.filter((name) => right.includes(name))
}

/** Whether `name` can stand in a `scope` parameter (RFC 6749 §3.3, `scope-token`). */
export function isScopeName(name: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name)
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
