// docs/reference/attacks.md: the attack catalogue with the test of each attack, from the list of
// rows and the titles of the tests in test/attack.
import { readdirSync, readFileSync } from 'node:fs'
import { type AttackGroup, type AttackRow, attackGroups } from '../../test/attack/rows.ts'
import { code, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'

const folder = new URL('../../test/attack/', import.meta.url)

export const attackPage: Page = {
  path: 'docs/reference/attacks.md',
  render: () => {
    const tests = rowsInTests()
    const groups = attackGroups.map((group) => groupPart(group, tests))
    return fillPage('attacks', { groups: groups.join('\n\n') })
  },
}

/** Files of test/attack by the rows that titles of their tests name. */
export function rowsInTests(): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>()
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts'))
  for (const name of names.toSorted()) {
    const source = readFileSync(new URL(name, folder), 'utf8')
    for (const row of new Set(rowsInTitles(source))) {
      files.set(row, [...(files.get(row) ?? []), name])
    }
  }
  return files
}

/** A title where it is used, or one in a list that begins with its row. */
const titlePattern =
  /\b(?:test|it|describe)\(\s*(['"`])(.*?)\1|(?<=[([]\s*)(['"`])([A-Z]{1,2}-\d{2}\b.*?)\3/g

/** Rows that titles in the source of a test file name. */
export function rowsInTitles(source: string): readonly string[] {
  const titles = source.matchAll(titlePattern)
  return [...titles].flatMap(([, , used, , listed]) => {
    const title = used ?? listed ?? ''
    return title.match(/\b[A-Z]{1,2}-\d{2}\b/g) ?? []
  })
}

/** What a row cannot be tested without and is not there, or null. */
export function awaitedBy(group: AttackGroup, [, , , awaits]: AttackRow): string | null {
  return group.awaits ?? awaits ?? null
}

function groupPart(group: AttackGroup, tests: ReadonlyMap<string, readonly string[]>): string {
  const rows = group.rows.map((row) => {
    const [number, severity, attack] = row
    const id = `${group.id}-${number}`
    const awaits = awaitedBy(group, row)
    const files = (tests.get(id) ?? []).map((file) => code(`test/attack/${file}`))
    const tested = files.length === 0 && awaits !== null ? `awaits ${awaits}` : files.join(', ')
    return [id, severity, attack, tested]
  })
  return `## ${group.id}: ${group.subject}\n\n${table(['Row', 'Severity', 'Attack', 'Test'], rows)}`
}
