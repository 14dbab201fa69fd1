// Messages that arrived and are not begun: first in, first out, except that a message whose key is
// being worked on steps aside until that work is done.

export interface Envelope {
  readonly id: number
  readonly kind: string
  readonly deadlineMs: number
  readonly traceId: string | null
  readonly request: unknown
  readonly arrivedMs: number
}

export interface WaitingLine {
  /** Messages that are waiting, those that stepped aside included. */
  readonly size: number
  add(envelope: Envelope): void
  /** The next message that may begin, or null. */
  take(): Envelope | null
  /** The work on a taken message ended. */
  done(envelope: Envelope): void
}

/** When this many taken messages lead the array, it is cut. */
const cutAt = 1024

/** A line that serialises by `keyOf`, or by nothing when it is null. */
export function createWaitingLine(
  keyOf: ((kind: never, request: unknown) => string | null) | null,
): WaitingLine {
  let line: Envelope[] = []
  let head = 0
  let aside = 0
  const busy = new Map<string, Envelope[]>()

  const keyOfEnvelope = (envelope: Envelope): string | null =>
    keyOf === null ? null : keyOf(envelope.kind as never, envelope.request)

  function next(): Envelope | null {
    if (head === line.length) return null
    const envelope = line[head++] as Envelope
    if (head === line.length || head === cutAt) {
      line = head === line.length ? [] : line.slice(head)
      head = 0
    }
    return envelope
  }

  /** Whether `envelope` may begin; otherwise it now waits behind its key. */
  function enter(envelope: Envelope): boolean {
    const key = keyOfEnvelope(envelope)
    if (key === null) return true
    const behind = busy.get(key)
    if (behind === undefined) {
      busy.set(key, [])
      return true
    }
    behind.push(envelope)
    aside += 1
    return false
  }

  return {
    get size() {
      return line.length - head + aside
    },
    add: (envelope) => {
      line.push(envelope)
    },
    take() {
      for (let envelope = next(); envelope !== null; envelope = next()) {
        if (enter(envelope)) return envelope
      }
      return null
    },
    done(envelope) {
      const key = keyOfEnvelope(envelope)
      const behind = key === null ? undefined : busy.get(key)
      if (key === null || behind === undefined) return
      busy.delete(key)
      aside -= behind.length
      if (behind.length > 0) line.splice(head, 0, ...behind)
    },
  }
}
