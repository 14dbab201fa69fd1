// What use cases count (spec 08 §1), in cells that are bound once: a count is an addition.
import type { Histogram } from '../base/meters.ts'
import { bindAll, countByName } from './bound-names.ts'
import { labelValues, metrics, secondBounds } from './metric-names.ts'
import { peopleCounts } from './people-counts.ts'
import { type Counter, counterFamily, histogramFamily } from './samples.ts'

/**
 * Methods that count, and the metrics that show it. Losses of `auditActions` show from the start,
 * at 0: an alert on their increase would miss the first of a series that begins with it.
 */
export function createCounts(auditActions: readonly string[]) {
  const tokens = tokenCounts()
  const changes = changeCounts(auditActions)
  const people = peopleCounts()
  const asks = databaseCounts()
  return {
    methods: { ...tokens.methods, ...people.methods, ...changes.methods, ...asks.methods },
    exposed: [...tokens.exposed, ...people.exposed, ...changes.exposed, ...asks.exposed],
  }
}

/** What can be counted: by use cases, by the log of audit rows, by whoever asks storage. */
export type CountMethods = ReturnType<typeof createCounts>['methods']

function tokenCounts() {
  const tokensIssued = counterFamily(metrics.tokensIssued)
  const issuanceSeconds = histogramFamily(metrics.tokenIssuanceSeconds, secondBounds)
  const tokensRefreshed = counterFamily(metrics.tokensRefreshed)
  const clientCredentialsIssued = counterFamily(metrics.clientCredentialsIssued)
  const clientCredentialsDenied = counterFamily(metrics.clientCredentialsDenied)
  const authDenied = counterFamily(metrics.authDenied)

  const refreshed = tokensRefreshed.bind([])
  const issued = bindAll(labelValues.grantType, (grantType) => ({
    // A refresh has a counter of its own and is not counted as an issuance (spec 08 §1.1).
    total: grantType === 'refresh_token' ? refreshed : tokensIssued.bind([grantType]),
    seconds: issuanceSeconds.bind([grantType]),
  }))
  const clientCredentials = clientCredentialsIssued.bind([])
  const countDenied = countByName(clientCredentialsDenied)
  const countAuthDenied = countByName(authDenied)
  return {
    methods: {
      tokenIssued: (grantType: string, seconds: number) => {
        const { total, seconds: histogram } = issued(grantType)
        total.value += 1
        histogram.observe(seconds)
        if (grantType === 'client_credentials') clientCredentials.value += 1
      },
      clientCredentialsDenied: (reason: string) => {
        countDenied(reason)
        if (reason === 'invalid_client') countAuthDenied(reason)
      },
      authDenied: countAuthDenied,
    },
    exposed: [
      tokensIssued.exposed,
      tokensRefreshed.exposed,
      issuanceSeconds.exposed,
      clientCredentialsIssued.exposed,
      clientCredentialsDenied.exposed,
      authDenied.exposed,
    ],
  }
}

function changeCounts(auditActions: readonly string[]) {
  const clientsRegistered = counterFamily(metrics.clientsRegistered)
  const auditEventsDropped = counterFamily(metrics.auditEventsDropped)
  const keyRotations = counterFamily(metrics.keyRotations)
  const keyReloadSeconds = histogramFamily(metrics.keyReloadSeconds, secondBounds)
  const audited = auditedCounts()
  for (const action of auditActions) auditEventsDropped.bind([action])

  const registered = bindAll(labelValues.clientSource, (source) => clientsRegistered.bind([source]))
  const rotations = keyRotations.bind([])
  const reloads = keyReloadSeconds.bind([])
  return {
    methods: {
      clientRegistered: (source: string) => {
        registered(source).value += 1
      },
      auditEventDropped: countByName(auditEventsDropped),
      auditRecorded: audited.count,
      keyRotated: () => {
        rotations.value += 1
      },
      keysReloaded: (seconds: number) => reloads.observe(seconds),
    },
    exposed: [
      clientsRegistered.exposed,
      auditEventsDropped.exposed,
      keyRotations.exposed,
      keyReloadSeconds.exposed,
      ...audited.exposed,
    ],
  }
}

/** Counts that follow from audit rows: what has no row was not done. */
function auditedCounts() {
  const resources = counterFamily(metrics.resourceServerOps)
  const allowlists = counterFamily(metrics.allowlistOps)
  const resource = bindAll(labelValues.resourceOp, (op) => resources.bind([op]))
  const allowlist = bindAll(labelValues.allowlistOp, (op) => allowlists.bind([op]))
  const byAction = new Map<string, Counter>([
    ['resource.created', resource('create')],
    ['resource.patched', resource('update')],
    ['resource.deleted', resource('delete')],
  ])
  const counterOf = (action: string): Counter | undefined => {
    if (!action.startsWith('resource.policy.')) return byAction.get(action)
    return allowlist(action.endsWith('.added') ? 'add' : 'remove')
  }
  return {
    count: (action: string) => {
      const counter = counterOf(action)
      if (counter !== undefined) counter.value += 1
    },
    exposed: [resources.exposed, allowlists.exposed],
  }
}

const store = 'sqlite'

function databaseCounts() {
  const family = histogramFamily(metrics.databaseSeconds, secondBounds)
  const byKind = new Map<string, Histogram>()
  const bindNew = (kind: string): Histogram => {
    const operation = kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    const histogram = family.bind([operation, store])
    byKind.set(kind, histogram)
    return histogram
  }
  return {
    methods: {
      /** `kind` is a message of the storage protocol. */
      databaseAsked: (kind: string, seconds: number) => {
        const histogram = byKind.get(kind) ?? bindNew(kind)
        histogram.observe(seconds)
      },
    },
    exposed: [family.exposed],
  }
}
