// Checks of the way of a person: code, its redemption, refresh tokens and their end.
import { type Check, expect, expectSame } from './check.ts'
import type { App, Deployment } from './deployment.ts'
import type { Answer } from './http.ts'
import { expectRefusal, expectUncached } from './refusals.ts'

/** More than a lost answer would need; a stolen refresh token may not work for ever. */
const reusesMax = 64

export const personChecks: readonly Check[] = [
  {
    id: 'code',
    source: 'RFC 6749 §4.1.2',
    claim: 'a person who signs in and allows sends the client a code and its own state',
    run: async ({ code }) => {
      const { answer } = await code()
      expectSame(answer.get('state'), 'a state & more', 'state')
      expectSame(answer.getAll('code').length, 1, 'the number of codes')
    },
  },
  {
    id: 'code-issuer',
    source: 'RFC 9207 §2',
    claim: 'the answer to the client names the issuer, and the metadata says so',
    run: async ({ code, options, metadata }) => {
      expectSame((await code()).answer.get('iss'), options.url, 'iss')
      const name = 'authorization_response_iss_parameter_supported'
      expectSame((await metadata())[name], true, name)
    },
  },
  {
    id: 'code-redemption',
    source: 'RFC 6749 §4.1.4',
    claim: 'a code is worth an access token that nobody caches',
    run: async (deployment) => {
      const answer = await deployment.redeem(await deployment.code(), {})
      expectSame(answer.status, 200, 'the status')
      expect(typeof answer.members['access_token'] === 'string', 'there is no access token')
      expectUncached(answer)
    },
  },
  {
    id: 'code-once',
    source: 'RFC 6749 §4.1.2',
    claim: 'a code that is used twice is refused, and what came of it ends',
    run: async (deployment) => {
      const code = await deployment.code()
      const first = await deployment.redeem(code, {})
      expectSame(first.status, 200, 'the first status')
      expectRefusal(await deployment.redeem(code, {}), 'invalid_grant')
      const token = first.members['refresh_token']
      if (typeof token !== 'string') return
      expectRefusal(await refresh(deployment, code.app, token), 'invalid_grant')
    },
  },
  {
    id: 'code-verifier',
    source: 'RFC 7636 §4.6',
    claim: 'a code is worth nothing without its verifier',
    run: async (deployment) => {
      const code_verifier = 'another-verifier-0123456789-abcdefghijklmnop'
      const code = await deployment.code()
      expectRefusal(await deployment.redeem(code, { code_verifier }), 'invalid_grant')
    },
  },
  {
    id: 'code-of-another',
    source: 'RFC 6749 §4.1.3',
    claim: 'a code is worth nothing to another client',
    run: async (deployment) => {
      const code = await deployment.code()
      const answer = await deployment.redeem(code, { client_id: 'no-such-client' })
      expectRefusal(answer, 'invalid_client')
    },
  },
  {
    id: 'refresh-rotation',
    source: 'RFC 9700 §4.14.2',
    claim: 'a refresh token of a public client is worth another one',
    run: async (deployment) => {
      const { app, refresh: first } = await deployment.tokens()
      const answer = await refresh(deployment, app, first)
      expectSame(answer.status, 200, 'the status')
      const next = answer.members['refresh_token']
      expect(typeof next === 'string' && next !== first, 'there is no new refresh token')
      expectUncached(answer)
    },
  },
  {
    id: 'refresh-reuse',
    source: 'RFC 9700 §4.14.2',
    claim: 'a refresh token that is used again and again is refused, and its successors too',
    run: async (deployment) => {
      const { app, refresh: first } = await deployment.tokens()
      let [last, answer] = [first, await refresh(deployment, app, first)]
      for (let count = 1; answer.status === 200 && count < reusesMax; count += 1) {
        last = String(answer.members['refresh_token'])
        answer = await refresh(deployment, app, first)
      }
      expectRefusal(answer, 'invalid_grant')
      expectRefusal(await refresh(deployment, app, last), 'invalid_grant')
    },
  },
  {
    id: 'refresh-scope',
    source: 'RFC 6749 §6',
    claim: 'a refresh is worth no scope that was not allowed',
    run: async (deployment) => {
      const { app, refresh: token } = await deployment.tokens()
      const scope = 'no-such-scope'
      const answer = await refresh(deployment, app, token, { scope })
      expectRefusal(answer, 'invalid_scope')
    },
  },
  {
    id: 'refresh-revocation',
    source: 'RFC 7009 §2.1',
    claim: 'a refresh token that its client gives back is worth nothing any more',
    run: async (deployment) => {
      const { app, refresh: token } = await deployment.tokens()
      const { status } = await deployment.post('revocation_endpoint', { client_id: app.id, token })
      expectSame(status, 200, 'the status of the revocation')
      expectRefusal(await refresh(deployment, app, token), 'invalid_grant')
    },
  },
]

function refresh(
  { post, options }: Deployment,
  app: App,
  token: string,
  change: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return post('token_endpoint', {
    grant_type: 'refresh_token',
    client_id: app.id,
    refresh_token: token,
    resource: options.resource,
    ...change,
  })
}
