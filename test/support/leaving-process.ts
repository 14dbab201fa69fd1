// Starts the echo actor in a process, lets it hang, says its process id, and exits as a server does
// that gives up: the hanging child does not see that.
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf } from './child-processes.ts'
import { processEcho, startEcho, within } from './echo-child.ts'

const echo = await startEcho(processEcho({ failStart: null }, './echo-process.ts'), {
  hangMs: 60_000,
})
echo.ref.ask('fail', { how: 'spin' }, within(60_000)).catch(() => undefined)
// The message has left, and the actor is in its loop, when a later one is not answered.
await Promise.race([echo.ref.ask('double', { n: 1 }, within(60_000)), sleep(100)])
process.stdout.write(`${childrenOf(process.pid).join()}\n`, () => process.exit(70))
