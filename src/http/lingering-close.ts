// The end of a connection on which the other side may still be sending (RFC 9112 §9.6). Closed at
// once, the kernel answers what arrives with a reset, and a reset takes away the answer that the
// other side has not read yet: a proxy then says 502 where the server had said 413.
import type { Socket } from 'node:net'
import type { Clock } from '../base/clock.ts'
import { limits } from '../base/limits.ts'

/**
 * Ends `socket` after what is written to it: says that nothing follows, then reads and drops what
 * arrives until the other side has closed too. Cuts it at `limits.lingerMs` or `lingerBytesMax`.
 */
export function closeLingering(socket: Socket, clock: Clock): void {
  const cancelCut = clock.after(limits.lingerMs, () => socket.destroy())
  socket.once('close', cancelCut)
  let bytesDropped = 0
  // In place of the parser, which would keep what it reads, act on it, or find fault with it.
  socket.removeAllListeners('data').on('data', ({ length }: Buffer) => {
    bytesDropped += length
    if (bytesDropped > limits.lingerBytesMax) socket.destroy()
  })
  socket.end()
  socket.resume()
}
