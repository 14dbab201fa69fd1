// A workspace whose database has a long history. It is made once and kept in the temporary
// directory, because that takes a minute; later runs with the same sizes and the same schema start
// from it. Those that nobody has used for a day are removed.
import { createHash } from 'node:crypto'
import {
  existsSync,
  globSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertIssuances } from './bulk-issuances.ts'
import {
  createWorkspace,
  discardWorkspace,
  openWorkspace,
  type PopulationSize,
  type Workspace,
} from './workspace.ts'

export interface GrownSize extends PopulationSize {
  readonly issuances: number
}

const unusedMsMax = 24 * 3_600_000

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
    removeUnused()
    const fresh = await createWorkspace(size)
    try {
      insertIssuances(fresh.database, fresh.population, size.issuances)
      renameSync(fresh.directory, directory)
    } catch (error) {
      discardWorkspace(fresh)
      throw error
    }
  }
  const usedAt = new Date()
  utimesSync(directory, usedAt, usedAt)
  return openWorkspace(directory)
}

/** What earlier sources have left is a gigabyte each, and nobody will open it again. */
function removeUnused(): void {
  for (const name of globSync('bench-grown-*', { cwd: tmpdir() })) {
    const path = join(tmpdir(), name)
    const { mtimeMs } = statSync(path)
    if (Date.now() - mtimeMs > unusedMsMax) rmSync(path, { recursive: true, force: true })
  }
}

function fingerprint(size: GrownSize): string {
  const cwd = join(import.meta.dirname, '../..')
  const hash = createHash('sha256').update(JSON.stringify(size))
  for (const file of globSync(shapers, { cwd }).toSorted()) {
    hash.update(readFileSync(join(cwd, file)))
  }
  return hash.digest('hex').slice(0, 16)
}
