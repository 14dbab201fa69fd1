// Registrations as an attacker sends them (attack catalogue, group DR): in one line, and with a
// look at what was stored.
import assert from 'node:assert/strict'
import { type AttackTarget, jsonOf, onlyResponse, refused } from './attack.ts'
import type { RawResponse } from './raw-http.ts'

type Headers = Readonly<Record<string, string>>

export interface RegistrationAttack {
  /** Sends `body` to the registration endpoint as it is. */
  post(body: string, headers?: Headers): Promise<RawResponse>
  /** A registration that comes to a client: the positive control. */
  registers(document: unknown): Promise<Readonly<Record<string, unknown>>>
  /** A body that comes to the refusal `code` and to no client. */
  refusesBody(body: string, code: string, headers?: Headers): Promise<RawResponse>
  /** A document whose metadata is refused. */
  refuses(document: unknown): Promise<RawResponse>
  /** How many clients the database knows. */
  clients(): number
}

/** An ordinary client. */
export const app = { client_name: 'App', redirect_uris: ['https://app.test/cb'] }

/** A request with exactly these headers beside those of HTTP; a character of `body` is a byte. */
export function rawRegistration(body: string, headers: readonly string[]): string {
  const all = ['Host: auth.test', 'Connection: close', `Content-Length: ${body.length}`, ...headers]
  return `POST /oauth/register HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body}`
}

/** Attacks on the registration endpoint of `target`. */
export function registrationAttack(target: AttackTarget): RegistrationAttack {
  const clients = (): number =>
    Number(target.rows('SELECT count(*) AS count FROM clients')[0]?.['count'])

  async function post(body: string, headers: Headers = {}): Promise<RawResponse> {
    const all = { 'Content-Type': 'application/json', ...headers }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    const bytes = Buffer.from(body)
    const head = rawRegistration(bytes.toString('latin1'), lines)
    return onlyResponse(await target.send(Buffer.from(head, 'latin1')))
  }

  async function refusesBody(
    body: string,
    code: string,
    headers: Headers = {},
  ): Promise<RawResponse> {
    const before = clients()
    const response = await refused(target, () => post(body, headers), code)
    assert.equal(clients(), before, 'no client was stored')
    return response
  }

  return {
    post,
    clients,
    refusesBody,
    refuses: (document) => refusesBody(JSON.stringify(document), 'invalid_client_metadata'),
    registers: async (document) => {
      const response = await post(JSON.stringify(document))
      assert.equal(response.status, 201, response.body)
      const client = jsonOf(response)
      const { client_secret: secret } = client
      if (typeof secret === 'string') target.remember(secret)
      return client
    },
  }
}
