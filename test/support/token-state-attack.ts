// What the attacks on introspection and revocation share (spec 09, groups IN and RV): a server with
// users, clients that have tokens for them, and requests in one line.
import assert from 'node:assert/strict'
import type { Services } from '../../src/flows/services.ts'
import {
  type AttackTarget,
  basicOf,
  jsonOf,
  onlyResponse,
  r1,
  r2,
  startTarget,
  tokenRequest,
} from './attack.ts'
import { takesFaults } from './inject-fault.ts'
import type { RawResponse } from './raw-http.ts'
import { secretOf } from './seed.ts'
import { type SeededCode, seedApp, seedCode } from './seed-codes.ts'
import { seedUser } from './seed-users.ts'

/** Tokens of a user, as the token endpoint gave them. */
export interface UserTokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface TokenStateTarget extends AttackTarget {
  /** POST of a form to a path of the public listener. */
  post(
    path: string,
    members: Members,
    headers?: Readonly<Record<string, string>>,
  ): Promise<RawResponse>
  /** Redeems a code that nobody has redeemed: to `app`, for R1 or R2. */
  userTokens(resource: 'r1' | 'r2', userId: string): Promise<UserTokens>
  /** Asks about a token as a confidential client. */
  introspect(callerId: string, token: string): Promise<RawResponse>
  /** Revokes as `app`. */
  revoke(token: string): Promise<RawResponse>
  /** Refreshes as `app`. */
  refresh(token: string): Promise<RawResponse>
}

type Members = Readonly<Record<string, string>>

const resources = [
  { id: 'r1', uri: r1 },
  { id: 'r2', uri: r2 },
] as const

/** A server that has `codes` codes for each of both resources of each of `users`. */
export async function startTokenStateTarget(
  users: readonly string[],
  codes: number,
): Promise<TokenStateTarget> {
  const pending = new Map<string, SeededCode[]>()
  const target = await startTarget({
    environment: takesFaults,
    seed: async (services: Services) => {
      for (const id of ['app', 'app2']) await seedApp(services, id, {})
      for (const userId of users) await seedUser(services, userId, {})
      for (const userId of users) {
        for (const resource of resources) {
          const of = { clientId: 'app', userId, scope: 'tools/echo', resource }
          const seeded: SeededCode[] = []
          for (let index = 0; index < codes; index += 1) seeded.push(await seedCode(services, of))
          pending.set(`${userId} ${resource.id}`, seeded)
        }
      }
    },
  })
  const post = async (
    path: string,
    members: Members,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawResponse> => {
    const request = tokenRequest(new URLSearchParams(members).toString(), headers)
    return onlyResponse(await target.send(request.replace('/oauth/token', path)))
  }
  return {
    ...target,
    post,
    userTokens: async (resource, userId) => {
      const seeded = pending.get(`${userId} ${resource}`)?.pop()
      assert.ok(seeded !== undefined, 'a code is left')
      const response = await post('/oauth/token', seeded.form)
      assert.equal(response.status, 200, response.body)
      const body = jsonOf(response)
      const refreshToken = String(body['refresh_token'])
      target.remember(refreshToken)
      const accessToken = String(body['access_token'])
      return { accessToken, refreshToken }
    },
    introspect: (callerId, token) => {
      const Authorization = basicOf(`${callerId}:${secretOf(callerId)}`)
      return post('/oauth/introspect', { token }, { Authorization })
    },
    revoke: (token) => post('/oauth/revoke', { token, client_id: 'app' }),
    refresh: (token) =>
      post('/oauth/token', {
        grant_type: 'refresh_token',
        refresh_token: token,
        client_id: 'app',
      }),
  }
}

/** Fails unless the answer says that a token is active, and nothing else about it is missing. */
export function assertActive(response: RawResponse): void {
  assert.equal(response.status, 200, response.body)
  assert.equal(jsonOf(response)['active'], true, response.body)
}

/** Fails unless the answer says exactly that nothing is active. */
export function assertInactive(response: RawResponse): void {
  assert.equal(response.status, 200, response.body)
  assert.equal(response.body, '{"active":false}')
}
