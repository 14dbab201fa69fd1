// Finds `${NAME}` left in the configuration: nothing substitutes it, so the server would run
// with the placeholder as its value (spec 06 §3.3).
import type { Finding } from './findings.ts'

const placeholder = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?:\}|:[^}]*\})/

/** Variable of each key that has one. */
export type VariableOf = (key: string) => string | null

/**
 * Findings for all strings below `tree`, keys in sorted order, except keys whose variable is set.
 * Only the name is quoted: what follows a colon may be a default, and that a secret.
 */
export function findPlaceholders(
  tree: unknown,
  isOverridden: (key: string) => boolean,
  variableOf: VariableOf,
): readonly Finding[] {
  const findings: Finding[] = []
  const waiting: [string, unknown][] = [['', tree]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, value] = next
    if (isOverridden(path)) continue
    if (typeof value === 'string') {
      const finding = findInText(path, value, variableOf(path))
      if (finding !== null) findings.push(finding)
    } else waiting.push(...children(path, value).reverse())
  }
  return findings
}

/** The finding for one value, whatever its source, or null. */
export function findInText(key: string, text: string, variable: string | null): Finding | null {
  const name = placeholder.exec(text)?.[1]
  if (name === undefined) return null
  return {
    key,
    variable,
    problem: `holds the placeholder \${${name}}, which nothing replaces`,
    remedy:
      variable === null ? 'write the value itself' : `write the value itself or set ${variable}`,
  }
}

function children(path: string, value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.map((item, index) => [`${path}[${index}]`, item])
  if (typeof value !== 'object' || value === null) return []
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return entries.map(([name, item]) => [path === '' ? name : `${path}.${name}`, item])
}
