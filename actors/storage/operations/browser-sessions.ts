// Browser sessions that were ended before their cookie expired (spec 07 §3.5, LG-12).
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import { instantText } from '../dialect.ts'
import type { StorageProtocol } from '../protocol.ts'
import { change, exists, type Operation, sql } from '../sql.ts'
import { readUser } from './users.ts'

/** What a session cookie stands for now. */
export function* readBrowserSession({
  sessionId,
  userId,
}: RequestOf<StorageProtocol, 'readBrowserSession'>): Operation<
  ReplyOf<StorageProtocol, 'readBrowserSession'>
> {
  const isRevoked = yield* exists(sql`
    SELECT 1 FROM revoked_sessions WHERE session_id = ${sessionId}`)
  return { user: yield* readUser({ by: 'id', value: userId }), isRevoked }
}

/** Ends a session; false when it had been ended before. */
export function* insertRevokedSession(session: {
  readonly sessionId: string
  readonly userId: string
  readonly expiresAtMs: number
}): Operation<boolean> {
  const inserted = yield* change(sql`
    INSERT INTO revoked_sessions (session_id, user_id, expires_at)
    VALUES (${session.sessionId}, ${session.userId}, ${instantText(session.expiresAtMs)})
    ON CONFLICT (session_id) DO NOTHING`)
  return inserted === 1
}
