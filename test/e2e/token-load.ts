// Load on a running server: a fixed number of token requests in flight over kept-alive connections,
// half of them for a resource, and a record of every answer that arrived whole.
import { Agent, request } from 'node:http'
import { decodeJwt } from 'jose'
import type { Services } from '../../src/flows/services.ts'
import { secretOf, seedClient, seedResource } from '../support/seed.ts'

/** The audience of the bound half of the tokens. */
export const loadResource = 'https://mcp1.test/mcp'

const clientId = 'm2m'
const inFlight = 32

/** Stores the client and the resource that the load asks for. */
export async function seedLoad(services: Services): Promise<void> {
  await seedClient(services, clientId, {})
  await seedResource(services, 'r1', { uri: loadResource })
}

/** Lets one address send as much as it can. */
export const unlimited = { AUTHPLANE_RATE_LIMIT_ENABLED: 'false' }

export interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly isBound: boolean
  /** The access token, or null when the answer holds none. */
  readonly jwt: string | null
  /** When it was complete, on the monotonic clock. */
  readonly atMs: number
}

export interface Load {
  readonly answers: readonly Answer[]
  /** Errors of connections; each has ended one of the senders. */
  readonly failures: readonly Error[]
  /** Resolves when this many tokens have arrived. */
  tokens(count: number): Promise<void>
  /** Resolves with the first answer, past or future, that is like this. */
  saw(isLike: (answer: Answer) => boolean): Promise<Answer>
  /** Lets what is in flight finish. */
  stop(): Promise<void>
}

/** Ids of the tokens among `answers`, apart by where the database keeps them. */
export function tokenIdsOf(answers: readonly Answer[]): {
  readonly bound: readonly string[]
  readonly unbound: readonly string[]
} {
  const idsOf = (isBound: boolean): readonly string[] =>
    answers.flatMap((answer) =>
      answer.jwt === null || answer.isBound !== isBound ? [] : [String(decodeJwt(answer.jwt).jti)],
    )
  return { bound: idsOf(true), unbound: idsOf(false) }
}

/** Begins to ask for tokens; ends by itself when all connections fail. */
export function startLoad(port: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: inFlight })
  const answers: Answer[] = []
  const failures: Error[] = []
  const watchers = new Set<(answer: Answer) => void>()
  let tokenCount = 0
  let isStopping = false

  async function send(index: number): Promise<void> {
    try {
      for (let count = index; !isStopping; count += 1) {
        const answer = await askForToken({ port, agent, isBound: count % 2 === 0 })
        answers.push(answer)
        if (answer.jwt !== null) tokenCount += 1
        for (const look of watchers) look(answer)
      }
    } catch (error) {
      failures.push(error as Error)
    }
  }

  const senders = Promise.all(Array.from({ length: inFlight }, (_, index) => send(index)))
  const watch = (isDue: (answer: Answer) => boolean): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const look = (answer: Answer): void => {
        if (!isDue(answer)) return
        watchers.delete(look)
        resolve(answer)
      }
      watchers.add(look)
      void senders.then(() => reject(new Error('the load ended before that', { cause: failures })))
    })
  return {
    answers,
    failures,
    tokens: async (count) => {
      if (tokenCount < count) await watch(() => tokenCount >= count)
    },
    saw: async (isLike) => answers.find(isLike) ?? watch(isLike),
    stop: async () => {
      isStopping = true
      await senders
      agent.destroy()
    },
  }
}

const forms = [false, true].map((isBound) =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secretOf(clientId),
    ...(isBound ? { resource: loadResource } : null),
  }).toString(),
)

interface TokenAsk {
  readonly port: number
  readonly agent: Agent
  readonly isBound: boolean
}

function askForToken({ port, agent, isBound }: TokenAsk): Promise<Answer> {
  const body = forms[Number(isBound)] ?? ''
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': body.length,
  }
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', agent, method: 'POST', path: '/oauth/token' }
    const sent = request({ ...options, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { access_token } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'] ?? null,
          isBound,
          jwt: access_token ?? null,
          atMs: performance.now(),
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** One token, on a connection of its own. */
export async function askOnce(port: number): Promise<Answer> {
  const agent = new Agent({ keepAlive: false })
  try {
    return await askForToken({ port, agent, isBound: true })
  } finally {
    agent.destroy()
  }
}
