// Issues machine tokens as the token endpoint does, for commands that look at them.

import type { Services } from '../../../src/flows/services.ts'
import { issueToken } from '../../../src/flows/token/issue-token.ts'
import { readTokenCall } from '../../../src/oauth/token-request.ts'
import { secretOf } from '../../support/seed.ts'

const caller = { ip: '192.0.2.7', trace: null, requestId: 'r1' }

/** Issues a token to a seeded client; `members` join the request. */
export async function issueTo(
  services: Services,
  clientId: string,
  members: Readonly<Record<string, string>>,
): Promise<void> {
  const form = new Map(
    Object.entries({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secretOf(clientId),
      ...members,
    }),
  )
  await issueToken(services, readTokenCall(form, { authorization: undefined, proof: null, caller }))
}
