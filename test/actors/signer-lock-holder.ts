// A process of its own that takes the lock of the directory given as argument, says so, and keeps
// it until its input ends; `abandon` as second argument ends it at once without giving the lock
// back.
import { takeDirectoryLock } from '../../actors/signer/directory-lock.ts'
import { keyDirectory } from '../../actors/signer/key-directory.ts'
import { systemClock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'

const [path = '', mode] = process.argv.slice(2)
const deps = { clock: systemClock, random: systemRandom() }
const lock = takeDirectoryLock(keyDirectory(path), deps)
process.stdout.write(lock === null ? 'refused\n' : 'taken\n')
if (mode !== 'abandon') {
  process.stdin.on('end', () => lock?.release())
  process.stdin.resume()
}
