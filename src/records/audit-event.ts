// Audit rows (spec 05 §6, 08 §5).

/** Every action the server records; the wire contract of the audit log. */
export const auditActions = [
  'client_credentials.issued',
  'client_credentials.denied',
  'client.created_admin',
  'client.secret_rotated',
  'client.updated',
  'client.suspended',
  'client.reactivated',
  'client.revoked',
  'client.deleted',
  'resource.created',
  'resource.patched',
  'resource.deleted',
  'resource.policy.exchange.allowed_client.added',
  'resource.policy.exchange.allowed_client.removed',
  'resource.policy.connect.allowed_return_url.added',
  'resource.policy.connect.allowed_return_url.removed',
  'resource.policy.runtime.client.added',
  'resource.policy.runtime.client.removed',
  'issuance.revoked_admin',
  'key.rotated',
] as const
export type AuditAction = (typeof auditActions)[number]

export interface AuditEvent {
  /** UUIDv7; of the row that tells a token's issuance, the token's `jti` (B48). */
  readonly id: string
  readonly action: AuditAction
  /** User id, client id, `admin`, `cli`, `system`, or empty. */
  readonly actorId: string
  readonly clientId: string
  readonly ip: string
  /** Space-separated `key=value`; nothing secret. */
  readonly detail: string
  readonly traceId: string
  readonly createdAtMs: number
}
