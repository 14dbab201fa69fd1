// An operator who rotates the signing keys, with force and without, and reads them again.
import { reloadKeys } from '../../../src/flows/keys/reload-keys.ts'
import { rotateKey } from '../../../src/flows/keys/rotate-key.ts'
import { checkSignatures, rotations } from '../invariants/keys.ts'
import type { Part } from '../part.ts'
import { administrator, attempt, type Surroundings } from './machine.ts'
import { verifierAtWork } from './verifier.ts'

export const keys: Part = {
  machines: [
    ['operator', operatorAtWork],
    ['verifier', verifierAtWork],
  ],
  onSent: checkSignatures,
}

/** Does one thing. */
async function operatorAtWork(surroundings: Surroundings): Promise<void> {
  const { server, history, random } = surroundings
  if (random.oneIn(4)) return reloadKeys(server.services)
  const force = random.oneIn(3)
  const known = rotations(history)
  known.begun += 1
  const { operation } = await attempt(
    surroundings,
    () => rotateKey(server.services, administrator, { force }),
    [],
  )
  // One that nobody answered may still be done; the next one that is answered comes after it.
  if (operation.outcome !== 'unknown') known.ended = known.begun
}
