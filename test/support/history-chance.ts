// Chance that can be repeated: what a test draws follows from its seed, which it prints.

export interface Chance {
  /** A number from `from` up to, and without, `to`. */
  between(from: number, to: number): number
  one<T>(items: readonly [T, ...T[]]): T
}

/** Numbers that follow from `seed` alone (a 32-bit xorshift). */
export function chanceOf(seed: number): Chance {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1
  const draw = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state / 2 ** 32
  }
  return {
    between: (from, to) => from + draw() * (to - from),
    one: (items) => items[Math.floor(draw() * items.length)] ?? items[0],
  }
}

/** The seed of this run: SEED of the environment, or a new one. */
export function seedOfRun(): number {
  return Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
}
