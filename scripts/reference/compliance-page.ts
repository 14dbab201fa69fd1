// docs/reference/rfc-compliance.md: what the specifications ask for, what the server does, and what
// proves it.
import { existsSync } from 'node:fs'
import { checks } from '../conformance/run-checks.ts'
import { rowsInTests } from './attack-page.ts'
import { code, fillPage, table } from './markdown.ts'
import type { Page } from './page.ts'
import { type Specification, specifications } from './rfc-requirements.ts'

const root = new URL('../../', import.meta.url)

export const compliancePage: Page = {
  path: 'docs/reference/rfc-compliance.md',
  render: () => {
    const attacks = rowsInTests()
    const parts = specifications.map((specification) => part(specification, attacks))
    return fillPage('rfc-compliance', { specifications: parts.join('\n\n'), checks: checkTable() })
  },
}

function part(
  { name, title, requirements }: Specification,
  attacks: ReadonlyMap<string, readonly string[]>,
): string {
  const ordered = requirements.toSorted(([left], [right]) =>
    left.localeCompare(right, 'en', { numeric: true }),
  )
  const rows = ordered.map(([section, whatWeDo, proofs]) => [
    section,
    whatWeDo,
    proofs.map((proof) => proofText(proof, attacks)).join(', '),
  ])
  return `## ${name}\n\n${title}.\n\n${table(['Section', 'What we do', 'Proof'], rows)}`
}

/** How a proof is written. @throws Error when there is no such test. */
export function proofText(proof: string, attacks: ReadonlyMap<string, readonly string[]>): string {
  if (proof.startsWith('test/')) {
    if (!existsSync(new URL(proof, root))) throw new Error(`there is no ${proof}`)
    return `[${proof.split('/').at(-1)}](../../${proof})`
  }
  if (/^[A-Z]+-\d+$/.test(proof)) {
    const files = attacks.get(proof) ?? []
    const own = `${proof.split('-', 1)[0]?.toLowerCase()}.test.ts`
    const file = files.find((name) => name === own) ?? files[0]
    if (file === undefined) throw new Error(`no test names the attack ${proof}`)
    return `[${proof}](../../test/attack/${file})`
  }
  if (checks.some(({ id }) => id === proof)) return code(proof)
  throw new Error(`${proof} is neither a test, nor an attack, nor a check of conformance`)
}

function checkTable(): string {
  const rows = checks.map(({ id, source, claim }) => [code(id), source, claim])
  return table(['Check', 'Source', 'Passes when'], rows)
}
