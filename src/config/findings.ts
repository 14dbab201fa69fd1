// What configuration loading has to say: findings that refuse the configuration, and warnings that
// do not (spec 06 §1 step 6, §5.4). No text ever contains the value of a secret key.

/** One thing that is wrong or doubtful. */
export interface Finding {
  /** Dotted key, or the name of what has no key (a file). */
  readonly key: string
  /** Variable that sets the same thing, or null. */
  readonly variable: string | null
  /** What is wrong; of a warning constant per kind, so that it can be searched for. */
  readonly problem: string
  /** The way out. */
  readonly remedy: string
}

/** The configuration is refused. Carries all findings at once; the message lists them numbered. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    const count = findings.length === 1 ? '1 problem' : `${findings.length} problems`
    const lines = findings.map((finding, index) => `${index + 1}. ${describeFinding(finding)}`)
    super(`the configuration has ${count}:\n${lines.join('\n')}`)
    this.findings = findings
  }
}

/** One line: key, variable, problem, way out. */
export function describeFinding({ key, variable, problem, remedy }: Finding): string {
  const name = variable === null ? key : `${key} (${variable})`
  return `${name}: ${problem}; ${remedy}`
}

/** A value as messages show it: quoted, control characters escaped, cut to 60 characters. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
