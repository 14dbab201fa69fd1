// The trace that a checked admin key leaves when somebody signs in with it (spec 05 §2). The key
// itself is checked by the transport.
import { adminEvent, type Operator, recordEvent } from '../audit.ts'
import type { Services } from '../services.ts'

/** Records that the key was verified. Never rejects: a lost row is logged in full and counted. */
export async function recordSignIn(services: Services, operator: Operator): Promise<void> {
  const event = adminEvent(services, operator, {
    action: 'admin.ui.login',
    clientId: '',
    detail: 'api_key_verified',
  })
  await recordEvent(services, event, operator.trace)
}
