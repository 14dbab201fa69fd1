// Families of refresh tokens (spec 07 §3.2), as far as the deletion of a client needs them.
import { instantText } from '../dialect.ts'
import { change, exists, type Operation, sql } from '../sql.ts'

/** Whether the client holds a family that is not revoked. */
export function hasActiveFamily(clientId: string): Operation<boolean> {
  return exists(sql`
    SELECT 1 FROM token_families WHERE client_id = ${clientId} AND status = 'active' LIMIT 1`)
}

/**
 * Revokes the client's families: their access tokens go to the denylist, where they outlive them.
 */
export function* revokeFamiliesOfClient(clientId: string, nowMs: number): Operation<void> {
  const now = instantText(nowMs)
  yield* change(sql`
    INSERT INTO revoked_jtis (jti, revoked_at, expires_at)
    SELECT jti, ${now}, expires_at FROM access_token_jtis
    WHERE expires_at > ${now}
      AND family_id IN (SELECT id FROM token_families WHERE client_id = ${clientId})
    ON CONFLICT (jti) DO NOTHING`)
  yield* change(sql`
    UPDATE token_families SET status = 'revoked', revoked_at = ${now}
    WHERE client_id = ${clientId} AND status = 'active'`)
}
