// Frames on a stream: what arrives does not depend on how the stream was cut, and what is no frame
// is refused.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { frameBytes, frameReader } from '../../../actors/runtime/byte-frames.ts'
import { limits } from '../../../src/base/limits.ts'

/** `bytes` in pieces of these sizes, taken in turn. */
function piecesOf(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

/** The codec does not take over a member of this name: it would change what an object is. */
const isPlain = (value: unknown): boolean => !JSON.stringify(value).includes('__proto__')

describe('a reader of frames', () => {
  it('gives the frames that were sent, however the stream is cut', () => {
    const frames = fc.array(fc.jsonValue(), { maxLength: 5 }).filter(isPlain)
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(frames, cuts, (sent, sizes) => {
        const read = frameReader()
        const stream = Buffer.concat(sent.map((frame) => frameBytes(frame)))
        const received = piecesOf(stream, sizes).flatMap((piece) => read(piece))
        assert.deepEqual(
          received.map((frame) => JSON.stringify(frame)),
          sent.map((frame) => JSON.stringify(frame)),
        )
      }),
    )
  })

  it('gives a frame as soon as its last byte is there, and not before', () => {
    const read = frameReader()
    const bytes = frameBytes({ type: 'ready' })

    assert.deepEqual(read(bytes.subarray(0, -1)), [])
    assert.deepEqual(read(bytes.subarray(-1)), [{ type: 'ready' }])
  })

  for (const [what, length] of [
    ['an empty frame', 0],
    ['a frame above the bound', limits.streamFrameBytesMax + 1],
  ] as const) {
    it(`refuses ${what} by its length`, () => {
      const head = Buffer.alloc(4)
      head.writeUInt32BE(length)

      assert.throws(() => frameReader()(head), /a frame of \d+ bytes/)
    })
  }

  it('refuses bytes that are no frame', () => {
    const bytes = frameBytes('a text that is cut')
    bytes.writeUInt32BE(4)

    assert.throws(() => frameReader()(bytes))
  })
})

it('a frame above the bound is not sent', () => {
  assert.throws(() => frameBytes('x'.repeat(limits.streamFrameBytesMax)), /bound of its stream/)
})
