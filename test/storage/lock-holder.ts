// Child process of server-lock.test.ts: takes the server's lock, keeps no reference to it, collects
// garbage, says so and waits to be killed. Started with --expose-gc.
import { acquireServerLock } from '../../actors/storage/server-lock.ts'

acquireServerLock(process.argv[2] ?? '')
for (let turn = 0; turn < 5; turn++) {
  await new Promise((resolve) => setImmediate(resolve))
  globalThis.gc?.()
}
console.log('locked')
setInterval(() => undefined, 60_000)
