// Attack catalogue, group CC: a client that passes for a user (spec 09, RFC 9700 §4.15). A token of
// a machine has its client as subject, so that no client may have the id of a user.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createUser } from '../../src/flows/admin/users.ts'
import { jsonOf, r1 } from '../support/attack.ts'
import { type GrantTarget, pairOf, startGrantTarget } from '../support/grant-attack.ts'
import { secretOf } from '../support/seed.ts'

let target: GrantTarget

before(async () => {
  target = await startGrantTarget({})
})

after(() => target.stop())

const subjectOf = (access: string): unknown =>
  JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()).sub

/** POST /oauth/register. */
async function register(document: object): Promise<Readonly<Record<string, unknown>>> {
  const body = JSON.stringify(document)
  const response = await target.send(
    'POST /oauth/register HTTP/1.1\r\nHost: auth.test\r\nConnection: close\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  assert.equal(response.status, 201, response.body)
  return jsonOf(response)
}

describe('CC-07 a client that passes for a user', () => {
  test('cannot choose its id at registration', async () => {
    const client = await register({
      client_id: 'alice',
      id: 'alice',
      sub: 'alice',
      client_name: 'alice',
      redirect_uris: ['https://app.test/cb'],
    })

    assert.match(String(client['client_id']), /^[\w-]{22}$/)
    assert.deepEqual(target.inline.rows("SELECT id FROM clients WHERE id = 'alice'"), [])
  })

  test('cannot have the id of a user, which is drawn, too', async () => {
    const { services } = target.inline
    const operator = { actorId: 'admin', trace: null }
    const requested = { email: 'new@example.test', password: 'a long password', name: null }
    const user = await createUser(services, operator, { ...requested, role: null })

    assert.match(user.id, /^[\w-]{22}$/)
    assert.deepEqual(target.inline.rows('SELECT id FROM clients WHERE id = ?', user.id), [])
  })

  test('gets its own id as subject, and nothing that it asks for', async () => {
    const form = {
      grant_type: 'client_credentials',
      client_id: 'conf',
      client_secret: secretOf('conf'),
      resource: r1,
      sub: 'alice',
      user_id: 'alice',
    }
    const response = await target.token(form)
    assert.equal(response.status, 200, response.body)

    assert.equal(subjectOf(String(jsonOf(response)['access_token'])), 'conf')
  })

  test('control: the token of a user has the user as subject', async () => {
    const { form } = await target.code({ clientId: 'conf' })

    assert.equal(subjectOf(pairOf(await target.token(form)).access), 'alice')
  })
})
