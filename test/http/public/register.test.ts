// What installed clients send to the registration endpoint, over a socket: each is answered as it
// needs it, and as the API document says.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { capturedRegistrations } from '../../support/captured-registrations.ts'
import { openPublicListener, type PublicListener } from '../../support/public-listener.ts'
import { sendRaw } from '../../support/raw-http.ts'

let listener: PublicListener

before(async () => {
  listener = await openPublicListener(new Map(), async () => undefined)
})
after(() => listener.stop())

describe('a registration is accepted and echoed', () => {
  for (const { client, document, applicationType } of capturedRegistrations) {
    test(client, async () => {
      const body = JSON.stringify(document)
      const lines = [
        'POST /oauth/register HTTP/1.1',
        'Host: auth.test',
        'Connection: close',
        'Accept: */*',
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
      ]
      const request = `${lines.join('\r\n')}\r\n\r\n${body}`

      const [response] = (await sendRaw(listener.port, request, {})).responses

      assert.ok(response !== undefined)
      assert.equal(response.status, 201, response.body)
      assert.equal(listener.api.assertRawDescribed(request, response), true)
      const answer = JSON.parse(response.body)
      assert.deepEqual(answer.redirect_uris, document['redirect_uris'])
      assert.deepEqual(answer.grant_types, document['grant_types'])
      assert.equal(answer.token_endpoint_auth_method, 'none')
      assert.equal(answer.application_type, applicationType ?? 'web')
      assert.equal(answer.client_secret, undefined)
    })
  }
})
