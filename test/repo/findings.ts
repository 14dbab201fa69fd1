// What a rule of this folder is: a pure function over paths and texts that answers with findings.

/** One breach: `path:line rule message` when printed. */
export interface Finding {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** A rule over one file. Which files it concerns is for the rule to say. */
export type FileRule = (file: SourceFile) => readonly Finding[]

/** The form in which a failing test shows findings; editors make `path:line` a link. */
export function describeFindings(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ path, line, rule, message }) => `${path}:${line} ${rule}: ${message}`)
}

/** Number of the line, from 1, that the character at `offset` is on. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1
  }
  return line
}

/** Code that ships. */
export function isShipped(path: string): boolean {
  return /^(?:src|actors|workers)\/.*\.ts$/.test(path)
}

/** Code of ours, shipped or not. */
export function isCode(path: string): boolean {
  return /^(?:src|actors|workers|bench|examples|scripts|test)\/.*\.[cm]?[jt]s$/.test(path)
}
