// Rules over the set of files: what must exist beside what, and how it is numbered.
import type { Finding, SourceFile } from './findings.ts'
import { parseSource } from './syntax-tree.ts'

/** A rule over all files of the repository. */
export type TreeRule = (files: readonly SourceFile[]) => readonly Finding[]

/**
 * Each file of src/oauth and src/flows with something to run has a test that names it: one at the
 * mirrored path, or one that imports it.
 */
const everyRuleIsTested: TreeRule = (files) => {
  const tests = files.filter(({ path }) => /^test\/.*\.test\.ts$/.test(path))
  return files
    .filter(({ path, text }) => /^src\/(?:oauth|flows)\/.*\.ts$/.test(path) && runsCode(text))
    .filter(({ path }) => {
      const mirror = path.replace(/^src\//, '').replace(/\.ts$/, '.test.ts')
      return !tests.some(
        (file) => file.path.endsWith(`/${mirror}`) || file.text.includes(`/${path}'`),
      )
    })
    .map(({ path }) => {
      return { path, line: 1, rule: 'tested', message: 'no test file mirrors or imports it' }
    })
}

/** Whether a file holds more than types. */
function runsCode(text: string): boolean {
  const types = /^(?:ImportDeclaration|TsInterfaceDeclaration|TsTypeAliasDeclaration)$/
  return parseSource(text).body.some((statement) => {
    const exported = statement['declaration']
    const declared = statement.type === 'ExportDeclaration' ? exported : statement
    return !types.test(String((declared as { readonly type: string }).type))
  })
}

/** Migrations are numbered from 001 without a gap, each number once per direction. */
const migrationNumbers: TreeRule = (files) => {
  const migrations = files.map(({ path }) => path).filter((path) => path.startsWith('migrations/'))
  const report = (path: string, message: string): Finding => {
    return { path, line: 1, rule: 'migration-number', message }
  }
  const form = /^(migrations\/[a-z]+)\/(\d{3})_[a-z0-9_]+\.(up|down)\.sql$/
  const numbered = migrations.flatMap((path) => {
    const [, folder, number, direction] = form.exec(path) ?? []
    return folder === undefined ? [] : [{ path, folder, number: Number(number), direction }]
  })
  const ups = numbered.filter(({ direction }) => direction === 'up')
  const misplaced = ups.filter(({ folder, number, path }) => {
    const earlier = ups.filter((up) => up.folder === folder && up.path < path)
    return earlier.length !== number - 1
  })
  const orphans = numbered.filter(
    ({ direction, path }) =>
      direction === 'down' && !ups.some((up) => up.path === path.replace(/down\.sql$/, 'up.sql')),
  )
  return [
    ...migrations
      .filter((path) => !form.test(path))
      .map((path) => report(path, 'not of the form 001_name.up.sql')),
    ...misplaced.map(({ path, number }) => report(path, `${number} is not the next number`)),
    ...orphans.map(({ path }) => report(path, 'undoes a migration that does not exist')),
  ]
}

export const treeRules: readonly TreeRule[] = [everyRuleIsTested, migrationNumbers]
