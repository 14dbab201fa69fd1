// Units of work on clients, each with the audit row that tells of it (decision D1; spec 05 §4.1).
import type { Client } from '../../../src/records/client.ts'
import { refused, replied } from '../../runtime/define-actor.ts'
import { insertAudit } from './audit.ts'
import {
  clientExists,
  deleteClientRow,
  insertClient,
  readClient,
  updateClient,
  updateClientStatus,
  updateFromDocument,
} from './clients.ts'
import { hasActiveFamily, revokeFamiliesOfClient } from './families.ts'
import { hasLiveMachineToken, retireMachineTokens, revokeMachineTokens } from './machine-tokens.ts'
import { done, operationUnit, type UnitOf, type UnitRequest, type Units } from './unit-types.ts'

type ClientUnit =
  | 'createClient'
  | 'changeClient'
  | 'changeClientStatus'
  | 'deleteClient'
  | 'retireMachineTokens'
  | 'refreshClientDocument'

export const clientUnits: Units<ClientUnit> = {
  createClient: operationUnit(createClient),
  changeClient: operationUnit(changeClient),
  changeClientStatus: operationUnit(changeClientStatus),
  deleteClient: operationUnit(deleteClient),
  retireMachineTokens: operationUnit(retire),
  refreshClientDocument: operationUnit(refreshClientDocument),
}

function* createClient({ client, audit }: UnitRequest<'createClient'>): UnitOf<'createClient'> {
  if (!(yield* insertClient(client))) return refused('client-exists')
  yield* insertAudit(audit)
  return done
}

function* changeClient(request: UnitRequest<'changeClient'>): UnitOf<'changeClient'> {
  const stored = yield* readClient(request.id)
  if (stored === null) return refused('unknown-client')
  const client: Client = {
    ...stored,
    ...request.change,
    version: request.version + 1,
    updatedAtMs: request.nowMs,
  }
  if (!(yield* updateClient(client, request.version))) return refused('version-conflict')
  yield* insertAudit(request.audit)
  return replied({ client })
}

function* changeClientStatus(
  request: UnitRequest<'changeClientStatus'>,
): UnitOf<'changeClientStatus'> {
  if (!(yield* clientExists(request.id))) return refused('unknown-client')
  if (!(yield* updateClientStatus(request))) return refused('wrong-status')
  yield* insertAudit(request.audit)
  return done
}

function* deleteClient(request: UnitRequest<'deleteClient'>): UnitOf<'deleteClient'> {
  const { id, deadBelow, nowMs } = request
  if (!(yield* clientExists(id))) return refused('unknown-client')
  if (request.force) {
    yield* revokeFamiliesOfClient(id, nowMs)
    yield* revokeMachineTokens(id, deadBelow, nowMs)
  } else {
    const inUse = (yield* hasActiveFamily(id)) || (yield* hasLiveMachineToken(id, deadBelow, nowMs))
    if (inUse) return refused('client-in-use')
  }
  yield* deleteClientRow(id)
  yield* insertAudit(request.audit)
  return done
}

function* retire(request: UnitRequest<'retireMachineTokens'>): UnitOf<'retireMachineTokens'> {
  return replied({ next: yield* retireMachineTokens(request) })
}

function* refreshClientDocument(
  request: UnitRequest<'refreshClientDocument'>,
): UnitOf<'refreshClientDocument'> {
  const { client, nowMs, audit } = request
  if (!(yield* updateFromDocument(client, nowMs))) return refused('unknown-client')
  yield* insertAudit(audit)
  return done
}
