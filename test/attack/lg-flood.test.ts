// Attack catalogue, row LG-15: a flood of wrong passwords must not keep clients from their tokens
// (spec 09). The pool of hashing threads is bounded, and its threads give way to all others.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { after, before, test } from 'node:test'
import { type AttackTarget, ccBody, startTarget } from '../support/attack.ts'
import { hiddenField, openBrowser, signIn } from '../support/browser.ts'
import { passwordOf, seedUser } from '../support/seed-users.ts'

let target: AttackTarget

before(async () => {
  target = await startTarget({
    seed: (services) => seedUser(services, 'ada', {}).then(() => undefined),
  })
})

after(() => target.stop())

const phaseMs = 4000
/** Wrong sign-ins per second: several times what two cores could hash. */
const floodPerSecond = 200

/**
 * By share of the tokens, how long they may take whatever they took before: others use the machine
 * too. A token that had to wait for the queue of the pool would take many times as long.
 */
const slacks = [
  [0.5, 5],
  [0.99, 60],
] as const

interface Answered {
  readonly status: number
  readonly ms: number
  readonly retryAfter: string | undefined
}

const agent = new Agent({ keepAlive: true, maxSockets: 128 })

function post(path: string, body: string, cookie: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      cookie,
    }
    const sent = request({ port: target.port, path, method: 'POST', agent, headers })
    sent.on('error', reject)
    sent.on('response', (response) => {
      const { statusCode: status = 0, headers: answered } = response
      const retryAfter = answered['retry-after']
      response.resume()
      response.on('end', () => resolve({ status, retryAfter, ms: performance.now() - startedMs }))
    })
    sent.end(body)
  })
}

/** Times of tokens that one client asks for, one after the other. */
async function takeTokens(): Promise<readonly number[]> {
  const times: number[] = []
  const endMs = performance.now() + phaseMs
  while (performance.now() < endMs) {
    const { status, ms } = await post('/oauth/token', ccBody('conf', {}), '')
    assert.equal(status, 200)
    times.push(ms)
  }
  return times.toSorted((left, right) => left - right)
}

const share = (times: readonly number[], part: number): number =>
  times[Math.floor((times.length - 1) * part)] ?? 0

test('LG-15 a flood of wrong passwords leaves tokens alone and is refused in part', async () => {
  const browser = openBrowser(target.port, {})
  const token = hiddenField(await browser.get('/login'), 'csrf_token') ?? ''
  const cookie = `authserver_login_nonce=${browser.cookies.get('authserver_login_nonce')}`
  await takeTokens()
  const calm = await takeTokens()

  const flood: Promise<Answered>[] = []
  const startedMs = performance.now()
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1000) * floodPerSecond
    while (flood.length < due) {
      const email = `flood-${flood.length}@example.test`
      const fields = new URLSearchParams({ csrf_token: token, email, password: 'wrong' })
      flood.push(post('/login', fields.toString(), cookie))
    }
  }, 5)
  const flooded = await takeTokens()
  clearInterval(timer)
  const answers = await Promise.all(flood)

  const statuses = new Set(answers.map(({ status }) => status))
  assert.deepEqual([...statuses].toSorted(), [422, 503])
  for (const { status, retryAfter } of answers) if (status === 503) assert.equal(retryAfter, '1')
  const checked = answers.filter(({ status }) => status === 422)
  assert.ok(checked.length > 10, `${checked.length} were checked`)
  assert.ok(checked.length < answers.length / 2, `${checked.length} of ${answers.length}`)
  for (const [part, slackMs] of slacks) {
    const [before, during] = [share(calm, part), share(flooded, part)]
    const told = `share ${part}: ${before} ms, then ${during} ms`
    assert.ok(during < Math.max(2 * before, slackMs), told)
  }
  agent.destroy()
  const answer = await signIn(browser, '/login', {
    email: 'ada@example.test',
    password: passwordOf('ada'),
  })
  assert.equal(answer.status, 303, 'the flood is over')
})
