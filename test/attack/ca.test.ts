// Attack catalogue, group CA: client authentication (spec 09, spec 01 §5.2).
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  type AttackTarget,
  basicOf,
  ccBody,
  issues,
  oddCredentials,
  refused,
  startTarget,
} from '../support/attack.ts'
import { secretOf } from '../support/seed.ts'

let target: AttackTarget
const grant = 'grant_type=client_credentials'

before(async () => {
  target = await startTarget({})
})

after(() => target.stop())

const withBasic = (authorization: string, body = grant) =>
  target.token(body, { Authorization: authorization })

describe('CA-01 a wrong secret', () => {
  test('control: the right one opens', async () => {
    await issues(target, () => target.token(ccBody('conf', {})))
  })

  test('is answered exactly like CA-02, an unknown client', async () => {
    const wrong = await refused(
      target,
      () => target.token(ccBody('conf', { client_secret: 'wrong' })),
      'invalid_client',
    )
    const unknown = await refused(
      target,
      () => target.token(ccBody('nobody', { client_secret: 'wrong' })),
      'invalid_client',
    )

    assert.equal(wrong.body, unknown.body)
    const names = (headers: ReadonlyMap<string, unknown>) => [...headers.keys()]
    assert.deepEqual(names(wrong.headers), names(unknown.headers))
  })

  for (const [name, secret] of [
    ['in other case', secretOf('conf').toUpperCase()],
    ['with a blank behind', `${secretOf('conf')} `],
    ['cut short', secretOf('conf').slice(0, -1)],
    ['of another client', secretOf('m2m')],
    ['as it is stored', 's256$'],
  ] as const) {
    test(`is refused when it is the right one ${name}`, async () => {
      const body = ccBody('conf', { client_secret: secret })
      await refused(target, () => target.token(body), 'invalid_client')
    })
  }
})

describe('CA-03 two methods at once', () => {
  const basic = () => basicOf(`conf:${secretOf('conf')}`)

  test('control: each alone opens', async () => {
    await issues(target, () => withBasic(basic()))
    await issues(target, () => target.token(ccBody('conf', {})))
  })

  test('are refused with equal secrets', async () => {
    await refused(target, () => withBasic(basic(), ccBody('conf', {})), 'invalid_request')
  })

  test('are refused when only the header is right', async () => {
    const body = ccBody('conf', { client_secret: 'wrong' })
    await refused(target, () => withBasic(basic(), body), 'invalid_request')
  })

  test('are refused when only the body is right', async () => {
    const header = basicOf('conf:wrong')
    await refused(target, () => withBasic(header, ccBody('conf', {})), 'invalid_request')
  })
})

describe('CA-05 a broken Basic header is not replaced by a valid body', () => {
  const encoded = Buffer.from(`conf:${secretOf('conf')}`).toString('base64')
  const cases: readonly [string, string][] = [
    ['bad base64', 'Basic !!!!'],
    ['the URL-safe alphabet', `Basic ${encoded.slice(0, -4)}-_8=`],
    ['inner spaces', `Basic ${encoded.slice(0, 4)} ${encoded.slice(4)}`],
    ['no colon', basicOf('conf')],
    ['broken percent-encoding', basicOf('conf:%zz')],
    ['no value', 'Basic'],
    ['an empty header', ''],
    ['another scheme', `Bearer ${encoded}`],
    ['Digest', 'Digest username="conf"'],
  ]
  for (const [name, header] of cases) {
    test(name, async () => {
      await refused(target, () => withBasic(header, ccBody('conf', {})), 'invalid_client')
    })
  }

  test('control: the same body without the header opens', async () => {
    await issues(target, () => target.token(ccBody('conf', {})))
  })
})

describe('CA-06 encoded credentials', () => {
  const { id, secret } = oddCredentials
  const formEncode = (text: string) => new URLSearchParams({ a: text }).toString().slice(2)

  test('control: form-encoded in the header, they open', async () => {
    await issues(target, () => withBasic(basicOf(`${formEncode(id)}:${formEncode(secret)}`)))
  })

  test('control: in the body, they open', async () => {
    const body = ccBody('', { client_id: id, client_secret: secret })
    await issues(target, () => target.token(body))
  })

  test('raw in the header, they do not', async () => {
    await refused(target, () => withBasic(basicOf(`${id}:${secret}`)), 'invalid_client')
  })

  test('in Latin-1 in the header, they do not', async () => {
    const latin1 = Buffer.from(`${formEncode('a')}:é`, 'latin1').toString('base64')
    await refused(target, () => withBasic(`Basic ${latin1}`), 'invalid_client')
  })
})

describe('CA-07 and CA-08 the kind of client', () => {
  test('CA-07 a public client with a secret is refused', async () => {
    await refused(target, () => target.token(ccBody('pub', {})), 'invalid_client')
    await refused(target, () => withBasic(basicOf('pub:anything')), 'invalid_client')
  })

  test('CA-08 a confidential client without its secret is refused', async () => {
    for (const client_secret of [null, '']) {
      const body = ccBody('conf', { client_secret })
      await refused(target, () => target.token(body), 'invalid_client')
    }
    await refused(target, () => withBasic(basicOf('conf:')), 'invalid_client')
  })
})

describe('CA-10 a client that may no longer', () => {
  test('is refused when suspended or revoked', async () => {
    await refused(target, () => target.token(ccBody('susp', {})), 'invalid_client')
    await refused(target, () => target.token(ccBody('gone', {})), 'invalid_client')
  })

  test('is refused from the moment of its suspension', async () => {
    await issues(target, () => target.token(ccBody('rs1', {})))
    target.execute("UPDATE clients SET status = 'suspended' WHERE id = 'rs1'")

    await refused(target, () => target.token(ccBody('rs1', {})), 'invalid_client')

    target.execute("UPDATE clients SET status = 'active' WHERE id = 'rs1'")
    await issues(target, () => target.token(ccBody('rs1', {})))
  })

  test('is refused from the moment of its deletion', async () => {
    target.execute("DELETE FROM clients WHERE id = 'rs1'")

    await refused(target, () => target.token(ccBody('rs1', {})), 'invalid_client')
  })
})

test('CA-11 a header and a body that name different clients are refused', async () => {
  const header = basicOf(`conf:${secretOf('conf')}`)
  await refused(target, () => withBasic(header, `${grant}&client_id=m2m`), 'invalid_client')

  await issues(target, () => withBasic(header, `${grant}&client_id=conf`))
})

describe('CA-12 a long secret', () => {
  test('of 60 KB is refused in time', async () => {
    const body = ccBody('conf', { client_secret: 'x'.repeat(60_000) })
    await refused(target, () => target.token(body), 'invalid_client')
  })

  test('that begins with the right one is refused', async () => {
    const padded = `${secretOf('conf')}${'x'.repeat(100)}`
    const body = ccBody('conf', { client_secret: padded })
    await refused(target, () => target.token(body), 'invalid_client')
  })
})

test('CA-13 time does not tell an unknown, a public and a known client apart', async () => {
  const bodies = {
    unknown: ccBody('nobody', { client_secret: 'wrong-secret-of-conf' }),
    public: ccBody('pub', { client_secret: 'wrong-secret-of-conf' }),
    wrong: ccBody('conf', { client_secret: 'wrong-secret-of-conf' }),
  }
  const medians = await medianMicroseconds(bodies, 600)

  const fastest = Math.min(...Object.values(medians))
  const slowest = Math.max(...Object.values(medians))
  assert.ok(slowest - fastest <= Math.max(100, fastest * 0.05), JSON.stringify(medians))
})

/** Medians over rounds in which the bodies take turns, so that drifts meet all of them alike. */
async function medianMicroseconds<Name extends string>(
  bodies: Readonly<Record<Name, string>>,
  rounds: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(bodies) as Name[]
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const startedMs = performance.now()
      const response = await fetch(`${target.baseUrl}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: bodies[name],
      })
      await response.arrayBuffer()
      samples.get(name)?.push((performance.now() - startedMs) * 1000)
    }
  }
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) ?? [])])) as Record<
    Name,
    number
  >
}

test('CA-17 the scheme is written in any case', async () => {
  const credentials = basicOf(`conf:${secretOf('conf')}`).slice('Basic '.length)

  for (const scheme of ['Basic', 'basic', 'BASIC', 'bAsIc']) {
    await issues(target, () => withBasic(`${scheme} ${credentials}`))
  }
})

for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
  test(`CA-18 the magic name ${id} is no client`, async () => {
    const body = ccBody('', { client_id: id, client_secret: 'x' })
    await refused(target, () => target.token(body), 'invalid_client')
    await refused(target, () => withBasic(basicOf(`${id}:x`)), 'invalid_client')
  })
}

describe('CA-19 injection', () => {
  for (const id of ["' OR '1'='1", '"; DROP TABLE clients; --', '*)(', '%', '_', "conf' --"]) {
    test(`by the id ${id} finds nothing and breaks nothing`, async () => {
      const body = ccBody('', { client_id: id, client_secret: "x' OR '1'='1" })
      await refused(target, () => target.token(body), 'invalid_client')
      await issues(target, () => target.token(ccBody('conf', {})))
    })
  }

  test('by a NUL is malformed', async () => {
    const body = `${grant}&client_id=conf%00&client_secret=x`
    await refused(target, () => target.token(body), 'invalid_request')
    await refused(target, () => withBasic(basicOf('conf%00:x')), 'invalid_client')
  })

  test('by a resource or scope finds nothing', async () => {
    const resource = ccBody('conf', { resource: "https://x.test/' OR '1'='1" })
    await refused(target, () => target.token(resource), 'invalid_target')
    const scope = ccBody('conf', { scope: "tools/echo' OR '1'='1" })
    await refused(target, () => target.token(scope), 'invalid_scope')
  })
})

test('CA-20 a client id cannot write log lines', async () => {
  const forged = 'x\n{"level":"fatal","msg":"forged"}'
  const body = ccBody('', { client_id: forged, client_secret: 'x', resource: forged })
  await refused(target, () => target.token(body), 'invalid_client')
  await target.send(
    'GET /x%0a%7b%22level%22:%22fatal%22%7d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n' +
      'User-Agent: {"level":"fatal"}\r\n\r\n',
  )
  await target.logContains('fatal')

  const levels = target
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).level)
  assert.ok(levels.length > 1)
  assert.deepEqual(new Set(levels).has('fatal'), false)
})

test('CA-14 two thousand guesses from one address are slowed down, others are not', async () => {
  const limited = await startTarget({
    environment: {
      AUTHPLANE_RATE_LIMIT_ENABLED: 'true',
      AUTHPLANE_SERVER_TRUSTED_PROXIES: '127.0.0.1',
    },
  })
  try {
    const guess = async (index: number): Promise<Response> =>
      fetch(`${limited.baseUrl}/oauth/token`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-forwarded-for': '203.0.113.66',
        },
        body: ccBody('conf', { client_secret: `guess-${index}` }),
      })
    const statuses: number[] = []
    let last: Response | null = null
    for (let at = 0; at < 2000; at += 50) {
      const batch = await Promise.all(Array.from({ length: 50 }, (_, index) => guess(at + index)))
      statuses.push(...batch.map(({ status }) => status))
      last = batch.find(({ status }) => status === 429) ?? last
      await Promise.all(
        batch.map((response) => (response === last ? null : response.arrayBuffer())),
      )
    }

    assert.ok(statuses.every((status) => status === 401 || status === 429))
    assert.ok(statuses.filter((status) => status === 429).length > 1000)
    assert.equal(last?.headers.get('retry-after'), '1')
    assert.equal(JSON.parse((await last?.text()) ?? '{}').error, 'slow_down')
    await issues(limited, () =>
      limited.token(ccBody('conf', {}), { 'X-Forwarded-For': '203.0.113.67' }),
    )
  } finally {
    await limited.stop()
  }
})
