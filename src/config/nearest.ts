// The known name that a mistyped one probably means (spec 00 B20).

/** The candidate with the fewest edits from `name`, if there are at most `editsMax`, else null. */
export function nearestName(
  name: string,
  candidates: readonly string[],
  editsMax: number,
): string | null {
  let best: string | null = null
  let bestEdits = editsMax + 1
  for (const candidate of candidates) {
    // The difference in length is a lower bound of the edits.
    if (Math.abs(candidate.length - name.length) >= bestEdits) continue
    const edits = countEdits(name, candidate)
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits]
  }
  return best
}

/** Levenshtein distance: insertions, deletions and replacements of one character. */
function countEdits(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = at(row, j - 1) + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, at(row, j) + 1, at(next, j - 1) + 1))
    }
    row = next
  }
  return at(row, right.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] as number
}
