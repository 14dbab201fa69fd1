// Attack catalogue, groups CA and TP, for codes and refresh tokens (spec 09, decision B10): a
// request that does not prove its client, or cannot be read, gets nothing and spends nothing.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { deleteClient, moveClientStatus } from '../../src/flows/admin/clients.ts'
import { basicOf, refused, tokenRequest } from '../support/attack.ts'
import {
  formOf,
  type GrantTarget,
  type Members,
  pairOf,
  startGrantTarget,
} from '../support/grant-attack.ts'
import { secretOf } from '../support/seed.ts'
import { seedApp } from '../support/seed-codes.ts'

let target: GrantTarget
const operator = { actorId: 'admin', trace: null }

before(async () => {
  target = await startGrantTarget({})
  const { services } = target.inline
  for (const id of ['susp-code', 'susp-refresh', 'gone-code', 'gone-refresh']) {
    await seedApp(services, id, {})
  }
})

after(() => target.stop())

/** The good request of a grant that a client can make once. */
type Baseline = (clientId: string) => Promise<Members>

const grants: Readonly<Record<string, Baseline>> = {
  code: async (clientId) => (await target.code({ clientId })).form,
  refresh: async (clientId) => {
    const isPublic = clientId !== 'conf'
    const secret = isPublic ? null : { client_secret: secretOf(clientId) }
    const { refresh } = await target.tokens({ clientId })
    const form = { grant_type: 'refresh_token', refresh_token: refresh, client_id: clientId }
    return { ...form, ...secret }
  },
}

for (const [grant, baseline] of Object.entries(grants)) {
  describe(`CA-01, CA-03, CA-05, CA-08 and CA-11 a confidential client with a ${grant}`, () => {
    const right = basicOf(`conf:${secretOf('conf')}`)
    const body = { client_id: null, client_secret: null }
    const cases: readonly (readonly [string, Members, string | null, string])[] = [
      ['a wrong secret', { client_secret: 'wrong' }, null, 'invalid_client'],
      ['the secret of another', { client_secret: secretOf('conf2') }, null, 'invalid_client'],
      ['no secret', { client_secret: null }, null, 'invalid_client'],
      ['an empty secret', { client_secret: '' }, null, 'invalid_client'],
      ['a wrong secret in the header', body, basicOf('conf:wrong'), 'invalid_client'],
      ['two methods', {}, right, 'invalid_request'],
      ['a broken header beside a good body', {}, 'Basic !!!!', 'invalid_client'],
      ['another scheme beside a good body', {}, 'Bearer x', 'invalid_client'],
      ['two ids', { client_id: 'conf2', client_secret: null }, right, 'invalid_client'],
    ]
    for (const [name, change, authorization, error] of cases) {
      test(`${name}: refused, and nothing is spent`, async () => {
        const form = await baseline('conf')
        const headers = authorization === null ? {} : { Authorization: authorization }
        const attack = () => target.token({ ...form, ...change }, headers)

        await refused(target, attack, error)

        pairOf(await target.token(form))
      })
    }

    test('control: the header alone opens', async () => {
      const form = await baseline('conf')

      pairOf(await target.token({ ...form, ...body }, { Authorization: right }))
    })
  })

  test(`CA-07 a public client with a secret gets nothing for a ${grant}`, async () => {
    const form = await baseline('pub')

    for (const client_secret of ['anything', secretOf('conf')]) {
      await refused(target, () => target.token({ ...form, client_secret }), 'invalid_client')
    }
    const header = { Authorization: basicOf('pub:anything') }
    await refused(target, () => target.token(form, header), 'invalid_client')

    pairOf(await target.token(form))
  })

  describe(`CA-10 a client that may no longer, with a ${grant}`, () => {
    test('is refused while it is suspended', async () => {
      const id = `susp-${grant}`
      const form = await baseline(id)
      await moveClientStatus(target.inline.services, operator, { id, move: 'suspend' })

      await refused(target, () => target.token(form), 'invalid_client')

      await moveClientStatus(target.inline.services, operator, { id, move: 'reactivate' })
      pairOf(await target.token(form))
    })

    test('is refused once it is deleted', async () => {
      const id = `gone-${grant}`
      const form = await baseline(id)
      await deleteClient(target.inline.services, operator, { id, force: true })

      const answer = await target.token(form)

      assert.ok(answer.status === 400 || answer.status === 401, answer.body)
      assert.match(JSON.parse(answer.body)['error'], /^invalid_(client|grant)$/)
    })
  })

  for (const id of ['__proto__', 'constructor', "pub' OR '1'='1", '*', 'PUB', 'pub ', 'pub\n']) {
    test(`CA-18 and CA-19 the id ${JSON.stringify(id)} is no client of a ${grant}`, async () => {
      const form = await baseline('pub')

      await refused(target, () => target.token({ ...form, client_id: id }), 'invalid_client')

      pairOf(await target.token(form))
    })
  }

  test(`TP-04 a repeated parameter beside a ${grant} is refused, and spends nothing`, async () => {
    const form = await baseline('pub')
    const body = formOf(form)
    const pairs = [...body.split('&'), 'scope=tools%2Fecho']

    for (const pair of pairs) {
      const [name = ''] = pair.split('=')
      for (const twice of [`${body}&${pair}&${pair}`, `${name}=other&${body}&${pair}`]) {
        const attack = () => target.send(tokenRequest(twice, {}))
        await refused(target, attack, 'invalid_request')
      }
    }

    pairOf(await target.token(form))
  })
}
