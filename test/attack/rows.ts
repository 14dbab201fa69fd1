// The attack catalogue: every attack that has a test here, or will have one, by group and number. A
// test names its row in its title; docs/reference/attacks.md and the checks in
// test/repo/attacks.test.ts are made from this list. Numbers are stable and have gaps.
import { authorizationGroups } from './rows-authorization.ts'
import { serverGroups } from './rows-server.ts'
import { tokensGroups } from './rows-tokens.ts'

/** C critical, H high, M medium, L low. */
export type Severity = 'C' | 'H' | 'M' | 'L'

/** Number in its group, severity, the attack, and what it awaits if its group does not. */
export type AttackRow = readonly [
  number: string,
  severity: Severity,
  attack: string,
  awaits?: string,
]

export interface AttackGroup {
  readonly id: string
  readonly subject: string
  /** What has to be built before the group can be tested; null = it is there. */
  readonly awaits: string | null
  readonly rows: readonly AttackRow[]
}

export const attackGroups: readonly AttackGroup[] = [
  ...authorizationGroups,
  ...tokensGroups,
  ...serverGroups,
]
