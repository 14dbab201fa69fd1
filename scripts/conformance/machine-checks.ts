// Checks of tokens of machine clients: their form, introspection, revocation, and DPoP.
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { type Check, expect, expectSame, NotApplicable } from './check.ts'
import type { Deployment } from './deployment.ts'
import type { Answer, Members } from './http.ts'
import { createProver, type Prover } from './prover.ts'
import { expectRefusal, expectUncached } from './refusals.ts'

export const machineChecks: readonly Check[] = [
  {
    id: 'machine-token',
    source: 'RFC 6749 §4.4.3',
    claim: 'client_credentials leads to a token that nobody caches, without a refresh token',
    run: async ({ machineToken }) => {
      const answer = await machineToken()
      const { members } = expectToken(answer, 'bearer')
      expect(Number(members['expires_in']) > 0, 'expires_in is missing')
      expect(!('refresh_token' in members), 'there is a refresh token')
    },
  },
  {
    id: 'machine-wrong-secret',
    source: 'RFC 6749 §5.2',
    claim: 'a wrong secret is refused like an unknown client',
    run: async ({ post, machine }) => {
      const fields = { grant_type: 'client_credentials', ...machine(), client_secret: 'wrong' }
      expectRefusal(await post('token_endpoint', fields), 'invalid_client')
    },
  },
  {
    id: 'access-token',
    source: 'RFC 9068 §2',
    claim: 'an access token is a signed at+jwt of this issuer with all claims of the profile',
    run: async (deployment) => {
      const { token } = expectToken(await deployment.machineToken(), 'bearer')
      const claims = await verify(deployment, token)
      for (const name of ['exp', 'iat', 'jti', 'sub', 'client_id', 'aud']) {
        expect(name in claims, `the claim ${name} is missing`)
      }
      expectSame(claims['client_id'], deployment.machine()['client_id'], 'client_id')
    },
  },
  {
    id: 'access-token-audience',
    source: 'RFC 8707 §2',
    claim: 'a token that was asked for a resource is for it alone',
    run: async (deployment) => {
      const { resource } = deployment.options
      if (resource === null) throw new NotApplicable('needs --resource')
      const { token } = expectToken(await deployment.machineToken(), 'bearer')
      const { aud } = await verify(deployment, token)
      expectSame(JSON.stringify([aud].flat()), JSON.stringify([resource]), 'the audience')
    },
  },
  {
    id: 'unknown-resource',
    source: 'RFC 8707 §2',
    claim: 'a resource that is not registered is refused',
    run: async ({ post, machine }) => {
      const resource = 'https://no-such-resource.invalid/'
      const fields = { grant_type: 'client_credentials', ...machine(), resource }
      expectRefusal(await post('token_endpoint', fields), 'invalid_target')
    },
  },
  {
    id: 'introspection',
    source: 'RFC 7662 §2.2',
    claim: 'a client sees its own token as active, and anything else as inactive',
    run: async ({ machineToken, machine, post }) => {
      const { token } = expectToken(await machineToken(), 'bearer')
      const { members, headers } = await post('introspection_endpoint', { ...machine(), token })
      expectSame(members['active'], true, 'active')
      expectSame(members['client_id'], machine()['client_id'], 'client_id')
      expect((headers.get('cache-control') ?? '').includes('no-store'), 'it may be cached')
      const other = await post('introspection_endpoint', { ...machine(), token: 'no-token' })
      expectSame(other.status, 200, 'the status for anything else')
      expectSame(JSON.stringify(other.members), '{"active":false}', 'the answer for anything else')
    },
  },
  {
    id: 'revocation',
    source: 'RFC 7009 §2.2',
    claim: 'a revoked token is inactive, and revoking what does not exist is no error',
    run: async ({ machineToken, machine, post }) => {
      const { token } = expectToken(await machineToken(), 'bearer')
      for (const one of [token, 'no-such-token']) {
        const { status } = await post('revocation_endpoint', { ...machine(), token: one })
        expectSame(status, 200, 'the status')
      }
      const { members } = await post('introspection_endpoint', { ...machine(), token })
      expectSame(members['active'], false, 'active, after the revocation')
    },
  },
  {
    id: 'dpop-token',
    source: 'RFC 9449 §5–6',
    claim: 'a token that was asked for with a proof is bound to its key',
    run: async (deployment) => {
      const prover = await proverFor(deployment)
      const answer = await sendProof(deployment, prover, {})
      const { token } = expectToken(answer, 'dpop')
      const { cnf } = await verify(deployment, token)
      expectSame((cnf as Members | undefined)?.['jkt'], prover.thumbprint, 'cnf.jkt')
    },
  },
  {
    id: 'dpop-replay',
    source: 'RFC 9449 §11.1',
    claim: 'a proof is good for one request',
    run: async (deployment) => {
      const prover = await proverFor(deployment)
      const proof = await deployment.endpoint('token_endpoint').then((url) => prover.prove(url, {}))
      expectSame((await deployment.machineToken({ dpop: proof })).status, 200, 'the first status')
      expectRefusal(await deployment.machineToken({ dpop: proof }), 'invalid_dpop_proof')
    },
  },
  {
    id: 'dpop-other-url',
    source: 'RFC 9449 §4.3',
    claim: 'a proof for another address is refused',
    run: async (deployment) => {
      const prover = await proverFor(deployment)
      const answer = await sendProof(deployment, prover, { htu: 'https://other.invalid/token' })
      expectRefusal(answer, 'invalid_dpop_proof')
    },
  },
  {
    id: 'dpop-other-method',
    source: 'RFC 9449 §4.3',
    claim: 'a proof for another method is refused',
    run: async (deployment) => {
      const prover = await proverFor(deployment)
      const answer = await sendProof(deployment, prover, { htm: 'GET' })
      expectRefusal(answer, 'invalid_dpop_proof')
    },
  },
  {
    id: 'dpop-old',
    source: 'RFC 9449 §11.1',
    claim: 'a proof that was made long ago is refused',
    run: async (deployment) => {
      const prover = await proverFor(deployment)
      const iat = Math.floor(Date.now() / 1000) - 86_400
      expectRefusal(await sendProof(deployment, prover, { iat }), 'invalid_dpop_proof')
    },
  },
  {
    id: 'dpop-nonce',
    source: 'RFC 9449 §8',
    claim: 'where nonces are required, one of another server is refused and ours is accepted',
    run: async (deployment) => {
      const prover = await proverFor(deployment)
      if (!prover.isNonceRequired) throw new NotApplicable('nonces are not required')
      const foreign = await sendProof(deployment, prover, { nonce: 'of-another-server' })
      expectRefusal(foreign, 'use_dpop_nonce')
      const nonce = foreign.headers.get('dpop-nonce')
      expect(nonce !== null, 'there is no DPoP-Nonce')
      expectToken(await sendProof(deployment, prover, { nonce }), 'dpop')
    },
  },
]

function expectToken(
  answer: Answer,
  type: 'bearer' | 'dpop',
): { readonly token: string; readonly members: Members } {
  const { members, status, text } = answer
  expectSame(status, 200, `the status of ${text.slice(0, 200)}`)
  expectSame(String(members['token_type']).toLowerCase(), type, 'token_type')
  expectUncached(answer)
  const token = members['access_token']
  expect(typeof token === 'string' && token !== '', 'there is no access token')
  return { token, members }
}

/** Claims of a token that the published keys verify. */
async function verify(deployment: Deployment, token: string): Promise<Members> {
  const { members } = await deployment.send(await deployment.endpoint('jwks_uri'), {})
  const keys = createLocalJWKSet(members as unknown as JSONWebKeySet)
  try {
    const { payload } = await jwtVerify(token, keys, {
      typ: 'at+jwt',
      issuer: deployment.options.url,
    })
    return payload
  } catch (error) {
    expect(false, `the token is not sound: ${error instanceof Error ? error.message : error}`)
  }
}

/** A prover that knows the nonce of the deployment, if there is one. */
async function proverFor(
  deployment: Deployment,
): Promise<Prover & { readonly isNonceRequired: boolean }> {
  deployment.machine()
  const algorithms = (await deployment.metadata())['dpop_signing_alg_values_supported']
  if (!Array.isArray(algorithms)) throw new NotApplicable('DPoP is switched off')
  expect(algorithms.includes('ES256'), 'ES256 is not offered for proofs')
  const prover = await createProver()
  const first = await sendProof(deployment, prover, {})
  const nonce = first.headers.get('dpop-nonce')
  return {
    ...prover,
    isNonceRequired: first.members['error'] === 'use_dpop_nonce',
    prove: (url, change) => prover.prove(url, nonce === null ? change : { nonce, ...change }),
  }
}

async function sendProof(deployment: Deployment, prover: Prover, change: Members): Promise<Answer> {
  const proof = await prover.prove(await deployment.endpoint('token_endpoint'), change)
  return deployment.machineToken({ dpop: proof })
}
