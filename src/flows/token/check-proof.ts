// The DPoP proof of a token request (RFC 9449 §5, spec 02 §6.2, §6.6): asks the replay actor and
// turns what it found into a claim to be spent, or into a refusal.
import type { ProofFault } from '../../../actors/dpop-replay/protocol.ts'
import { unreachable } from '../../base/assert.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import type { TokenCall } from '../../oauth/token-request.ts'
import type { TokenClient } from '../../records/client.ts'
import type { ProofClaim } from '../../records/proof-claim.ts'
import { askOptions, type Services } from '../services.ts'

/**
 * The claim of the proof that came with `call`, to be committed with what it buys; null when none
 * came and the client needs none. The proof counts as used from here on. @throws OAuthError
 * `invalid_dpop_proof`, `use_dpop_nonce`; ActorError.
 */
export async function checkProof(
  services: Services,
  { proof, caller }: Pick<TokenCall, 'proof' | 'caller'>,
  client: TokenClient,
): Promise<ProofClaim | null> {
  if (proof === null) {
    if (!client.dpopBoundAccessTokens) return null
    throw new OAuthError('invalid_dpop_proof', 'the client is registered for DPoP-bound tokens')
  }
  const { reply } = await services.dpopReplay.ask(
    'checkProof',
    {
      proof: proof.jwt,
      method: proof.method,
      targets: proof.targets,
      accessTokenHash: null,
      isNonceRequired: services.settings.dpop.isNonceRequired,
    },
    askOptions(services, caller.trace),
  )
  services.dpopNonces.learn(reply.nonce)
  if (reply.fault !== null) {
    services.meters.proofRejected(reply.fault)
    throw refusalOf(reply.fault)
  }
  services.meters.proofValidated()
  return reply.claim
}

/** The refusal of a unit whose proof another one has spent: storage has the last word (B8). */
export function proofReplayed(services: Services): OAuthError {
  services.meters.proofRejected('replay')
  return refusalOf('replay')
}

/**
 * Gives a proof back after an outage: what it was to buy did not come about through no fault of the
 * client, which may send it again. Whether it really bought nothing storage still checks.
 */
export function releaseProof(services: Services, claim: ProofClaim | null): void {
  if (claim === null) return
  services.dpopReplay.tell('releaseProof', { jkt: claim.jkt, jti: claim.jti })
}

/** One text for whatever is wrong with a proof; only what helps to do better is told apart. */
function refusalOf(fault: ProofFault): OAuthError {
  switch (fault) {
    case 'invalid_proof':
    case 'replay':
      return new OAuthError('invalid_dpop_proof', 'the DPoP proof is not valid or was used before')
    case 'nonce_required':
    case 'nonce_mismatch':
      return new OAuthError('use_dpop_nonce', 'repeat the request with the nonce of DPoP-Nonce')
    default:
      return unreachable(fault)
  }
}
