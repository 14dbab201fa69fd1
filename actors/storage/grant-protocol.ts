// Messages of the storage actor about what users allow clients: authorizations, consents, families
// of tokens, their use and their end (spec 01 §6–8, §10.3–10.4, §13–14, 02 §5).
import type { AuditEvent } from '../../src/records/audit-event.ts'
import type { Authorization } from '../../src/records/authorization.ts'
import type { Client, ClientStatus, TokenClient } from '../../src/records/client.ts'
import type { ConsentGrant } from '../../src/records/consent-grant.ts'
import type { GrantStanding } from '../../src/records/grant-standing.ts'
import type { ProofClaim } from '../../src/records/proof-claim.ts'
import type {
  PresentedRefreshToken,
  RefreshToken,
  Successor,
} from '../../src/records/refresh-token.ts'
import type { Resource } from '../../src/records/resource.ts'
import type { RefreshedFamily, TokenFamily } from '../../src/records/token-family.ts'
import type { TokenUser } from '../../src/records/user.ts'
import type { UserToken } from '../../src/records/user-token.ts'
import type { Ask } from '../runtime/protocol.ts'

type Nothing = Record<string, never>

/** Why a unit that brings a user's token to life found that it must not. */
type TokenRefusal =
  | 'proof-replayed'
  | 'client-gone'
  | 'user-gone'
  | 'resource-gone'
  | 'consent-gone'

export type GrantReads = {
  /**
   * What an authorize request needs. `resources` as in `readTokenContext`, and by slug. `consent`
   * is the live one of the user for the client and the only resource, null without either.
   */
  readonly readAuthorizeContext: Ask<
    {
      readonly clientId: string
      readonly userId: string | null
      readonly resource: string | null
    },
    {
      readonly client: Client | null
      readonly resources: readonly Resource[]
      readonly consent: ConsentGrant | null
    }
  >
  /** A pending authorization with its client and the rows of its resource. */
  readonly readAuthorization: Ask<
    { readonly id: string },
    {
      readonly authorization: Authorization | null
      readonly client: Client | null
      readonly resources: readonly Resource[]
    }
  >
  /** What the redemption of a code needs; `standing` is null when the code is unknown. */
  readonly readCode: Ask<
    { readonly codeHash: string; readonly clientId: string; readonly resource: string | null },
    {
      readonly authorization: Authorization | null
      readonly standing: GrantStanding | null
    }
  >
  /** What a refresh needs; everything is null when the token is unknown. */
  readonly readRefreshToken: Ask<
    { readonly tokenHash: string; readonly clientId: string; readonly resource: string | null },
    {
      readonly refreshToken: PresentedRefreshToken | null
      readonly family: RefreshedFamily | null
      readonly standing: GrantStanding | null
    }
  >
  /**
   * All that decides whether a token is active and the caller may know it (spec 01 §13). `subject`
   * and `issuingClientId` are those of the token, unverified: the flow verifies it before it acts
   * on the answer.
   */
  readonly readIntrospection: Ask<
    {
      readonly callerId: string
      readonly jti: string
      readonly issuingClientId: string
      readonly subject: string
      /** The token's audience, or null when that is the issuer. */
      readonly audience: string | null
    },
    {
      readonly caller: TokenClient | null
      /** Resources with the audience as URI, at most two. */
      readonly audienceResources: readonly Pick<Resource, 'id' | 'slug' | 'uri' | 'policy'>[]
      readonly issuance: { readonly isRevoked: boolean } | null
      readonly machineToken: { readonly isRevoked: boolean } | null
      readonly isDenylisted: boolean
      readonly issuingClient: { readonly status: ClientStatus } | null
      readonly subjectUser: TokenUser | null
    }
  >
  /** The caller of a revocation, and the family when the token is one of its refresh tokens. */
  readonly readRevocation: Ask<
    { readonly clientId: string; readonly tokenHash: string },
    { readonly client: TokenClient | null; readonly family: TokenFamily | null }
  >
  /** The family that a code brought to life, or null. */
  readonly readFamilyOfAuthorization: Ask<
    { readonly authorizationId: string },
    { readonly family: TokenFamily | null }
  >
  /** One of them by its id. */
  readonly readConsentGrant: Ask<{ readonly id: string }, { readonly consent: ConsentGrant | null }>
  /** All of them, revoked ones too, newest first. */
  readonly listConsentGrants: Ask<
    { readonly userId: string },
    { readonly consents: readonly ConsentGrant[] }
  >
}

export type GrantUnits = {
  /** Begins an authorization; with a code hash its code is issued at once. */
  readonly startAuthorization: Ask<{ readonly authorization: Authorization }, Nothing>
  /**
   * The user's yes: stores the consent (if there is a resource), narrows the authorization to
   * `scope` and gives it its code. A revoked consent comes back to life. `authorization-gone`: it
   * is over, has its code already, or belongs to another user.
   */
  readonly approveConsent: Ask<
    {
      readonly authorizationId: string
      readonly userId: string
      readonly consent: ConsentGrant | null
      readonly scope: string
      readonly codeHash: string
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    Nothing,
    'authorization-gone' | 'client-gone' | 'user-gone' | 'resource-gone'
  >
  /** The user's no: the authorization is over. `authorization-gone` as above. */
  readonly denyConsent: Ask<
    {
      readonly authorizationId: string
      readonly userId: string
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    Nothing,
    'authorization-gone'
  >

  /**
   * Spends a code: its family, access token, first refresh token, proof and audit row come to life
   * with it, or nothing does (B1). `code-consumed`: somebody was faster. `code-gone`: it has
   * expired meanwhile, or there is none.
   */
  readonly redeemCode: Ask<
    {
      readonly authorizationId: string
      readonly family: TokenFamily
      readonly token: UserToken
      /** Null when the client does not have the refresh_token grant. */
      readonly refreshToken: RefreshToken | null
      readonly proof: ProofClaim | null
      /** The consent it rests on, null without a resource. */
      readonly consentId: string | null
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    Nothing,
    'code-consumed' | 'code-gone' | TokenRefusal
  >
  /** Counts a failed redemption; the one that reaches `failuresMax` consumes the code (B1). */
  readonly countFailedRedemption: Ask<
    {
      readonly authorizationId: string
      readonly failuresMax: number
      readonly nowMs: number
      /** Null when nobody was authenticated (D17). */
      readonly audit: AuditEvent | null
    },
    { readonly isSpent: boolean }
  >
  /**
   * Spends a refresh token, or answers a spent one again within the grace window (B2, B3): its
   * successor, access token, proof and audit row come to life together, or nothing does.
   * `token-reused`: spent, and no grace is left.
   */
  readonly rotateRefreshToken: Ask<
    {
      readonly presentedId: string
      readonly successor: Successor
      readonly token: UserToken
      readonly proof: ProofClaim | null
      readonly consentId: string | null
      /** `windowMs` 0 = no grace. */
      readonly grace: { readonly windowMs: number; readonly siblingsMax: number }
      readonly caller: { readonly ip: string; readonly traceId: string | null }
      readonly nowMs: number
    },
    { readonly isRetry: boolean },
    'token-reused' | 'token-gone' | 'family-revoked' | TokenRefusal
  >

  /** Half 1 of a family's end: the family and all of its refresh tokens. */
  readonly revokeFamily: Ask<
    { readonly familyId: string; readonly nowMs: number; readonly audit: AuditEvent },
    /** False: it was revoked before, and nothing was written. */
    { readonly isChanged: boolean }
  >
  /** Half 2: its access tokens that are alive go to the denylist. */
  readonly denylistFamily: Ask<
    { readonly familyId: string; readonly nowMs: number },
    { readonly denylisted: number }
  >
  /**
   * Revokes one access token by its id: its issuance and, if it has such a row, its machine token;
   * a user's token also goes to the denylist. `isChanged` is false when nothing was left to do.
   */
  readonly revokeAccessToken: Ask<
    {
      readonly jti: string
      readonly isMachine: boolean
      readonly expiresAtMs: number
      readonly nowMs: number
      readonly audit: AuditEvent
    },
    { readonly isChanged: boolean }
  >
  /**
   * Revokes a consent and everything alive that came of it: pending codes, families with their
   * access tokens, issuances and what was exchanged from them (07 §5). Counts are appended to the
   * detail of the audit row. Nothing is written when it was revoked before, or never existed.
   */
  readonly revokeConsentGrant: Ask<
    { readonly id: string; readonly nowMs: number; readonly audit: AuditEvent },
    {
      readonly isChanged: boolean
      readonly revokedIssuances: number
      readonly revokedFamilies: number
    }
  >

  /** Replaces the metadata of a CIMD client with what its document says now. */
  readonly refreshClientDocument: Ask<
    { readonly client: Client; readonly nowMs: number; readonly audit: AuditEvent },
    Nothing,
    'unknown-client'
  >
}
