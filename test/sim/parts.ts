// Everything that takes part in a run, one line per part. Their order is part of what a seed means.
import { clients } from './clients/administrator.ts'
import { grants } from './clients/app.ts'
import { machineTokens } from './clients/machine-client.ts'
import { keys } from './clients/operator.ts'
import { audit } from './invariants/audit.ts'
import { logs } from './invariants/logs.ts'
import { runtime } from './invariants/runtime.ts'
import type { Part } from './part.ts'

export const parts: readonly Part[] = [runtime, audit, machineTokens, clients, keys, logs, grants]
