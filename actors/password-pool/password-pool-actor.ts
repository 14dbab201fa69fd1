// One member of the password pool (decisions B9, B50): it hashes and checks one password at a time
// and keeps nothing between two of them.
import type { Clock } from '../../src/base/clock.ts'
import { type Random, systemRandom } from '../../src/base/random.ts'
import { type ActorContext, defineActor, replied } from '../runtime/define-actor.ts'
import { checkPassword, hashPassword } from './password-hash.ts'
import type { PasswordPoolProtocol } from './protocol.ts'

interface Member {
  readonly random: Random
  readonly clock: Clock
}

export const passwordPoolActor = defineActor<PasswordPoolProtocol>()({
  name: 'password-pool',
  mailbox: { messagesMax: 64 },
  batch: { messagesMax: 1 },
  asyncMax: 1,
  start: (_deps: null, { clock }: ActorContext): Member => ({ random: systemRandom(), clock }),
  handlers: {
    hashPassword: {
      each: ({ random }, { password }) => replied({ hash: hashPassword(password, random) }),
    },
    verifyPassword: {
      each: ({ random, clock }, { password, hash }) => {
        const beganMs = clock.monotonicMs()
        const check = checkPassword(password, hash, random)
        return replied({ ...check, tookMs: clock.monotonicMs() - beganMs })
      },
    },
  },
  stop: () => undefined,
})
