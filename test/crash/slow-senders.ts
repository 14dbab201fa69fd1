// A thousand connections whose requests never become complete, half of them in the head and half in
// the body, with a byte now and then (reliability B8).
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const head = 'POST /oauth/token HTTP/1.1\r\nHost: a\r\n'
const starts = [
  head,
  `${head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n`,
]
const everyMs = 500

export interface SlowSenders {
  /** How many the server still listens to. */
  open(): number
  stop(): void
}

/** Connects `count` of them and lets them drip. */
export async function startSlowSenders(port: number, count: number): Promise<SlowSenders> {
  const sockets: Socket[] = []
  for (let index = 0; index < count; index += 1) {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined) // being cut is no error here
    socket.resume()
    await once(socket, 'connect')
    socket.write(starts[index % starts.length] ?? head)
    sockets.push(socket)
  }
  const dripping = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x')
  }, everyMs)
  return {
    open: () => sockets.filter((socket) => socket.writable).length,
    stop: () => {
      clearInterval(dripping)
      for (const socket of sockets) socket.destroy()
    },
  }
}
