// A connection that a test writes to piece by piece, to have a request under way at a given moment.
import { once } from 'node:events'
import { connect } from 'node:net'
import { secretOf } from '../support/seed.ts'

export interface OpenConnection {
  send(text: string): void
  /** Resolves with all that came back, as soon as it matches. @throws when it closes first. */
  received(pattern: RegExp): Promise<string>
  /** Resolves when the server has closed it. */
  closed(): Promise<void>
  destroy(): void
}

/** Connects to a port of this machine. */
export async function openConnection(port: number): Promise<OpenConnection> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined) // Closing is told by `close`, whatever the reason.
  await once(socket, 'connect')
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  const closed = once(socket, 'close')
  return {
    send: (piece) => void socket.write(piece),
    received: async (pattern) => {
      while (!pattern.test(text)) {
        const ended = closed.then(() => {
          if (!pattern.test(text)) throw new Error(`closed after ${JSON.stringify(text)}`)
        })
        await Promise.race([once(socket, 'data'), ended])
      }
      return text
    },
    closed: () => closed.then(() => undefined),
    destroy: () => void socket.destroy(),
  }
}

/** A request for a token in two parts; nothing can be answered before the second. */
export function tokenRequestInParts(clientId: string): readonly [string, string] {
  const credentials = `client_id=${clientId}&client_secret=${secretOf(clientId)}`
  const body = `grant_type=client_credentials&${credentials}`
  const head = [
    'POST /oauth/token HTTP/1.1',
    'Host: auth.test',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ].join('\r\n')
  return [`${head}\r\n\r\n${body.slice(0, 10)}`, body.slice(10)]
}
