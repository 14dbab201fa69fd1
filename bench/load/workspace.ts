// The inputs of a benchmark in one directory: the population, its requests and the database that
// every server starts from.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPopulation, type Population, writeTokenRequests } from './population.ts'
import { seedDatabase } from './seed-database.ts'

export interface Workspace {
  readonly directory: string
  readonly population: Population
  readonly populationPath: string
  readonly requestsPath: string
  readonly database: string
}

export interface PopulationSize {
  readonly clients: number
  readonly resources: number
}

/** Makes a population, its requests and a database that holds it and no tokens. */
export async function createWorkspace(size: PopulationSize): Promise<Workspace> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-workspace-'))
  const population = createPopulation(size)
  const workspace = { ...pathsIn(directory), population }
  try {
    writeFileSync(workspace.populationPath, JSON.stringify(population), { mode: 0o600 })
    writeTokenRequests(population, workspace.requestsPath)
    await seedDatabase(workspace.database, population)
  } catch (error) {
    discardWorkspace(workspace)
    throw error
  }
  return workspace
}

/** The workspace that an earlier run has left in `directory`. */
export function openWorkspace(directory: string): Workspace {
  const paths = pathsIn(directory)
  const population = JSON.parse(readFileSync(paths.populationPath, 'utf8')) as Population
  return { ...paths, population }
}

/** Removes a workspace. */
export function discardWorkspace({ directory }: Workspace): void {
  rmSync(directory, { recursive: true })
}

function pathsIn(directory: string): Omit<Workspace, 'population'> {
  return {
    directory,
    populationPath: join(directory, 'population.json'),
    requestsPath: join(directory, 'requests'),
    database: join(directory, 'authserver.db'),
  }
}
