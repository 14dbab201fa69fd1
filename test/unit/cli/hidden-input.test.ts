// A password at a terminal (src/cli/hidden-input.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HiddenSource, readHidden } from '../../../src/cli/hidden-input.ts'

/** A terminal at which somebody types; tells what was done to it. */
function keyboard() {
  const listeners = new Set<(text: string) => void>()
  const done: string[] = []
  const source: HiddenSource = {
    setRawMode: (isRaw) => done.push(isRaw ? 'raw' : 'cooked'),
    setEncoding: () => undefined,
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
    resume: () => done.push('resume'),
    pause: () => done.push('pause'),
  }
  const type = (text: string): void => {
    for (const listener of [...listeners]) listener(text)
  }
  return { source, type, done, listeners }
}

async function typed(...keys: readonly string[]) {
  const { source, type, done, listeners } = keyboard()
  let shown = ''
  const show = (text: string): void => {
    shown += text
  }
  const reading = readHidden(source, show, 'Password: ')
  for (const key of keys) type(key)
  const text = await reading.catch((error: Error) => error)
  return { text, shown, done, listeners: listeners.size }
}

test('a line is taken and not shown', async () => {
  const { text, shown, done, listeners } = await typed('s', 'é', 'cret €', '\r')

  assert.equal(text, 'sécret €')
  assert.equal(shown, 'Password: \n')
  assert.deepEqual(done, ['raw', 'resume', 'cooked', 'pause'])
  assert.equal(listeners, 0)
})

test('a mistake can be taken back', async () => {
  const { text } = await typed('ab€\u007f\u0008c', '\n')

  assert.equal(text, 'ac')
})

test('other keys say nothing', async () => {
  const { text } = await typed('a\tb\u001bc\n')

  assert.equal(text, 'abc')
})

for (const [what, key] of [
  ['an interrupt', '\u0003'],
  ['the end of the input', '\u0004'],
] as const) {
  test(`${what} breaks off, and gives the terminal back`, async () => {
    const { text, done } = await typed('abc', key)

    assert.ok(text instanceof Error)
    assert.equal(text.message, 'the password was not entered')
    assert.equal(done.at(-2), 'cooked')
  })
}
