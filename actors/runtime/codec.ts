// The byte form of frames, for transports that carry bytes, and the check that every message
// survives it: a message that does not is no plain data and must not cross to another thread
// either.
import { Packr } from 'msgpackr'

/** Plain maps instead of shared records: each frame decodes on its own, in any order. */
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: false })

/** Bytes of a frame. */
export function encodeFrame(frame: unknown): Uint8Array {
  return packr.pack(frame)
}

/** The frame of `encodeFrame`'s bytes. @throws Error on bytes that are no frame. */
export function decodeFrame(bytes: Uint8Array): unknown {
  return packr.unpack(bytes)
}

/** `frame` as the other side of a byte transport would see it. */
export function roundTrip<Frame>(frame: Frame): Frame {
  return decodeFrame(encodeFrame(frame)) as Frame
}
