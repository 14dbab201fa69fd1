// The storage actor: owns the database connection, answers reads at once and commits all units that
// waited together in one transaction (architecture §5, decision D1). Nobody is answered before the
// COMMIT that holds his rows has returned.
import { OperationalError } from '../../src/base/errors.ts'
import { limits } from '../../src/base/limits.ts'
import {
  type ActorContext,
  defineActor,
  type GroupAnswer,
  type GroupMessage,
  replied,
} from '../runtime/define-actor.ts'
import { migrate, pendingMigrations } from './migrate.ts'
import { listAuditEvents } from './operations/audit-search.ts'
import { readAuthorization, readAuthorizeContext } from './operations/authorize-context.ts'
import { readBrowserSession } from './operations/browser-sessions.ts'
import { listClients, readClient } from './operations/clients.ts'
import { listConsentGrants, readConsent } from './operations/consents.ts'
import { readFamilyOfAuthorization } from './operations/families.ts'
import { listFrontingLinks } from './operations/fronting-links.ts'
import { readAnything, writeSomething } from './operations/health.ts'
import { readIntrospection, readRevocation } from './operations/introspection.ts'
import { listIssuances, readIssuance } from './operations/issuances.ts'
import { countMachineTokens, surveyMachineTokens } from './operations/machine-token-scan.ts'
import { readProviderId } from './operations/providers.ts'
import {
  findProtectedResource,
  listResources,
  listScopeNames,
  readResource,
} from './operations/resources.ts'
import { readSetting } from './operations/settings.ts'
import { readCode, readRefreshToken } from './operations/standing.ts'
import { countActive, readStatistics } from './operations/statistics.ts'
import { readTokenContext } from './operations/token-context.ts'
import { findToken, listTokens } from './operations/token-list.ts'
import type { UnitMessage } from './operations/unit-types.ts'
import { unitOf } from './operations/units.ts'
import { listUsers, readUser } from './operations/users.ts'
import type { StorageProtocol, StorageSlice } from './protocol.ts'
import { SqliteDriver } from './sqlite-driver.ts'
import { sqliteMigrations } from './sqlite-migrations.ts'
import { openSqlite } from './sqlite-open.ts'
import type { Unit } from './unit.ts'

export interface StorageState {
  readonly driver: SqliteDriver
  readonly commitRowsMax: number
  readonly context: ActorContext
}

/** The definition; its worker and inline placements differ in nothing. */
export const storageActor = defineActor<StorageProtocol>()({
  name: 'storage',
  mailbox: { messagesMax: limits.storageMailboxMessagesMax },
  batch: { messagesMax: limits.storageBatchMessagesMax },
  asyncMax: 1,
  start,
  handlers: {
    ping: { each: ({ driver }) => ping(driver) },
    readTokenContext: {
      batch: ({ driver }, requests) => driver.readTogether(requests.map(readTokenContext)),
    },
    listScopeNames: { each: ({ driver }) => replied({ names: driver.read(listScopeNames()) }) },
    findProtectedResource: {
      each: ({ driver }, wanted) =>
        replied({ resources: driver.read(findProtectedResource(wanted)) }),
    },
    readClient: {
      each: ({ driver }, { id }) => replied({ client: driver.read(readClient(id)) }),
    },
    listClients: {
      each: ({ driver }, page) => replied({ clients: driver.read(listClients(page)) }),
    },
    countActive: { each: ({ driver }) => replied(driver.read(countActive())) },
    readStatistics: {
      each: ({ driver }, { sinceMs }) => replied(driver.read(readStatistics(sinceMs))),
    },
    countMachineTokens: {
      each: ({ driver }, request) => replied(driver.read(countMachineTokens(request))),
    },
    surveyMachineTokens: {
      each: ({ driver }, request) => replied(driver.read(surveyMachineTokens(request))),
    },
    readSetting: {
      each: ({ driver }, { key }) => replied({ value: driver.read(readSetting(key)) }),
    },
    listAuditEvents: {
      each: ({ driver }, query) => replied(driver.read(listAuditEvents(query))),
    },
    readProviderId: {
      each: ({ driver }, { slug }) => replied({ id: driver.read(readProviderId(slug)) }),
    },
    listFrontingLinks: {
      each: ({ driver }, { slug }) => replied({ links: driver.read(listFrontingLinks(slug)) }),
    },
    readResource: {
      each: ({ driver }, wanted) => replied({ resource: driver.read(readResource(wanted)) }),
    },
    listResources: {
      each: ({ driver }, page) => replied({ resources: driver.read(listResources(page)) }),
    },
    readIssuance: {
      each: ({ driver }, { id }) => replied({ issuance: driver.read(readIssuance(id)) }),
    },
    listIssuances: {
      each: ({ driver }, filter) => replied({ issuances: driver.read(listIssuances(filter)) }),
    },
    readUser: { each: ({ driver }, wanted) => replied({ user: driver.read(readUser(wanted)) }) },
    listUsers: { each: ({ driver }, page) => replied({ users: driver.read(listUsers(page)) }) },
    readBrowserSession: {
      batch: ({ driver }, requests) => driver.readTogether(requests.map(readBrowserSession)),
    },
    readAuthorizeContext: {
      each: ({ driver }, request) => replied(driver.read(readAuthorizeContext(request))),
    },
    readAuthorization: {
      each: ({ driver }, wanted) => replied(driver.read(readAuthorization(wanted))),
    },
    readCode: {
      batch: ({ driver }, requests) => driver.readTogether(requests.map(readCode)),
    },
    readRefreshToken: {
      batch: ({ driver }, requests) => driver.readTogether(requests.map(readRefreshToken)),
    },
    readIntrospection: {
      batch: ({ driver }, requests) => driver.readTogether(requests.map(readIntrospection)),
    },
    readRevocation: {
      batch: ({ driver }, requests) => driver.readTogether(requests.map(readRevocation)),
    },
    readFamilyOfAuthorization: {
      each: ({ driver }, { authorizationId }) =>
        replied({ family: driver.read(readFamilyOfAuthorization(authorizationId)) }),
    },
    listTokens: { each: ({ driver }, request) => replied(driver.read(listTokens(request))) },
    findToken: { each: ({ driver }, wanted) => replied(driver.read(findToken(wanted))) },
    readConsentGrant: {
      each: ({ driver }, { id }) => replied({ consent: driver.read(readConsent(id)) }),
    },
    listConsentGrants: {
      each: ({ driver }, { userId }) =>
        replied({ consents: driver.read(listConsentGrants(userId)) }),
    },
    commitMachineIssuance: { joins: 'commit' },
    recordAudit: { joins: 'commit' },
    createClient: { joins: 'commit' },
    changeClient: { joins: 'commit' },
    changeClientStatus: { joins: 'commit' },
    deleteClient: { joins: 'commit' },
    retireMachineTokens: { joins: 'commit' },
    createResource: { joins: 'commit' },
    changeResource: { joins: 'commit' },
    editPolicyList: { joins: 'commit' },
    deleteResource: { joins: 'commit' },
    revokeIssuance: { joins: 'commit' },
    changeSetting: { joins: 'commit' },
    createUser: { joins: 'commit' },
    changeUser: { joins: 'commit' },
    changeUserStatus: { joins: 'commit' },
    setPassword: { joins: 'commit' },
    deleteUser: { joins: 'commit' },
    forceLogout: { joins: 'commit' },
    revokeBrowserSession: { joins: 'commit' },
    startAuthorization: { joins: 'commit' },
    approveConsent: { joins: 'commit' },
    denyConsent: { joins: 'commit' },
    redeemCode: { joins: 'commit' },
    countFailedRedemption: { joins: 'commit' },
    rotateRefreshToken: { joins: 'commit' },
    revokeFamily: { joins: 'commit' },
    denylistFamily: { joins: 'commit' },
    revokeAccessToken: { joins: 'commit' },
    revokeConsentGrant: { joins: 'commit' },
    refreshClientDocument: { joins: 'commit' },
  },
  groups: {
    commit: { messagesMax: ({ commitRowsMax }) => commitRowsMax, run: commitGroup },
  },
  stop: ({ driver }) => driver.close(),
})

function start(slice: StorageSlice, context: ActorContext): StorageState {
  if (!slice.wal) context.log.warn('storage.sqlite.wal is off: commits are slower')
  const open = () => openSqlite({ path: slice.path, wal: slice.wal })
  const connection = open()
  try {
    if (slice.mayMigrate) {
      const { log, clock } = context
      migrate(connection, { source: sqliteMigrations, log, nowMs: () => clock.nowMs() })
    } else if (pendingMigrations(connection, sqliteMigrations).length > 0) {
      throw new OperationalError(`database ${slice.path} is not of this version: migrate it first`)
    }
  } catch (error) {
    connection.close()
    throw error
  }
  const driver = new SqliteDriver(connection, open)
  return { driver, commitRowsMax: slice.commitRowsMax, context }
}

/** After a failed commit only another commit can tell that the database works again. */
function ping(driver: SqliteDriver) {
  if (driver.isLastCommitGood) driver.read(readAnything())
  else driver.commit([writeSomething])
  return replied({})
}

function commitGroup(
  { driver, context }: StorageState,
  messages: readonly GroupMessage<StorageProtocol>[],
): readonly GroupAnswer[] {
  // Only units join this group, as the handlers above say.
  const group = messages as readonly UnitMessage[]
  const answers = committed(driver, group.map(unitOf))
  answers.forEach((answer, index) => {
    const message = group[index]
    if ('failed' in answer) {
      context.log.error('unit of work failed', { unit: message?.kind, error: answer.failed })
    }
  })
  boundLog(driver, context)
  return answers
}

/** After a failed commit only one that writes tells of the end: units that are refused do not. */
function committed(driver: SqliteDriver, units: readonly Unit[]): readonly GroupAnswer[] {
  if (driver.isLastCommitGood) return driver.commit(units)
  return driver.commit([...units, writeSomething]).slice(0, units.length)
}

/** The rows are durable already, so that trouble with the log is no trouble of those who wait. */
function boundLog(driver: SqliteDriver, { log }: ActorContext): void {
  try {
    driver.boundLog()
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error
    log.warn('checkpoint failed', { error: error.message })
  }
}
