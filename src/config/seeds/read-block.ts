// The entries of one seed block, from the file (spec 06 §4.12).
import type { ConfigFile } from '../file.ts'
import type { Finding } from '../findings.ts'
import type { BlockKey } from '../special-names.ts'
import { type BlockNotes, type EntryReader, readEntry } from './entry-reader.ts'

/** What a block and its variables say: entries, and what is wrong or doubtful. */
export interface SeedReading<Seed> {
  readonly seeds: readonly Seed[]
  readonly findings: readonly Finding[]
  readonly unknown: readonly Finding[]
  readonly warnings: readonly Finding[]
}

/** Entries of the list at `key`, read by `readSeed`; nothing of it throws. */
export function readBlock<Seed extends { readonly slug: string }>(
  file: ConfigFile | null,
  key: BlockKey,
  readSeed: (entry: EntryReader) => Seed,
): Omit<SeedReading<Seed>, 'warnings'> {
  const block = file?.blocks.get(key)
  if (file === null || block === undefined) return { seeds: [], findings: [], unknown: [] }
  const notes: BlockNotes = {
    filePath: file.path,
    lineOf: file.lineOf,
    findings: [],
    unknown: [],
  }
  if (!Array.isArray(block.value)) {
    const problem = 'must be a list of maps'
    const remedy = `correct ${file.path}, line ${block.line}`
    return { seeds: [], findings: [{ key, variable: null, problem, remedy }], unknown: [] }
  }
  const seeds = block.value.map((value: unknown, index) => {
    const entry = readEntry({ value: value ?? {}, path: [key, index] }, notes)
    const seed = readSeed(entry)
    entry.close()
    return seed
  })
  return { seeds, findings: [...notes.findings, ...repeated(key, seeds)], unknown: notes.unknown }
}

/** The second entry of a slug would be skipped at every start: the first one is there already. */
function repeated(key: string, seeds: readonly { readonly slug: string }[]): readonly Finding[] {
  const first = new Map<string, number>()
  return seeds.flatMap(({ slug }, index) => {
    const name = slug.toLowerCase()
    const before = first.get(name)
    if (before === undefined) first.set(name, index)
    if (before === undefined || slug === '') return []
    const problem = `has the slug of ${key}[${before}]`
    return [{ key: `${key}[${index}].slug`, variable: null, problem, remedy: 'rename one of them' }]
  })
}

/** The slug of an entry, which it must have. */
export function readSlug(entry: EntryReader): string {
  const slug = entry.text('slug') ?? ''
  if (slug.trim() === '')
    entry.refuse('slug', 'must be set', 'give the entry a name of lower-case letters, digits and -')
  return slug
}
