// The one door to `process.env`: takes the variables out and leaves no secret of this program
// behind, so that workers, reports and child processes do not inherit any (architecture §4.4,
// LK-06).
import { settingEntries } from './schema.ts'

/**
 * The variables of the process at its start, all of them: keys may name any variable as the place
 * of a secret (spec 06 §5.2). Holds secrets: to be dropped after loading.
 */
export type Environment = Readonly<Record<string, string>>

/** Options of CLI commands that are secrets (spec 05). */
const secretOptions = ['AUTHSERVER_USER_PASSWORD']

/** Every variable whose value is a secret. */
export const secretVariables: readonly string[] = [
  ...settingEntries.flatMap(([, { kind, variable }]) =>
    kind.name === 'secret' && variable !== null ? [variable] : [],
  ),
  ...secretOptions,
]

/** Takes every variable; deletes our secret ones from the process. Call once. */
export function takeEnvironment(): Environment {
  const taken: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined) taken[name] = value
  }
  for (const name of secretVariables) delete process.env[name]
  return taken
}

/** What a worker sees: nothing but where coverage goes, which is lost without it. */
export function workerEnvironment(): Readonly<Record<string, string>> {
  const coverage = process.env['NODE_V8_COVERAGE']
  return coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }
}

/** Whether the process was started to be tested: faults may be asked for (spec 00 B27). */
export function areTestFaultsAskedFor(): boolean {
  return process.env['AUTHPLANE_TEST_FAULTS'] === '1'
}

/** A variable that stands in for an option of a CLI command; null when it is absent or empty. */
export function readCliVariable(name: `AUTHSERVER_${string}`): string | null {
  return process.env[name] || null
}
