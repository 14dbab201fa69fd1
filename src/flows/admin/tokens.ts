// Tokens as an administrator sees and ends them (spec 05 §4.2): families of users' tokens, and
// machine tokens that have not expired. Lists are walked in steps (ADR 17), so that a page and its
// total may be of different moments.
import type { ReplyOf } from '../../../actors/runtime/protocol.ts'
import type { StorageProtocol } from '../../../actors/storage/protocol.ts'
import type { TokenSection } from '../../../actors/storage/token-protocol.ts'
import { keyValue } from '../../base/key-value.ts'
import type { ListedToken } from '../../records/listed-token.ts'
import type { TokenFamily } from '../../records/token-family.ts'
import { adminEvent, type Operator } from '../audit.ts'
import { askOptions, type Services } from '../services.ts'
import { AdminError } from './admin-error.ts'
import { readUser, unknownUser } from './users.ts'

export interface TokenQuery {
  readonly clientId: string | null
  /** With a user there are no machine tokens in the list. */
  readonly userId: string | null
  /** Of families and of machine tokens, each: a page may hold twice as many rows. */
  readonly limit: number
  readonly offset: number
}

export interface TokenList {
  readonly tokens: readonly ListedToken[]
  /** All that match. */
  readonly total: number
}

/** Families, those that are active first, then machine tokens; newest first. @throws ActorError */
export async function listTokens(
  services: Services,
  operator: Operator,
  query: TokenQuery,
): Promise<TokenList> {
  const families = await walk(services, operator, {
    query,
    sections: ['active-families', 'revoked-families'],
  })
  if (query.userId !== null) return families
  const machine = await walk(services, operator, { query, sections: ['bound', 'unbound'] })
  return {
    tokens: [...families.tokens, ...machine.tokens],
    total: families.total + machine.total,
  }
}

/** As `listTokens`, for a user who must exist. @throws AdminError `not_found`, ActorError. */
export async function listUserTokens(
  services: Services,
  operator: Operator,
  query: TokenQuery & { readonly userId: string },
): Promise<TokenList> {
  await readUser(services, operator, query.userId)
  return listTokens(services, operator, query)
}

type Step = ReplyOf<StorageProtocol, 'listTokens'>

/** Goes through parts of the list to their end: the page is read, the rest is counted. */
async function walk(
  services: Services,
  operator: Operator,
  { query, sections }: { readonly query: TokenQuery; readonly sections: readonly TokenSection[] },
): Promise<TokenList> {
  const { clientId, userId, limit, offset } = query
  const nowMs = services.clock.nowMs()
  const machineSinceMs = nowMs - services.settings.clientCredentials.tokenLifeSeconds * 1000
  const tokens: ListedToken[] = []
  let total = 0
  for (const section of sections) {
    let below: number | null = null
    do {
      const rest = { skip: Math.max(0, offset - total), limit: limit - tokens.length }
      const outcome: { readonly reply: Step } = await services.storage.ask(
        'listTokens',
        { section, clientId, userId, machineSinceMs, nowMs, below, ...rest },
        askOptions(services, operator.trace),
      )
      tokens.push(...outcome.reply.tokens)
      total += outcome.reply.count
      below = outcome.reply.next
    } while (below !== null)
  }
  return { tokens, total }
}

/**
 * Revokes a family by its id, or an access token by its jti; revoking it again changes nothing.
 * @throws AdminError `not_found`, ActorError.
 */
export async function revokeListedToken(
  services: Services,
  operator: Operator,
  id: string,
): Promise<void> {
  const options = askOptions(services, operator.trace)
  const { reply } = await services.storage.ask('findToken', { id }, options)
  if (reply.family !== null) return revokeFamily(services, operator, reply.family)
  if (reply.accessToken !== null) {
    return revokeAccessToken(services, operator, { id, ...reply.accessToken })
  }
  throw new AdminError('not_found', 'there is no token with this id')
}

/** Both halves (spec 02 §5.2): whichever failed before is done by asking again. */
async function revokeFamily(
  services: Services,
  operator: Operator,
  { id, clientId }: TokenFamily,
): Promise<void> {
  const nowMs = services.clock.nowMs()
  const detail = keyValue('family', id)
  const audit = adminEvent(services, operator, { action: 'token.revoked', clientId, detail })
  const options = askOptions(services, operator.trace)
  const outcome = await services.storage.ask(
    'revokeFamily',
    { familyId: id, nowMs, audit },
    options,
  )
  await services.storage.ask('denylistFamily', { familyId: id, nowMs }, options)
  if (outcome.reply.isChanged) services.meters.tokensRevoked('explicit')
}

async function revokeAccessToken(
  services: Services,
  operator: Operator,
  token: {
    readonly id: string
    readonly clientId: string
    readonly isMachine: boolean
    readonly expiresAtMs: number
  },
): Promise<void> {
  const { id: jti, clientId, isMachine, expiresAtMs } = token
  const detail = keyValue(isMachine ? 'machine_jti' : 'jti', jti)
  const audit = adminEvent(services, operator, { action: 'token.revoked', clientId, detail })
  const outcome = await services.storage.ask(
    'revokeAccessToken',
    { jti, isMachine, expiresAtMs, nowMs: services.clock.nowMs(), audit },
    askOptions(services, operator.trace),
  )
  if (outcome.reply.isChanged) {
    services.meters.tokensRevoked(isMachine ? 'explicit_machine' : 'explicit')
  }
}

/**
 * Ends everything that a user has begun, and tells how many families that were.
 * @throws AdminError `not_found`, ActorError.
 */
export async function forceLogout(
  services: Services,
  operator: Operator,
  userId: string,
): Promise<number> {
  const nowMs = services.clock.nowMs()
  const event = {
    action: 'user.force_logout',
    clientId: '',
    detail: keyValue('user', userId),
  } as const
  let revoked = 0
  for (;;) {
    const outcome = await services.storage.ask(
      'forceLogout',
      {
        userId,
        revokedBefore: revoked,
        nowMs,
        audit: adminEvent(services, operator, event),
      },
      askOptions(services, operator.trace),
    )
    if (!outcome.ok) throw unknownUser()
    revoked += outcome.reply.revoked
    if (!outcome.reply.hasMore) return revoked
  }
}
