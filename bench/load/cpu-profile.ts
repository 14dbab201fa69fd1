// Reads V8's CPU profiles (`--cpu-prof`): time that each function itself was running.
import { fileURLToPath } from 'node:url'

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

export interface SelfTimes {
  /** All time that was not idle. */
  readonly busyMs: number
  /** Most expensive first. */
  readonly entries: readonly { readonly place: string; readonly ms: number }[]
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Time of each function without what it called, idle time left out. */
export function selfTimes(profile: CpuProfile): SelfTimes {
  const places = new Map(profile.nodes.map((node) => [node.id, placeOf(node.callFrame)]))
  const byPlace = new Map<string, number>()
  profile.samples.forEach((sample, index) => {
    const place = places.get(sample) ?? '(unknown)'
    const ms = (profile.timeDeltas[index] ?? 0) / 1000
    if (place !== '(idle)') byPlace.set(place, (byPlace.get(place) ?? 0) + ms)
  })
  const entries = [...byPlace].map(([place, ms]) => ({ place, ms }))
  return {
    busyMs: entries.reduce((sum, { ms }) => sum + ms, 0),
    entries: entries.toSorted((left, right) => right.ms - left.ms),
  }
}

/** Shares of the busy time by origin: our folders, packages, Node's own code, native code. */
export function originShares({ busyMs, entries }: SelfTimes): Readonly<Record<string, number>> {
  const shares: Record<string, number> = {}
  for (const { place, ms } of entries) {
    const origin = originOf(place)
    shares[origin] = (shares[origin] ?? 0) + (ms / busyMs) * 100
  }
  return shares
}

/** A line number tells code from what V8 names itself, which has no place in a file. */
function originOf(place: string): string {
  const path = /^.* (\S+):\d+$/.exec(place)?.[1]
  if (path === undefined) return place.startsWith('(') ? place : 'native functions'
  if (path.startsWith('node:')) return 'node'
  const [, packageName] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? []
  return packageName ?? path.split('/').slice(0, 2).join('/')
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']) {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const file = url.startsWith('file://') ? fileURLToPath(url).replace(root, '') : url
  return `${name} ${file}:${lineNumber + 1}`
}
