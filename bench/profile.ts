// Where the CPU of a loaded server goes: profiles every thread at once and prints, for each, the
// functions with the most time of their own. The profiler itself costs time: compare shares, not
// rates. Run: npm run bench:profile -- --connections 64 --seconds 8 --top 25
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CpuProfile, originShares, selfTimes } from './load/cpu-profile.ts'
import { measureAuthserver } from './load/session.ts'
import { createWorkspace, discardWorkspace } from './load/workspace.ts'
import { readOptions } from './options.ts'

const { numbers: settings } = readOptions({
  connections: 64,
  seconds: 8,
  clients: 1000,
  resources: 1,
  top: 25,
})

const profiles = mkdtempSync(join(tmpdir(), 'bench-profiles-'))
const workspace = await createWorkspace(settings)
try {
  const [measurement] = await measureAuthserver(
    {
      database: workspace.database,
      nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${profiles}`],
      issuancesBefore: 0,
    },
    { ...workspace, warmupSeconds: 0, loads: [settings] },
  )
  console.log(`${Math.round(measurement?.tokensPerSecond ?? 0)} tokens/s while profiled`)
} finally {
  discardWorkspace(workspace)
}

for (const file of readdirSync(profiles).toSorted()) {
  const profile = JSON.parse(readFileSync(join(profiles, file), 'utf8')) as CpuProfile
  const times = selfTimes(profile)
  // The name holds date, time, process, thread and a serial number; thread 0 is the main one and
  // the others are the workers in the order of their start.
  console.log(`\nthread ${file.split('.')[4]}: busy ${Math.round(times.busyMs)} ms`)
  const origins = Object.entries(originShares(times)).toSorted(([, one], [, other]) => other - one)
  for (const [origin, share] of origins.slice(0, 12)) {
    console.log(`${share.toFixed(1).padStart(7)} %  ${origin}`)
  }
  console.log('  functions:')
  for (const { place, ms } of times.entries.slice(0, settings.top)) {
    const share = ((ms / times.busyMs) * 100).toFixed(1)
    console.log(`${share.padStart(7)} %  ${place}`)
  }
}
console.log(`\nprofiles for Chrome's DevTools: ${profiles}`)
