// Thread entry of a member of the password pool.
import { constants, setPriority } from 'node:os'
import { passwordPoolActor } from '../actors/password-pool/password-pool-actor.ts'
import { hostActor } from '../actors/runtime/worker-host.ts'

// Linux gives each thread a priority of its own and takes 0 for the calling one: a flood of
// sign-ins takes only what tokens leave.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL)
hostActor(passwordPoolActor, null)
