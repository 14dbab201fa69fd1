// Wrong sign-ins by a schedule, whether they are answered or not, each for another account.
import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { hiddenField, openBrowser } from './browser.ts'

export interface LoginFlood {
  /** Sends no more; resolves with the number of answers by status. */
  stop(): Promise<ReadonlyMap<number, number>>
}

/** Begins to send `perSecond` wrong sign-ins to the server at `port`. */
export async function startLoginFlood(port: number, perSecond: number): Promise<LoginFlood> {
  const browser = openBrowser(port, {})
  const csrf_token = hiddenField(await browser.get('/login'), 'csrf_token') ?? ''
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const agent = new Agent({ keepAlive: true })

  async function send(index: number): Promise<number> {
    const email = `flood-${process.pid}-${index}@example.test`
    const body = new URLSearchParams({ csrf_token, email, password: 'wrong' }).toString()
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      cookie,
    }
    const sent = request({ port, path: '/login', method: 'POST', agent, headers })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    await answer.toArray()
    return answer.statusCode ?? 0
  }

  const answers: Promise<number>[] = []
  const startedMs = performance.now()
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1000) * perSecond
    while (answers.length < due) answers.push(send(answers.length))
  }, 5)
  return {
    stop: async () => {
      clearInterval(timer)
      const counts = new Map<number, number>()
      for (const status of await Promise.all(answers)) {
        counts.set(status, (counts.get(status) ?? 0) + 1)
      }
      agent.destroy()
      return counts
    },
  }
}
