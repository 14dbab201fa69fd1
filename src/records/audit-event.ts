// Audit rows (spec 05 §6, 08 §5): every action the server records, with what its row tells.

interface AuditActionEntry {
  /** When such a row is written. */
  readonly when: string
  /** Keys of `detail`, or what else it says; empty = nothing. */
  readonly detail: string
}

const entry = (when: string, detail: string): AuditActionEntry => ({ when, detail })

/** The wire contract of the audit log. */
export const auditCatalogue = {
  'client_credentials.issued': entry('A machine token was issued.', 'jti= scopes='),
  'client_credentials.denied': entry(
    'An authenticated client was refused a machine token.',
    'reason=',
  ),
  'client.created_admin': entry('An administrator registered a client.', 'name='),
  'client.secret_rotated': entry('A client got a new secret; the old one is dead.', ''),
  'client.updated': entry('An administrator changed a client.', ''),
  'client.suspended': entry('A client was stopped for a while.', ''),
  'client.reactivated': entry('A suspended client works again.', ''),
  'client.revoked': entry('A client was stopped for ever.', ''),
  'client.deleted': entry('A client was deleted.', 'force='),
  'resource.created': entry('A resource was registered, also from the configuration.', 'id= slug='),
  'resource.patched': entry('A resource was changed.', 'id= slug= fields='),
  'resource.deleted': entry('A resource was deleted.', 'id= slug= [cascaded_links=]'),
  'resource.policy.exchange.allowed_client.added': entry(
    'A client may exchange tokens for the resource.',
    'slug= client_id=',
  ),
  'resource.policy.exchange.allowed_client.removed': entry(
    'A client may no longer exchange tokens for the resource.',
    'slug= client_id=',
  ),
  'resource.policy.connect.allowed_return_url.added': entry(
    'The connect flow may return to a URL.',
    'slug= return_url=',
  ),
  'resource.policy.connect.allowed_return_url.removed': entry(
    'The connect flow may no longer return to a URL.',
    'slug= return_url=',
  ),
  'resource.policy.runtime.client.added': entry(
    'A client was bound to the resource as its runtime client.',
    'slug= client_id=',
  ),
  'resource.policy.runtime.client.removed': entry(
    'A client is no longer bound to the resource as its runtime client.',
    'slug= client_id=',
  ),
  'fronting_link.deleted': entry('A fronting link was deleted.', 'source= target= [reason=]'),
  'issuance.revoked_admin': entry(
    'An administrator revoked an issued token.',
    'id= subject_user_id= client_id= resource_id=',
  ),
  'key.rotated': entry('A new signing key signs from now on.', 'kid= alg='),
  'dcr.mode_updated': entry('The mode of client registration was changed.', 'old= new='),
  'admin.ui.login': entry('The admin key was checked for a sign-in.', 'api_key_verified'),
} as const satisfies Readonly<Record<string, AuditActionEntry>>

export type AuditAction = keyof typeof auditCatalogue

/** All actions. */
export const auditActions = Object.keys(auditCatalogue) as readonly AuditAction[]

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
