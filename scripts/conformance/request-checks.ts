// Checks of requests that are refused whoever sends them, of registration, and of what an authorize
// request may not lead to.
import { type Check, expect, expectSame } from './check.ts'
import { type Deployment, register, registration } from './deployment.ts'
import type { Answer } from './http.ts'
import { expectRefusal, expectUncached } from './refusals.ts'

export const requestChecks: readonly Check[] = [
  {
    id: 'unsupported-grant',
    source: 'RFC 6749 §5.2',
    claim: 'an unknown grant type is refused in the common form, and never cached',
    run: async ({ post }) =>
      expectRefusal(
        await post('token_endpoint', { grant_type: 'no-such-grant', client_id: 'nobody' }),
        'unsupported_grant_type',
      ),
  },
  {
    id: 'unknown-client',
    source: 'RFC 6749 §5.2',
    claim: 'an unknown client is answered with 401 and a challenge of the scheme it used',
    run: async ({ post }) => {
      const authorization = `Basic ${Buffer.from('nobody:nothing').toString('base64')}`
      const fields = { grant_type: 'client_credentials' }
      const answer = await post('token_endpoint', fields, { authorization })
      expectRefusal(answer, 'invalid_client')
      const challenge = answer.headers.get('www-authenticate') ?? ''
      expect(/^basic /i.test(challenge), `WWW-Authenticate is "${challenge}"`)
    },
  },
  {
    id: 'repeated-parameter',
    source: 'RFC 6749 §3.2',
    claim: 'a parameter that is sent twice is refused',
    run: async ({ endpoint, send }) => {
      const body = new URLSearchParams([
        ['grant_type', 'client_credentials'],
        ['grant_type', 'client_credentials'],
        ['client_id', 'nobody'],
      ])
      const answer = await send(await endpoint('token_endpoint'), { method: 'POST', body })
      expectRefusal(answer, 'invalid_request')
    },
  },
  {
    id: 'token-by-get',
    source: 'RFC 6749 §3.2',
    claim: 'the token endpoint takes nothing but POST',
    run: async ({ endpoint, send }) => {
      const { status } = await send(await endpoint('token_endpoint'), {})
      expect(status === 405 || status === 404, `GET is answered with ${status}`)
    },
  },
  {
    id: 'introspection-by-anybody',
    source: 'RFC 7662 §2.1',
    claim: 'nobody learns about a token without proving who asks',
    run: async ({ post }) => {
      const { status, members } = await post('introspection_endpoint', { token: 'any' })
      expectSame(status, 401, 'the status')
      expect(!('active' in members), 'it says whether the token is active')
    },
  },
  {
    id: 'authorize-unknown-client',
    source: 'RFC 6749 §4.1.2.1',
    claim: 'an unknown client gets nobody sent to its address',
    run: async (deployment) => {
      const app = { id: 'no-such-client', redirectUri: 'https://client.invalid/callback' }
      expectStays(await openAuthorize(deployment, app, {}), 'client.invalid')
    },
  },
  {
    id: 'authorize-redirect-uri',
    source: 'RFC 9700 §2.1',
    claim: 'an address that is not registered gets nobody sent there',
    run: async (deployment) => {
      const { id } = await deployment.app()
      const app = { id, redirectUri: 'https://client.invalid/callback' }
      expectStays(await openAuthorize(deployment, app, {}), 'client.invalid')
    },
  },
  {
    id: 'authorize-without-pkce',
    source: 'OAuth 2.1 §4.1.1',
    claim: 'an authorize request without a code challenge is refused',
    run: async (deployment) => {
      const answer = await openAuthorize(deployment, await deployment.app(), {})
      const said = `${answer.headers.get('location') ?? ''} ${answer.text}`
      expect(said.includes('invalid_request'), `the answer is ${answer.status}, without an error`)
    },
  },
  {
    id: 'registration',
    source: 'RFC 7591 §3.2.1',
    claim: 'a client registers itself; what it said comes back, and what nobody knows is ignored',
    run: async (deployment) => {
      const answer = await register(deployment, { ...registration, x_unknown: { a: 1 } })
      expectSame(answer.status, 201, 'the status')
      expectUncached(answer)
      expect(typeof answer.members['client_id'] === 'string', 'there is no client_id')
      for (const [name, value] of Object.entries(registration)) {
        expectSame(JSON.stringify(answer.members[name]), JSON.stringify(value), name)
      }
    },
  },
  {
    id: 'registration-redirect-uri',
    source: 'RFC 7591 §3.2.2',
    claim: 'an address to return to that anybody could listen at is not registered',
    run: async (deployment) => {
      const redirect_uris = ['http://client.invalid/callback']
      const answer = await register(deployment, { ...registration, redirect_uris })
      expectSame(answer.status, 400, 'the status')
      const error = String(answer.members['error'])
      const codes = ['invalid_redirect_uri', 'invalid_client_metadata']
      expect(codes.includes(error), `the error is ${error}`)
    },
  },
]

/** Without a code challenge, so that no page of the way to a code is left behind. */
async function openAuthorize(
  deployment: Deployment,
  app: { readonly id: string; readonly redirectUri: string },
  change: Readonly<Record<string, string | null>>,
): Promise<Answer> {
  return deployment.send(await deployment.authorizeUrl(app, { state: 's', ...change }), {})
}

/** @throws Violation when the answer leads to `host`. */
function expectStays(answer: Answer, host: string): void {
  const location = answer.headers.get('location') ?? ''
  expect(!location.includes(`//${host}`), `the browser is sent to ${location}`)
  expect(answer.status >= 400, `the status is ${answer.status}`)
}
