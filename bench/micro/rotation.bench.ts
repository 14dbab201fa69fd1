// Cost of a rotation in the storage thread alone, against that of a client_credentials token:
// readRefreshToken and rotateRefreshToken at 64 units per commit, FULL, families drawn evenly, with
// the checkpointer in its own thread. Run: node bench/micro/rotation.bench.ts
import { parseArgs } from 'node:util'
import { openFamilies } from './rotation-fixture.ts'
import { commitGroup, groupSize, type Message, openFixture, readGroup } from './storage-fixture.ts'

const { values } = parseArgs({
  options: {
    families: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '3' },
  },
})

const fixture = await openFixture({ clients: 1000, resources: 1, issuances: 1000 })
const families = await openFamilies(fixture, Number(values.families))

/**
 * Groups measured at once: the kernel brings a thread's CPU time up to date only every few
 * milliseconds.
 */
const groupsAtOnce = 32

type Run = () => void | Promise<void>

const parts: Readonly<Record<string, () => Run>> = {
  'read of a token request': () => {
    const group = fixture.nextGroup()
    return () => readGroup(fixture.state, group)
  },
  'commit of a token': () => {
    const group = fixture.nextGroup()
    return () => commitGroup(fixture.state, group)
  },
  'read of a refresh token': () => {
    const group = families.draw(groupSize)
    return () => families.read(group)
  },
  'commit of a rotation': () => {
    const group: readonly Message[] = families.rotate(groupSize)
    return () => commitGroup(fixture.state, group)
  },
}

const spent = new Map<string, { micros: number; units: number }>()
const warmAtMs = performance.now() + 2000
const deadlineMs = warmAtMs + Number(values.seconds) * 1000 * Object.keys(parts).length
// In turns: a machine that slows down must not favour one of them.
while (performance.now() < deadlineMs) {
  for (const [name, prepare] of Object.entries(parts)) {
    const runs = Array.from({ length: groupsAtOnce }, prepare)
    const before = process.threadCpuUsage()
    for (const run of runs) await run()
    const { user, system } = process.threadCpuUsage(before)
    if (performance.now() < warmAtMs) continue
    const sum = spent.get(name) ?? { micros: 0, units: 0 }
    sum.micros += user + system
    sum.units += groupsAtOnce * groupSize
    spent.set(name, sum)
  }
}
await fixture.close()

for (const [name, { micros, units }] of spent) {
  console.log(`${(micros / units).toFixed(1).padStart(7)} µs of CPU: ${name} (${units})`)
}
