// Chance that a seed decides: a small generator, the choices that the simulation makes with it, and
// the program's own `Random` on top of it.
import { assert } from '../../src/base/assert.ts'
import { type Random, randomFrom } from '../../src/base/random.ts'

export interface SeededRandom {
  /** Integer from 0 to `below` - 1. */
  below(below: number): number
  /** True in one of `count` cases. */
  oneIn(count: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** Ids and secrets as the program draws them. */
  readonly ids: Random
}

/**
 * The stream `name` of a seed. Each user has a stream of its own, so that leaving out a fault does
 * not change what the others draw.
 */
export function seededRandom(seed: number, name: string): SeededRandom {
  const next = generator(seed, name)
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit)
  return {
    below,
    oneIn: (count) => below(count) === 0,
    pick(items) {
      const item = items[below(items.length)]
      assert(item !== undefined, 'there is something to pick from')
      return item
    },
    ids: randomFrom((pool) => {
      for (let at = 0; at < pool.length; at += 4) pool.writeUInt32LE(next(), at)
    }),
  }
}

/** 32-bit integers: a counter whose bits are mixed; the start depends on seed and name. */
function generator(seed: number, name: string): () => number {
  let state = mixed(seed >>> 0)
  for (const character of name) state = mixed(state ^ (character.codePointAt(0) ?? 0))
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    return mixed(state)
  }
}

function mixed(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad)
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
  return (bits ^ (bits >>> 15)) >>> 0
}
