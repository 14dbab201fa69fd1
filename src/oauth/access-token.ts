// Claims of our JWT access tokens (RFC 9068, spec 02 §2.2–2.3).

/** Payload of an `at+jwt`. Wire names; members that do not apply are absent. */
export interface AccessTokenClaims {
  readonly iss: string
  readonly sub: string
  /** Exactly one audience: the resource's URI, or the issuer. */
  readonly aud: readonly [string]
  readonly client_id: string
  readonly scope?: string
  /** UUIDv7; also the id of the issuance row. */
  readonly jti: string
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  /** Present exactly when the token is bound to a key (RFC 9449 §6). */
  readonly cnf?: { readonly jkt: string }
  readonly agent_id?: string
  readonly agent_name?: string
}

/** What a machine token says, apart from its id and times. */
export interface MachineTokenFacts {
  readonly issuer: string
  readonly clientId: string
  /** Registered URI of the resource, or null for a token bound to none. */
  readonly resourceUri: string | null
  /** Space separated, sorted; empty = no scope. */
  readonly scope: string
  /** Name of the client when it is an agent, else null (spec 02 §4, B36). */
  readonly agentName: string | null
  /** Thumbprint of the key it is bound to, or null for a bearer token. */
  readonly dpopJkt: string | null
}

/** What a token of the code and refresh grants says beyond a machine token: for whom it is. */
export interface UserTokenFacts extends MachineTokenFacts {
  readonly userId: string
}

/** Id and times of one token. */
export interface TokenStamp {
  readonly jti: string
  readonly nowSeconds: number
  readonly lifeSeconds: number
}

/** Claims of a client_credentials token: the subject is the client itself. */
export function machineTokenClaims(facts: MachineTokenFacts, stamp: TokenStamp): AccessTokenClaims {
  return claimsOf(facts, facts.clientId, stamp)
}

/** Claims of a token that a client uses for a user. */
export function userTokenClaims(facts: UserTokenFacts, stamp: TokenStamp): AccessTokenClaims {
  return claimsOf(facts, facts.userId, stamp)
}

function claimsOf(facts: MachineTokenFacts, subject: string, stamp: TokenStamp): AccessTokenClaims {
  return {
    iss: facts.issuer,
    sub: subject,
    aud: [facts.resourceUri ?? facts.issuer],
    client_id: facts.clientId,
    ...(facts.scope === '' ? null : { scope: facts.scope }),
    jti: stamp.jti,
    iat: stamp.nowSeconds,
    nbf: stamp.nowSeconds,
    exp: stamp.nowSeconds + stamp.lifeSeconds,
    ...(facts.dpopJkt === null ? null : { cnf: { jkt: facts.dpopJkt } }),
    ...(facts.agentName === null
      ? null
      : { agent_id: facts.clientId, agent_name: facts.agentName }),
  }
}
