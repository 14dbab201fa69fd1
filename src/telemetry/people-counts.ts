// Counts of what people and their clients do (spec 08 §1): sign-in, consent, proofs, the use and
// the end of tokens.
import { bindAll } from './bound-names.ts'
import { labelValues, metrics, secondBounds } from './metric-names.ts'
import { type Counter, counterFamily, type Family, histogramFamily } from './samples.ts'

/** Methods that count, and the metrics that show it. */
export function peopleCounts() {
  const grants = grantCounts()
  const answers = answerCounts()
  return {
    methods: { ...grants.methods, ...answers.methods },
    exposed: [...grants.exposed, ...answers.exposed],
  }
}

function grantCounts() {
  const revocations = counterFamily(metrics.tokensRevoked)
  const reuses = counterFamily(metrics.refreshTokenReuse)
  const retries = counterFamily(metrics.refreshTokenRetries)
  const codeReuses = counterFamily(metrics.codeReuse)
  const failures = counterFamily(metrics.revocationFailures)
  const validated = counterFamily(metrics.proofsValidated)
  const rejected = counterFamily(metrics.proofsRejected)
  const agents = counterFamily(metrics.agentTokensIssued)

  const countRevoked = countOf(revocations, labelValues.revocationReason)
  const countCodeReuse = countOf(codeReuses, labelValues.codeVerifier)
  const countRejected = countOf(rejected, labelValues.proofFault)
  for (const path of labelValues.revocationPath) {
    for (const half of labelValues.revocationHalf) failures.bind([path, half])
  }
  return {
    methods: {
      tokensRevoked: countRevoked,
      refreshTokenReused: countAlone(reuses.bind([])),
      refreshTokenRetried: countAlone(retries.bind([])),
      codeReused: (verifier: 'valid' | 'invalid') => countCodeReuse(verifier),
      revocationFailed: (path: 'reuse' | 'code_reuse', half: 'family' | 'jti') => {
        failures.bind([path, half]).value += 1
      },
      proofValidated: countAlone(validated.bind(labelValues.proofResult)),
      proofRejected: countRejected,
      agentTokenIssued: countAlone(agents.bind([])),
    },
    exposed: [
      revocations.exposed,
      reuses.exposed,
      retries.exposed,
      codeReuses.exposed,
      failures.exposed,
      validated.exposed,
      rejected.exposed,
      agents.exposed,
    ],
  }
}

function answerCounts() {
  const logins = counterFamily(metrics.loginAttempts)
  const consents = counterFamily(metrics.consentDecisions)
  const flows = histogramFamily(metrics.authFlowSeconds, secondBounds)
  const introspections = counterFamily(metrics.introspections)
  const introspectionSeconds = histogramFamily(metrics.introspectionSeconds, secondBounds)
  const fetches = histogramFamily(metrics.documentFetchSeconds, secondBounds)
  const suppressed = counterFamily(metrics.documentFetchesSuppressed)

  const countIntrospection = countOf(introspections, labelValues.introspectionResult)
  const introspectionTimes = introspectionSeconds.bind([])
  const flowTimes = flows.bind([])
  const fetchTimes = fetches.bind([])
  return {
    methods: {
      loginAttempted: countOf(logins, labelValues.loginResult),
      consentDecided: countOf(consents, labelValues.consentDecision),
      authorizationFlowed: (seconds: number) => flowTimes.observe(seconds),
      introspected: (result: 'active' | 'inactive' | 'error', seconds: number) => {
        countIntrospection(result)
        introspectionTimes.observe(seconds)
      },
      documentFetched: (seconds: number) => fetchTimes.observe(seconds),
      documentFetchSuppressed: countOf(suppressed, labelValues.suppressedFetch),
    },
    exposed: [
      logins.exposed,
      consents.exposed,
      flows.exposed,
      introspections.exposed,
      introspectionSeconds.exposed,
      fetches.exposed,
      suppressed.exposed,
    ],
  }
}

function countOf(family: Family<Counter>, values: readonly string[]): (value: string) => void {
  const cellOf = bindAll(values, (value) => family.bind([value]))
  return (value) => {
    cellOf(value).value += 1
  }
}

function countAlone(cell: Counter): () => void {
  return () => {
    cell.value += 1
  }
}
