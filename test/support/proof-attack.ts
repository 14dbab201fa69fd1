// Proofs for the DP rows of the attack catalogue: how they are made, used and refused at the token
// endpoint of a running server.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type AttackTarget, ccBody, issues, r1, refused } from './attack.ts'
import { makeProof, makeProofKey, type ProofChange, type ProofKey } from './dpop-client.ts'
import { headerOf, type RawResponse } from './raw-http.ts'

type Headers = Readonly<Record<string, string>>

export interface ProofAttack {
  /** The key of most proofs, and one of somebody else. */
  readonly key: ProofKey
  readonly otherKey: ProofKey
  tokenUrl(): string
  /** A proof for the token endpoint; it must never be logged. */
  proofBy(signer: ProofKey, change: ProofChange): string
  proofOf(change: ProofChange): string
  headerWith(header: NonNullable<ProofChange['header']>): () => string
  claimsWith(claims: NonNullable<ProofChange['claims']>): () => string
  /** Sends a token request with a proof. */
  use(proof: string, headers?: Headers): Promise<RawResponse>
  /** The proof buys a token. */
  accepted(proof: string): Promise<Readonly<Record<string, unknown>>>
  /** The proof is refused, with a nonce as on every answer to a proof. */
  rejected(proof: string, headers?: Headers): Promise<void>
  /** A row: each case is refused, and the same request with a good proof is not. */
  rejects(row: string, cases: readonly (readonly [string, () => string])[]): void
}

/** The means of attack on whatever `target` returns when they are used. */
export function createProofAttack(target: () => AttackTarget): ProofAttack {
  const key = makeProofKey()
  const tokenUrl = (): string => `${target().issuer}/oauth/token`
  const proofBy = (signer: ProofKey, change: ProofChange): string => {
    const proof = makeProof(signer, tokenUrl(), change)
    target().remember(proof)
    return proof
  }
  const proofOf = (change: ProofChange): string => proofBy(key, change)
  const use = (proof: string, headers: Headers = {}): Promise<RawResponse> =>
    target().token(ccBody('conf', { resource: r1 }), { DPoP: proof, ...headers })
  const accepted = (proof: string) => issues(target(), () => use(proof))
  const rejected = async (proof: string, headers: Headers = {}): Promise<void> => {
    const response = await refused(target(), () => use(proof, headers), 'invalid_dpop_proof')
    assert.match(headerOf(response, 'dpop-nonce') ?? '', /^[\w-]{43}$/)
  }
  return {
    key,
    otherKey: makeProofKey(),
    tokenUrl,
    proofBy,
    proofOf,
    headerWith: (header) => () => proofOf({ header }),
    claimsWith: (claims) => () => proofOf({ claims }),
    use,
    accepted,
    rejected,
    rejects: (row, cases) => {
      describe(row, () => {
        for (const [name, proof] of cases) test(name, () => rejected(proof()))
        test('control: the good proof is accepted', async () => {
          assert.equal((await accepted(proofOf({})))['token_type'], 'DPoP')
        })
      })
    },
  }
}

/** Members of `cnf` in the token of an answer, undefined when it has none. */
export function confirmationOf(body: Readonly<Record<string, unknown>>): unknown {
  const [, claims = ''] = String(body['access_token']).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))['cnf']
}

/** The time in a claim. */
export const nowSeconds = (): number => Math.floor(Date.now() / 1000)
