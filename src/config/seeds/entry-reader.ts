// Reads entries of the seed blocks, whatever their shape: members by name, each problem with its
// dotted path and line, and the names of members that nobody asked for (spec 06 §4.12, §3.1).
import type { LineOf } from '../file.ts'
import type { Finding } from '../findings.ts'
import { nearestName } from '../nearest.ts'

type Path = readonly (string | number)[]

/** Where a block stands, and what was found in it so far. */
export interface BlockNotes {
  readonly filePath: string
  readonly lineOf: LineOf
  /** Refuse the configuration. */
  readonly findings: Finding[]
  /** Members that are not known. */
  readonly unknown: Finding[]
}

/** A value at its place. */
export interface Placed {
  readonly value: unknown
  readonly path: Path
}

/** Members of one map. Each name that is read counts as known; what is absent or null is null. */
export interface EntryReader {
  readonly path: Path
  text(name: string): string | null
  texts(name: string): readonly string[]
  /** A map as it is. */
  map(name: string): Readonly<Record<string, unknown>> | null
  /** Members of a map below this one, all absent when the map is. */
  entry(name: string): EntryReader
  /** Maps of a list. */
  entries(name: string): readonly EntryReader[]
  /** A finding about a member, unless the entry as a whole has one. */
  refuse(name: string, problem: string, remedy: string): void
  /** Names the members that nobody read, here and below. Call once, after reading. */
  close(): void
}

/** `resources[0].policy.exchange`. */
function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** A reader of a map; of anything else a finding, and a reader of nothing. */
export function readEntry(placed: Placed, notes: BlockNotes): EntryReader {
  const { path } = placed
  const given = isMap(placed.value) ? placed.value : {}
  const refuseAt = refuserOf(notes)
  const isRefused = placed.value !== null && !isMap(placed.value)
  if (isRefused) refuseAt(path, 'must be a map', null)

  const known = new Set<string>()
  const children: EntryReader[] = []
  const read = (name: string): unknown => {
    known.add(name)
    return given[name] ?? null
  }
  const readList = (name: string, what: string): readonly unknown[] => {
    const value = read(name)
    if (value === null) return []
    if (Array.isArray(value)) return value
    refuseAt([...path, name], `must be a list of ${what}`, null)
    return []
  }
  const textAt = (value: unknown, at: Path): string | null => {
    if (value === null || typeof value === 'string') return value
    refuseAt(at, 'must be a string (put it in quotes)', null)
    return null
  }
  const child = (value: unknown, at: Path): EntryReader => {
    const reader = readEntry({ value, path: at }, notes)
    children.push(reader)
    return reader
  }
  return {
    path,
    text: (name) => textAt(read(name), [...path, name]),
    texts: (name) =>
      readList(name, 'strings').flatMap((value, index) => {
        const text = textAt(value ?? '', [...path, name, index])
        return text === null ? [] : [text]
      }),
    map: (name) => {
      const value = read(name)
      if (value === null || isMap(value)) return value
      refuseAt([...path, name], 'must be a map', null)
      return null
    },
    entry: (name) => child(read(name), [...path, name]),
    entries: (name) =>
      readList(name, 'maps').map((value, index) => child(value ?? {}, [...path, name, index])),
    refuse: (name, problem, remedy) => {
      if (!isRefused) refuseAt([...path, name], problem, remedy)
    },
    close: () => {
      for (const name of Object.keys(given)) {
        if (!known.has(name)) notes.unknown.push(unknownMember([...path, name], [...known]))
      }
      for (const reader of children) reader.close()
    },
  }
}

/** `remedy`: null = to correct that place of the file. */
function refuserOf(notes: BlockNotes) {
  return (at: Path, problem: string, remedy: string | null): void => {
    const place = `correct ${notes.filePath}, line ${notes.lineOf(at)}`
    notes.findings.push({ key: pathText(at), variable: null, problem, remedy: remedy ?? place })
  }
}

function unknownMember(path: Path, known: readonly string[]): Finding {
  const nearest = nearestName(String(path.at(-1)), known, 3)
  return {
    key: pathText(path),
    variable: null,
    problem: 'unknown configuration key',
    remedy: nearest === null ? 'remove it' : `the nearest name is ${nearest}`,
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
