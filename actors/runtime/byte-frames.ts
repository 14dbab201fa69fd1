// Frames on a stream of bytes between processes: a length in four bytes, big-endian, and the
// codec's bytes. What arrives is bounded and checked; a stream that breaks the form once cannot be
// trusted again.
import { assert } from '../../src/base/assert.ts'
import { limits } from '../../src/base/limits.ts'
import { decodeFrame, encodeFrame } from './codec.ts'
import type { FromActor } from './frames.ts'

/** Descriptor of the child's end of the connection between a process and its parent. */
export const connectionDescriptor = 3

/** What such a process says: the frames of its actor, and how busy it was since it last said so. */
export type FromProcess = FromActor | { readonly type: 'utilization'; readonly share: number }

const headBytes = 4

/** Bytes of `frame` with its length before them. */
export function frameBytes(frame: unknown): Buffer {
  const body = encodeFrame(frame)
  assert(body.length <= limits.streamFrameBytesMax, 'a frame fits the bound of its stream')
  const bytes = Buffer.allocUnsafe(headBytes + body.length)
  bytes.writeUInt32BE(body.length)
  bytes.set(body, headBytes)
  return bytes
}

/**
 * Takes chunks of a stream, however it was cut, and returns the frames that are complete.
 * @throws Error on an empty or oversized frame, and on bytes that are no frame.
 */
export function frameReader(): (chunk: Buffer) => readonly unknown[] {
  let chunks: Buffer[] = []
  let waiting = 0
  let wanted = headBytes

  return (chunk) => {
    chunks.push(chunk)
    waiting += chunk.length
    // Most frames come in one piece; a large one is joined once, when its last byte is there.
    if (waiting < wanted) return []
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    const frames: unknown[] = []
    let at = 0
    wanted = headBytes
    while (bytes.length - at >= headBytes) {
      const length = readLength(bytes, at)
      if (bytes.length - at < headBytes + length) {
        wanted = headBytes + length
        break
      }
      frames.push(decodeFrame(bytes.subarray(at + headBytes, at + headBytes + length)))
      at += headBytes + length
    }
    chunks = at === bytes.length ? [] : [bytes.subarray(at)]
    waiting = bytes.length - at
    return frames
  }
}

function readLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at)
  if (length === 0 || length > limits.streamFrameBytesMax) {
    throw new Error(`a frame of ${length} bytes on a stream between actors`)
  }
  return length
}
