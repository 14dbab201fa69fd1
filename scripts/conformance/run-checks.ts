// Runs the checks against a deployment, one after the other, and says what came of each.
import { type Check, NotApplicable, Violation } from './check.ts'
import { type Options, openDeployment } from './deployment.ts'
import { discoveryChecks } from './discovery-checks.ts'
import { machineChecks } from './machine-checks.ts'
import { personChecks } from './person-checks.ts'
import { requestChecks } from './request-checks.ts'

export const checks: readonly Check[] = [
  ...discoveryChecks,
  ...requestChecks,
  ...machineChecks,
  ...personChecks,
]

export interface Result extends Pick<Check, 'id' | 'source' | 'claim'> {
  readonly outcome: 'passed' | 'failed' | 'left out'
  /** Why it failed or was left out; empty = it passed. */
  readonly reason: string
}

/** Results in the order of `chosen`. */
export async function runChecks(
  options: Options,
  chosen: readonly Check[],
): Promise<readonly Result[]> {
  const deployment = openDeployment(options)
  const results: Result[] = []
  for (const { run, ...check } of chosen) {
    try {
      await run(deployment)
      results.push({ ...check, outcome: 'passed', reason: '' })
    } catch (error) {
      const outcome = error instanceof NotApplicable ? 'left out' : 'failed'
      results.push({ ...check, outcome, reason: reasonOf(error) })
    }
  }
  return results
}

function reasonOf(error: unknown): string {
  if (error instanceof NotApplicable || error instanceof Violation) return error.message
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}
