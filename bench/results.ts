// Keeps results: one JSON file per benchmark and day in bench/results, with the machine and the
// settings it was measured with.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describeMachine } from './machine.ts'

const directory = join(import.meta.dirname, 'results')

export interface Report {
  /** Name of the benchmark, part of the file's name. */
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly result: unknown
}

/** Stores a report and prints it: all of it with `isJson`, else as `printTable` does. */
export function publish(report: Report, isJson: boolean, printTable: () => void): void {
  const measuredAt = new Date().toISOString()
  const full = { ...report, measuredAt, machine: describeMachine() }
  const text = `${JSON.stringify(full, null, 2)}\n`
  mkdirSync(directory, { recursive: true })
  const path = join(directory, `${measuredAt.slice(0, 10)}-${report.name}.json`)
  writeFileSync(path, text)
  if (isJson) {
    process.stdout.write(text)
    return
  }
  printTable()
  console.log(`stored in ${relative(process.cwd(), path)}`)
}

/** Says how far a run is; on stderr, so that `--json` stays clean. */
export function progress(message: string): void {
  process.stderr.write(`${message}\n`)
}
