// What introspection and revocation read before they decide (spec 01 §13–14).
import type { Resource } from '../../../src/records/resource.ts'
import type { ReplyOf, RequestOf } from '../../runtime/protocol.ts'
import type { StorageProtocol } from '../protocol.ts'
import { boolean, exists, type Operation, one, sql } from '../sql.ts'
import { readClientStatus, readTokenClient } from './clients.ts'
import { readFamily } from './families.ts'
import { findFamilyId } from './refresh-tokens.ts'
import { readResourcesOf } from './resources.ts'
import { readTokenUser } from './users.ts'

/** Everything that decides whether a token is active and its caller may know it. */
export function* readIntrospection(
  request: RequestOf<StorageProtocol, 'readIntrospection'>,
): Operation<ReplyOf<StorageProtocol, 'readIntrospection'>> {
  const { jti, audience, issuingClientId } = request
  const resources = audience === null ? [] : yield* readResourcesOf(audience)
  const issuance = yield* readTrace(jti)
  const status = yield* readClientStatus(issuingClientId)
  return {
    caller: yield* readTokenClient(request.callerId),
    audienceResources: resources.map(entitlementOf),
    issuance: issuance === null ? null : { isRevoked: issuance.isRevoked },
    machineToken:
      issuance?.isMachine === true ? { isRevoked: issuance.isRevoked } : yield* readUnbound(jti),
    isDenylisted: yield* exists(sql`SELECT 1 FROM revoked_jtis WHERE jti = ${jti}`),
    issuingClient: status === null ? null : { status },
    subjectUser: yield* readTokenUser(request.subject),
  }
}

function entitlementOf({ id, slug, uri, policy }: Resource) {
  return { id, slug, uri, policy }
}

function readTrace(
  jti: string,
): Operation<{ readonly isRevoked: boolean; readonly isMachine: boolean } | null> {
  return one(
    sql`SELECT revoked_at, is_machine FROM issuances WHERE id = ${jti} AND backend_kind = 'mint'`,
    (row) => ({ isRevoked: row['revoked_at'] !== null, isMachine: boolean(row, 'is_machine') }),
  )
}

function readUnbound(jti: string): Operation<{ readonly isRevoked: boolean } | null> {
  return one(sql`SELECT revoked FROM unbound_machine_tokens WHERE jti = ${jti}`, (row) => ({
    isRevoked: boolean(row, 'revoked'),
  }))
}

/** The caller of a revocation, and the family of the refresh token it presents, if it is one. */
export function* readRevocation({
  clientId,
  tokenHash,
}: RequestOf<StorageProtocol, 'readRevocation'>): Operation<
  ReplyOf<StorageProtocol, 'readRevocation'>
> {
  const client = yield* readTokenClient(clientId)
  const familyId = yield* findFamilyId(tokenHash)
  return { client, family: familyId === null ? null : yield* readFamily(familyId) }
}
