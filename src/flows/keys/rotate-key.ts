// Rotation of the signing key without a gap (architecture §5, spec 02 §7.5, 05 §4.8): the new key
// is published before anything is signed with it.
import { unreachable } from '../../base/assert.ts'
import { keyValue } from '../../base/key-value.ts'
import type { PublicJwk } from '../../records/signing-key.ts'
import { AdminError } from '../admin/admin-error.ts'
import { adminEvent, type Operator, recordEvent } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'

/**
 * Makes a new signing key current and returns its public half. `force` also rotates when the tokens
 * of the key that is dropped may still be alive. @throws AdminError `conflict`, ActorError.
 */
export async function rotateKey(
  services: Services,
  operator: Operator,
  { force }: { readonly force: boolean },
): Promise<PublicJwk> {
  const key = await prepareKey(services, operator, force)
  const { kid } = key
  const options = askOptions(services, operator.trace)
  const outcome = await services.signer.ask('activateKey', { kid }, options)
  if (!outcome.ok) {
    throw new AdminError('conflict', 'another rotation replaced the new key: rotate again')
  }
  services.publishedKeys.publish(outcome.reply)
  const detail = `${keyValue('kid', kid)} ${keyValue('alg', key.alg)}`
  const event = adminEvent(services, operator, { action: 'key.rotated', clientId: '', detail })
  services.meters.keyRotated()
  // Keys do not lie in the database: the row cannot be part of the change that it tells (D1).
  await recordEvent(services, event, operator.trace)
  return key
}

/** The next key, published and not yet in use. */
async function prepareKey(
  services: Services,
  operator: Operator,
  force: boolean,
): Promise<PublicJwk> {
  const algorithm = services.settings.signingAlgorithm
  const options = askOptions(services, operator.trace)
  const outcome = await services.signer.ask('prepareKey', { algorithm, force }, options)
  if (outcome.ok) {
    services.publishedKeys.publish(outcome.reply.published)
    return outcome.reply.key
  }
  switch (outcome.refusal) {
    case 'rotation-under-way':
      throw new AdminError('conflict', 'another rotation is under way: try again in a minute')
    case 'rotated-too-recently':
      throw new AdminError(
        'conflict',
        'the last rotation is too recent, tokens of the key that would be dropped may still be ' +
          'valid: wait for them to expire, or rotate with force',
      )
    default:
      return unreachable(outcome.refusal)
  }
}
