// A workspace whose database has a long history. It is made once and kept in the temporary
// directory, because that takes a minute; later runs with the same sizes and the same schema start
// from it.
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertIssuances } from './bulk-issuances.ts'
import { createWorkspace, openWorkspace, type PopulationSize, type Workspace } from './workspace.ts'

export interface GrownSize extends PopulationSize {
  readonly issuances: number
}

/** The sources that decide what such a database looks like. */
const shapers = [
  'migrations/sqlite/*.up.sql',
  'actors/storage/operations/*.ts',
  'actors/storage/sqlite-open.ts',
  'bench/load/{bulk-issuances,population,seed-database}.ts',
]

/** A workspace with `size.issuances` tokens, made when there is none yet. */
export async function openGrownWorkspace(size: GrownSize): Promise<Workspace> {
  const directory = join(tmpdir(), `bench-grown-${fingerprint(size)}`)
  if (!existsSync(directory)) {
    const fresh = await createWorkspace(size)
    insertIssuances(fresh.database, fresh.population, size.issuances)
    renameSync(fresh.directory, directory)
  }
  return openWorkspace(directory)
}

function fingerprint(size: GrownSize): string {
  const cwd = join(import.meta.dirname, '../..')
  const hash = createHash('sha256').update(JSON.stringify(size))
  for (const file of globSync(shapers, { cwd }).toSorted()) {
    hash.update(readFileSync(join(cwd, file)))
  }
  return hash.digest('hex').slice(0, 16)
}
