// Cells by the value of one label: bound once, so that a count is a lookup and an addition.
import { otherLabel } from './metric-names.ts'
import type { Counter, Family } from './samples.ts'

/** Children of a closed set, made at once; a value outside the set gets that of `other`. */
export function bindAll<Child>(
  values: readonly string[],
  bind: (value: string) => Child,
): (value: string) => Child {
  const children = new Map(values.map((value) => [value, bind(value)]))
  return (value) => {
    const known = children.get(value)
    if (known !== undefined) return known
    const other = children.get(otherLabel) ?? bind(otherLabel)
    children.set(otherLabel, other)
    return other
  }
}

const namesMax = 64

/** Counts by a name out of the program's code. A value that does not look like one is no label. */
export function countByName(family: Family<Counter>): (name: string) => void {
  const children = new Map<string, Counter>()
  const bindNew = (name: string): Counter => {
    const isName = /^[a-z][a-z0-9._-]{0,63}$/.test(name)
    const label = isName && children.size < namesMax ? name : otherLabel
    const child = family.bind([label])
    children.set(label, child)
    return child
  }
  return (name) => {
    const child = children.get(name) ?? bindNew(name)
    child.value += 1
  }
}
