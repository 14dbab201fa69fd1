// What the runtime promises whatever the actors do: bounded mailboxes, an answer for every ask in
// time, no work left half done (reliability B.1).
import type { History } from '../history.ts'
import type { Part } from '../part.ts'
import type { SimulatedServer } from '../simulated-server.ts'

/** Time that the scheduler may take to get round to a timer that is due. */
const schedulingMs = 1000

export const runtime: Part = { afterStep: checkStep, atEnd: checkSettled }

function checkStep(server: SimulatedServer, history: History): void {
  for (const { name, ref } of server.refs) {
    const { depth, highWater, capacity } = ref.load()
    if (depth > capacity || highWater > capacity) {
      history.fail(`the mailbox of ${name} holds ${highWater} messages, more than ${capacity}`)
    }
  }
  const [oldest] = server.openAsks.values()
  const nowMs = server.scheduler.time.elapsedMs
  const fromMs = Math.max(oldest?.deadlineMs ?? nowMs, history.resumedAtMs)
  if (oldest !== undefined && fromMs + schedulingMs < nowMs) {
    history.fail(`${oldest.kind} is not settled ${nowMs - oldest.deadlineMs} ms after its deadline`)
  }
  if (server.disk.isInTransaction()) history.fail('a transaction is open between two steps')
}

function checkSettled(server: SimulatedServer, history: History): void {
  for (const { id, outcome } of history.operations.values()) {
    if (outcome === 'pending') history.fail(`operation ${id} never ended`)
  }
  if (server.openAsks.size > 0) history.fail(`${server.openAsks.size} asks were never settled`)
}
