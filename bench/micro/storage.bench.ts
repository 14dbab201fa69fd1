// Cost of a token in the storage thread (decision B48: ≤ 60 µs of CPU, ≤ 1.3 times as much with
// 1,000,000 issuances as with few): readTokenContext and commitMachineIssuance at 64 units per
// commit, FULL, uniform over 10,000 clients and 1,000 resources, with the checkpointer in its own
// thread. Run: node bench/micro/storage.bench.ts
import { statSync } from 'node:fs'
import { Bench } from 'tinybench'
import { commitGroup, groupSize, openFixture, readGroup, type Size } from './storage-fixture.ts'

const sizes: Readonly<Record<string, Size>> = {
  small: { clients: 10_000, resources: 1000, issuances: 1000 },
  large: { clients: 10_000, resources: 1000, issuances: 1_000_000 },
}
const measuredMs = 5000

for (const [name, size] of Object.entries(sizes)) {
  const fixture = await openFixture(size)
  const { state } = fixture
  const bench = new Bench({ name, time: measuredMs, warmupTime: 1000 })
  let group = fixture.nextGroup()
  let cpuMicros = 0
  let groups = 0
  bench.add(
    `${name}: 64 tokens, read and commit`,
    async () => {
      const before = process.threadCpuUsage()
      readGroup(state, group)
      await commitGroup(state, group)
      const used = process.threadCpuUsage(before)
      cpuMicros += used.user + used.system
      groups += 1
    },
    {
      beforeEach: () => {
        group = fixture.nextGroup()
      },
    },
  )
  await bench.run()
  const result = bench.tasks[0]?.result
  const latency = result !== undefined && 'latency' in result ? result.latency : undefined
  const tokens = groups * groupSize
  const logMegabytes = statSync(`${fixture.path}-wal`).size / 1e6
  const checkpointerMicros = await fixture.close()
  console.log(
    JSON.stringify({
      database: name,
      ...size,
      tokens,
      cpuMicrosPerToken: round(cpuMicros / tokens),
      checkpointerCpuMicrosPerToken: round(checkpointerMicros / tokens),
      groupMs: {
        p50: round(latency?.p50),
        p99: round(latency?.p99),
        p999: round(latency?.p999),
        max: round(latency?.max),
      },
      logMegabytes: round(logMegabytes),
    }),
  )
}

function round(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 100) / 100
}
