// Audit events (spec 08 §5): one constructor per family of actions, and the recording of those that
// belong to no unit of work.
import type { ActorRef, ReplyOf, RequestOf } from '../../actors/runtime/protocol.ts'
import type { StorageProtocol, StorageUnits } from '../../actors/storage/protocol.ts'
import { messageOf } from '../base/errors.ts'
import { rfc3339 } from '../base/instant.ts'
import { type Log, type LogFields, type TraceContext, traceFields } from '../base/telemetry.ts'
import type { OAuthErrorCode } from '../oauth/oauth-error.ts'
import type { Caller } from '../oauth/token-request.ts'
import { type AuditAction, type AuditEvent, withCounts } from '../records/audit-event.ts'
import { machineTokenAudit } from '../records/machine-token.ts'
import { refreshAudit } from '../records/user-token.ts'
import { askOptions, type Services } from './services.ts'

type Stamp = Pick<Services, 'clock' | 'random'>

/** Row of a refusal to an authenticated client. */
export function clientCredentialsDenied(
  stamp: Stamp,
  clientId: string,
  refusal: { readonly reason: OAuthErrorCode; readonly caller: Caller },
): AuditEvent {
  const nowMs = stamp.clock.nowMs()
  return {
    id: stamp.random.uuidV7(nowMs),
    action: 'client_credentials.denied',
    actorId: clientId,
    clientId,
    ip: refusal.caller.ip,
    detail: `reason=${refusal.reason}`,
    traceId: refusal.caller.trace?.traceId ?? '',
    createdAtMs: nowMs,
  }
}

/** Who changes something from outside the OAuth flows, and within which trace. */
export interface Operator {
  /** `admin` for the admin API, `cli` where spec 05 §6 says so. */
  readonly actorId: string
  readonly trace: TraceContext | null
}

/** Row of an administrative change; the address is empty by contract (spec 05 §6). */
export function adminEvent(
  stamp: Stamp,
  operator: Operator,
  event: {
    readonly action: AuditAction
    readonly clientId: string
    readonly detail: string
  },
): AuditEvent {
  const nowMs = stamp.clock.nowMs()
  return {
    id: stamp.random.uuidV7(nowMs),
    action: event.action,
    actorId: operator.actorId,
    clientId: event.clientId,
    ip: '',
    detail: event.detail,
    traceId: operator.trace?.traceId ?? '',
    createdAtMs: nowMs,
  }
}

/** As `recordEvent`, without anybody waiting for it. */
export function recordInBackground(
  services: Services,
  audit: AuditEvent,
  trace: TraceContext | null,
): void {
  void recordEvent(services, audit, trace)
}

/**
 * Records an event on its own (D1). Never rejects: a loss does not fail what the event tells, but
 * is logged in full and counted.
 */
export async function recordEvent(
  services: Services,
  audit: AuditEvent,
  trace: TraceContext | null,
): Promise<void> {
  const span = services.tracer.start('AuditService.Record', trace)
  span.set({ 'audit.action': audit.action })
  try {
    await services.storage.ask('recordAudit', { audit }, askOptions(services, span.context))
  } catch (error) {
    span.fail('dropped')
    services.meters.auditEventDropped(audit.action)
    services.log.error('audit event dropped', {
      ...logFields(audit),
      observed_at: rfc3339(services.clock.nowMs()),
      error: messageOf(error),
    })
  } finally {
    span.end()
  }
}

/**
 * A ref to storage that tells `recorded` of every audit row of a unit that was committed through
 * it, whatever the unit: for the log and for counts.
 */
export function auditedStorage(
  storage: ActorRef<StorageProtocol>,
  recorded: (event: AuditEvent, trace: TraceContext | null) => void,
): ActorRef<StorageProtocol> {
  return {
    name: storage.name,
    tell: (kind, request) => storage.tell(kind, request),
    load: () => storage.load(),
    async ask(kind, request, options) {
      const outcome = await storage.ask(kind, request, options)
      if (!outcome.ok) return outcome
      for (const event of committedEvents(kind, request, outcome.reply)) {
        recorded(event, options.trace)
      }
      return outcome
    },
  }
}

type Told = {
  readonly [Kind in keyof StorageUnits]?: (
    request: RequestOf<StorageProtocol, Kind>,
    reply: ReplyOf<StorageProtocol, Kind>,
  ) => readonly AuditEvent[]
}

/** Rows of units that say more, or other, than the one row of their request. */
const told: Told = {
  commitMachineIssuance: ({ token, caller, nowMs }) => [machineTokenAudit(token, caller, nowMs)],
  rotateRefreshToken: (request, reply) => [refreshAudit(request, reply)],
  deleteResource: ({ links, audit }) => [...links.map((link) => link.audit), audit],
  deleteUser: ({ audit }, { hasMore }) => (hasMore ? [] : [audit]),
  forceLogout: ({ audit, revokedBefore }, { revoked, hasMore }) =>
    hasMore ? [] : [withCounts(audit, { revoked: revokedBefore + revoked })],
  revokeConsentGrant: ({ audit }, { isChanged, revokedIssuances, revokedFamilies }) => {
    const counts = { revoked_issuances: revokedIssuances, revoked_families: revokedFamilies }
    return isChanged ? [withCounts(audit, counts)] : []
  },
}

/** The rows that a unit wrote; none when it was a read or had nothing to change. */
function committedEvents(kind: string, request: unknown, reply: unknown): readonly AuditEvent[] {
  const own = told[kind as keyof StorageUnits]
  // The compiler cannot see that request and reply are those of the kind.
  if (own !== undefined) return own(request as never, reply as never)
  const { audit } = request as { readonly audit?: AuditEvent | null }
  return audit === undefined || audit === null || isUnchanged(reply) ? [] : [audit]
}

function isUnchanged(reply: unknown): boolean {
  const outcome = reply as { readonly revoked?: boolean; readonly isChanged?: boolean }
  return outcome.revoked === false || outcome.isChanged === false
}

/** The line of an audit row in the log (spec 08 §3), to be told of by `auditedStorage`. */
export function auditLine(log: Log): (event: AuditEvent, trace: TraceContext | null) => void {
  return ({ action, actorId, clientId, ip, detail }, trace) => {
    log.info('audit', {
      action,
      actor_id: actorId,
      client_id: clientId,
      ip,
      detail,
      ...traceFields(trace),
    })
  }
}

/** The row under its column names, so that the log can stand in for the table. */
function logFields(audit: AuditEvent): LogFields {
  return {
    id: audit.id,
    action: audit.action,
    actor_id: audit.actorId,
    client_id: audit.clientId,
    ip: audit.ip,
    detail: audit.detail,
    trace_id: audit.traceId,
    created_at: rfc3339(audit.createdAtMs),
  }
}
