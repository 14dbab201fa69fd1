// Reads the signing keys again, as SIGHUP asks for (decision B31, spec 08 §3). The signer logs what
// it read, or why it kept what it had.
import { messageOf } from '../../base/errors.ts'
import { askOptions, type Services } from '../services.ts'

/** Publishes the keys as they are in the store now. Never rejects: a failure keeps the old keys. */
export async function reloadKeys(services: Services): Promise<void> {
  const startedMs = services.clock.monotonicMs()
  try {
    const outcome = await services.signer.ask('reloadKeys', {}, askOptions(services, null))
    if (!outcome.ok) return
    services.publishedKeys.publish(outcome.reply)
    services.meters.keysReloaded((services.clock.monotonicMs() - startedMs) / 1000)
  } catch (error) {
    services.log.error('signing keys not reloaded', { error: messageOf(error) })
  }
}
