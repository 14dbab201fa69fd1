// Attack catalogue, group RT: refresh tokens (spec 09, spec 01 §10.4, decisions B2, B3, B7).
// Nothing is answered twice here (`oauth.refresh_grace` 0, D12); what the window changes is in
// rt-grace.test.ts, two instances and lost answers in co-instances.test.ts and
// lost-answers.test.ts.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { revokeConsentGrant } from '../../src/flows/admin/grants.ts'
import { forceLogout } from '../../src/flows/admin/tokens.ts'
import { deleteUser, moveUserStatus } from '../../src/flows/admin/users.ts'
import { jsonOf, r1, r2, refused } from '../support/attack.ts'
import { makeProofKey } from '../support/dpop-client.ts'
import {
  type GrantTarget,
  hashOf,
  type Members,
  pairOf,
  patchResource,
  startGrantTarget,
  type TokenPair,
} from '../support/grant-attack.ts'
import { scopesOf, secretOf, seedResource } from '../support/seed.ts'
import { seedUser } from '../support/seed-users.ts'

let target: GrantTarget
const operator = { actorId: 'admin', trace: null }

before(async () => {
  target = await startGrantTarget({})
  const { services } = target.inline
  for (const id of ['dora', 'emil', 'fred', 'gina']) await seedUser(services, id, {})
  await seedResource(services, 'moving', { scopes: scopesOf('tools/echo') })
})

after(() => target.stop())

/** The token can still be used, and its family is alive: the positive control of a row. */
async function isUnspent(
  { access, refresh }: TokenPair,
  change?: Members,
  headers?: Readonly<Record<string, string>>,
): Promise<void> {
  assert.equal(await target.isActive(access), true)
  pairOf(await target.refresh(refresh, change, headers))
}

test('RT-01 the reuse of a spent token ends its family, with its newest tokens', async () => {
  const first = await target.tokens()
  const second = pairOf(await target.refresh(first.refresh))
  const third = pairOf(await target.refresh(second.refresh))
  assert.equal(await target.isActive(third.access), true)
  const audited = target.audited('family.revoked').length

  await refused(target, () => target.refresh(first.refresh), 'invalid_grant')

  await refused(target, () => target.refresh(third.refresh), 'invalid_grant')
  for (const { access } of [first, second, third]) {
    assert.equal(await target.isActive(access), false)
  }
  const [told, another] = target.audited('family.revoked').slice(audited)
  assert.match(told ?? '', /^reuse_detection family=/)
  assert.equal(another, undefined)
})

test('RT-02 of fifty uses of one token at once one succeeds, and none survives', async () => {
  const { refresh } = await target.tokens()
  const before = target.inline.rows('SELECT id FROM issuances').length

  const answers = await Promise.all(Array.from({ length: 50 }, () => target.refresh(refresh)))

  const winners = answers.filter(({ status }) => status === 200)
  assert.equal(winners.length, 1)
  for (const answer of answers.filter(({ status }) => status !== 200)) {
    assert.equal(answer.status, 400)
    assert.equal(jsonOf(answer)['error'], 'invalid_grant')
  }
  assert.equal(target.inline.rows('SELECT id FROM issuances').length, before + 1)
  for (const winner of winners.map(pairOf)) {
    assert.equal(await target.isActive(winner.access), false)
    await refused(target, () => target.refresh(winner.refresh), 'invalid_grant')
  }
})

test('RT-05 the token of another client is refused, not spent, and its family lives', async () => {
  const pair = await target.tokens()
  const others: readonly Members[] = [
    { client_id: 'pub2' },
    { client_id: 'conf', client_secret: secretOf('conf') },
    { client_id: 'nobody' },
    { client_id: null },
  ]

  for (const change of others) {
    await refused(target, () => target.refresh(pair.refresh, change), 'invalid_client')
  }

  await isUnspent(pair)
})

test('RT-06 a confidential client without its secret is refused, and spends nothing', async () => {
  const pair = await target.tokens({ clientId: 'conf' })

  for (const client_secret of [null, '', 'wrong', secretOf('conf2')]) {
    const change = { client_id: 'conf', client_secret }
    await refused(target, () => target.refresh(pair.refresh, change), 'invalid_client')
  }

  await isUnspent(pair, { client_id: 'conf', client_secret: secretOf('conf') })
})

describe('RT-07 a wider scope', () => {
  for (const scope of ['tools/echo tools/query', 'tools/query', 'tools/admin', 'TOOLS/ECHO']) {
    test(`(${scope}) is refused, and nothing is spent`, async () => {
      const pair = await target.tokens()

      await refused(target, () => target.refresh(pair.refresh, { scope }), 'invalid_scope')

      await isUnspent(pair)
    })
  }

  test('is not to be had by narrowing first', async () => {
    const wide = await target.tokens({ scope: 'tools/echo tools/query' })
    const narrow = pairOf(await target.refresh(wide.refresh, { scope: 'tools/echo' }))
    assert.equal(narrow.body['scope'], 'tools/echo')
    const beyond = { scope: 'tools/admin tools/echo' }

    await refused(target, () => target.refresh(narrow.refresh, beyond), 'invalid_scope')
  })
})

describe('RT-09 another resource', () => {
  for (const resource of [r2, 'https://nope.test/mcp', `${r1}/x`, 'r2', 'https://auth.test']) {
    test(`${resource} is refused, and nothing is spent`, async () => {
      const pair = await target.tokens()

      await refused(target, () => target.refresh(pair.refresh, { resource }), 'invalid_target')

      await isUnspent(pair)
    })
  }

  test('control: the own one may be named', async () => {
    await isUnspent(await target.tokens(), { resource: r1 })
  })
})

describe('RT-10 an expired token', () => {
  const lifeMs = 7 * 24 * 3600 * 1000

  test('is refused from the end of its seven days on', async () => {
    const { refresh } = await target.tokens()
    target.clock.advance(lifeMs)

    await refused(target, () => target.refresh(refresh), 'invalid_grant')
  })

  test('control: it works until then', async () => {
    const { refresh } = await target.tokens()
    target.clock.advance(lifeMs - 1)

    pairOf(await target.refresh(refresh))
  })
})

describe('RT-11 a user who is no longer', () => {
  test('disabled: refused', async () => {
    const { services } = target.inline
    const pair = await target.tokens({ userId: 'dora' })
    const { access, refresh } = pairOf(await target.refresh(pair.refresh))
    await moveUserStatus(services, operator, { id: 'dora', move: 'disable' })

    await refused(target, () => target.refresh(refresh), 'invalid_grant')
    assert.equal(await target.isActive(access), false)
  })

  test('deleted: refused', async () => {
    const pair = await target.tokens({ userId: 'emil' })
    const { access, refresh } = pairOf(await target.refresh(pair.refresh))
    await deleteUser(target.inline.services, operator, { id: 'emil', force: true })

    await refused(target, () => target.refresh(refresh), 'invalid_grant')
    assert.equal(await target.isActive(access), false)
  })
})

test('RT-13 a resource that is no longer what it was gets no tokens', async () => {
  const resource = { id: 'moving', uri: 'https://moving.test/mcp' }
  const { refresh } = await target.tokens({ resource })
  const second = pairOf(await target.refresh(refresh))
  await patchResource(target, 'moving', { uri: 'https://moved.test/mcp' })

  await refused(target, () => target.refresh(second.refresh), 'invalid_target')
  const named = { resource: 'https://moved.test/mcp' }
  await refused(target, () => target.refresh(second.refresh, named), 'invalid_target')
})

test('RT-14 a revoked consent ends what rests on it', async () => {
  const pair = await target.tokens({ userId: 'fred' })
  const { access, refresh } = pairOf(await target.refresh(pair.refresh))
  const [consent] = target.inline.rows("SELECT id FROM consent_grants WHERE user_id = 'fred'")
  await revokeConsentGrant(target.inline.services, operator, String(consent?.['id']))

  await refused(target, () => target.refresh(refresh), 'invalid_grant')
  assert.equal(await target.isActive(access), false)
})

test('RT-15 no refresh survives a forced logout that it races with', async () => {
  const families: TokenPair[] = []
  for (let count = 0; count < 100; count += 1) {
    families.push(await target.tokens({ userId: 'gina' }))
  }
  let answered = 0
  let logout: Promise<number> | null = null
  const twice = families.flatMap((pair) => [pair, pair])

  const answers = await Promise.all(
    twice.map(async ({ refresh }) => {
      const answer = await target.refresh(refresh)
      answered += 1
      if (answered === 20) logout = forceLogout(target.inline.services, operator, 'gina')
      return answer
    }),
  )
  await logout

  const issued = answers.filter(({ status }) => status === 200).map(pairOf)
  assert.ok(issued.length > 0, 'some were in time')
  assert.ok(answers.every(({ status }) => status === 200 || status === 400))
  for (const { access, refresh } of [...issued, ...families]) {
    assert.equal(await target.isActive(access), false)
    const answer = await target.refresh(refresh)
    assert.equal(answer.status, 400)
  }
})

describe('RT-16 and RT-17 a token that is bound to a key', () => {
  test('RT-16 is refused without a proof, and not spent', async () => {
    const key = makeProofKey()
    const pair = await target.tokens({}, target.proofBy(key))
    assert.equal(pair.body['token_type'], 'DPoP')

    await refused(target, () => target.refresh(pair.refresh), 'invalid_grant')

    await isUnspent(pair, {}, target.proofBy(key))
  })

  test('RT-17 is refused with the proof of another key, and not spent', async () => {
    const key = makeProofKey()
    const thief = makeProofKey()
    const pair = await target.tokens({}, target.proofBy(key))

    const steal = () => target.refresh(pair.refresh, {}, target.proofBy(thief))
    await refused(target, steal, 'invalid_grant')

    await isUnspent(pair, {}, target.proofBy(key))
  })

  test('RT-17 stays bound through rotations', async () => {
    const key = makeProofKey()
    const pair = await target.tokens({}, target.proofBy(key))
    const next = pairOf(await target.refresh(pair.refresh, {}, target.proofBy(key)))

    await refused(target, () => target.refresh(next.refresh), 'invalid_grant')
    const steal = () => target.refresh(next.refresh, {}, target.proofBy(makeProofKey()))
    await refused(target, steal, 'invalid_grant')

    await isUnspent(next, {}, target.proofBy(key))
  })
})

test('RT-18 nothing else passes for a refresh token, nor that for anything else', async () => {
  const code = await target.code()
  const pair = await target.tokens()

  for (const other of [pair.access, code.code, secretOf('conf'), hashOf(pair.refresh)]) {
    await refused(target, () => target.refresh(other), 'invalid_grant')
  }
  for (const other of [pair.access, pair.refresh, hashOf(code.code)]) {
    await refused(target, () => target.token({ ...code.form, code: other }), 'invalid_grant')
  }

  await isUnspent(pair)
  pairOf(await target.token(code.form))
})

describe('RT-19 a token that was changed is none:', () => {
  for (const [name, change] of [
    ['cut short', (token: string) => token.slice(0, -1)],
    ['longer', (token: string) => `${token}A`],
    ['padded', (token: string) => `${token}=`],
    ['with a blank behind', (token: string) => `${token} `],
    ['with a line behind', (token: string) => `${token}\n`],
    ['in lower case', (token: string) => token.toLowerCase()],
    ['with another last character', (token: string) => token.slice(0, -1) + nextTo(token)],
  ] as const) {
    test(name, async () => {
      const pair = await target.tokens()

      await refused(target, () => target.refresh(change(pair.refresh)), 'invalid_grant')

      await isUnspent(pair)
    })
  }
})

/** The character beside the last one: base64 that ignores left-over bits takes both for one. */
function nextTo(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(token.at(-1) ?? 'A') ^ 1] ?? 'A'
}

test('RT-20 a family lives as long as it is used, and dies when it is not', async () => {
  const dayMs = 24 * 3600 * 1000
  let pair = await target.tokens()
  for (let rotation = 0; rotation < 30; rotation += 1) {
    target.clock.advance(6 * dayMs)
    pair = pairOf(await target.refresh(pair.refresh))
  }
  assert.equal(await target.isActive(pair.access), true)
  target.clock.advance(7 * dayMs)

  await refused(target, () => target.refresh(pair.refresh), 'invalid_grant')
})
