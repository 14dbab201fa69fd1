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
  'token.issued': entry('A code was redeemed.', 'jti= family= scopes='),
  'token.issue_denied': entry('An authenticated client was refused at code redemption.', 'reason='),
  'token.refreshed': entry('A refresh token was rotated.', 'jti= family= scopes='),
  'token.refresh_retried': entry(
    'A refresh token was answered again within the grace window.',
    'jti= family=',
  ),
  'token.refresh_denied': entry('An authenticated client was refused a refresh.', 'reason='),
  'token.revoked': entry(
    'A token was revoked by its client or an administrator.',
    'family= | jti= | machine_token jti= | machine_jti=',
  ),
  'token.introspected': entry(
    'An active token was shown to its resource server.',
    'jti= issuing_client=',
  ),
  'token.introspect_denied': entry(
    'A caller was refused at introspection, or was told that a token is not active.',
    'reason= [jti=]',
  ),
  'auth_code.reused': entry('A code was presented again.', 'verifier= [family=]'),
  'family.revoked': entry('Reuse of a refresh token or code ended its family.', 'family= cause='),
  'family.revocation_failed': entry(
    'A family could not be revoked after a reuse.',
    'family= cause=',
  ),
  'family.denylist_failed': entry(
    'The access tokens of a reused family could not be denylisted.',
    'family= cause=',
  ),
  'consent.granted': entry('A user allowed a client.', 'resource= scopes='),
  'consent.denied': entry('A user denied a client.', 'resource='),
  'consent_grant.revoked_admin': entry(
    'An administrator revoked a consent, and what came of it.',
    'id= user_id= client_id= resource_id= revoked_issuances= revoked_families=',
  ),
  'client.registered': entry('A client registered itself, or its document was read.', 'source='),
  'client.refreshed': entry('The metadata document of a client was read again.', ''),
  'user.created': entry('An administrator created a user.', 'user='),
  'user.updated': entry('An administrator changed a user.', 'user='),
  'user.disabled': entry('A user was locked out.', 'user='),
  'user.enabled': entry('A disabled user may sign in again.', 'user='),
  'user.deleted': entry('A user was deleted.', 'user= force='),
  'user.password_changed': entry('A user has a new password; other sessions ended.', 'user='),
  'user.force_logout': entry('All families and sessions of a user were ended.', 'user= revoked='),
  'user.login': entry('A user signed in with a password.', ''),
  'user.login_failed': entry('A sign-in failed.', 'reason='),
  'auth.locked_out': entry('Too many failed sign-ins of one identity from one address.', 'until='),
  'session.revoked': entry('A user signed out.', ''),
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

/** The same row with what only the unit that writes it knows: ` key=n` at the end of its detail. */
export function withCounts(
  event: AuditEvent,
  counts: Readonly<Record<string, number>>,
): AuditEvent {
  const told = Object.entries(counts).map(([key, count]) => ` ${key}=${count}`)
  return { ...event, detail: event.detail + told.join('') }
}
