// What the rows about codes and refresh tokens need (spec 09, groups PK, CO and RT): a real
// listener over services in this thread, so that a test can move time and see what storage holds;
// users' codes and tokens; and whether a token is alive. No secret may be in its log or audit rows
// at the end (LK-02).
import assert from 'node:assert/strict'
import { sha256Base64url } from '../../src/base/hash.ts'
import { changeResource } from '../../src/flows/admin/resources.ts'
import type { Settings } from '../../src/flows/settings.ts'
import type { RequestedResourceChange } from '../../src/oauth/resource-registration.ts'
import { type Issuer, jsonOf, onlyResponse, r1, r2, tokenRequest } from './attack.ts'
import { makeProof, type ProofKey } from './dpop-client.ts'
import { createHandClock, type HandClock } from './hand-clock.ts'
import { createInlineServices, type InlineOptions, type InlineServices } from './inline-services.ts'
import { listenOver } from './public-listener.ts'
import { type RawResponse, sendRaw } from './raw-http.ts'
import { scopesOf, secretOf, seedClient, seedResource } from './seed.ts'
import { type CodeSubject, type SeededCode, seedApp, seedCode } from './seed-codes.ts'
import { seedUser } from './seed-users.ts'

/** Members of a form; null or undefined leaves one out. */
export type Members = Readonly<Record<string, string | null | undefined>>
type Headers = Readonly<Record<string, string>>

/** What came with an access token. */
export interface TokenPair {
  readonly access: string
  readonly refresh: string
  readonly body: Readonly<Record<string, unknown>>
}

export interface GrantTarget extends Issuer {
  readonly inline: InlineServices
  readonly clock: HandClock
  readonly port: number
  /** Sends a request over a socket of its own. */
  send(request: string): Promise<RawResponse>
  /** POST /oauth/token. */
  token(form: Members, headers?: Headers): Promise<RawResponse>
  /** A code of alice for `pub`, R1 and `tools/echo`, unless `of` says otherwise. */
  code(of?: Partial<CodeSubject>): Promise<SeededCode>
  /** What such a code buys. */
  tokens(of?: Partial<CodeSubject>, headers?: Headers): Promise<TokenPair>
  /** Rotates a refresh token of `pub`, with changes. */
  refresh(token: string, change?: Members, headers?: Headers): Promise<RawResponse>
  /** Whether the server of R1 is told that an access token is active. */
  isActive(access: string): Promise<boolean>
  /** A header with a proof for the token endpoint, with changes of its claims. */
  proofBy(key: ProofKey, claims?: Readonly<Record<string, unknown>>): Headers
  /** Details of audit rows of an action, in the order of their making. */
  audited(action: string): readonly string[]
  stop(): Promise<void>
}

/** Settings in which nothing is answered twice (D12). */
export const strictTokens: Settings['userTokens'] = {
  accessLifeSeconds: 900,
  refreshLifeSeconds: 7 * 24 * 3600,
  refreshGraceMs: 0,
}

const issuer = 'https://auth.test'
export const tokenUrl = `${issuer}/oauth/token`
export const r1Resource = { id: 'r1', uri: r1 }

/**
 * Starts a listener with the clients, resources and users of the catalogue. `listener` holds
 * settings of test/http/fixtures/README.md.
 */
export async function startGrantTarget(
  change: Partial<Settings>,
  listener: ReadonlyMap<string, string> = new Map(),
): Promise<GrantTarget> {
  const clock = createHandClock(Date.now())
  const inline = await createInlineServices(grantOptions(clock, change))
  await seedCatalogue(inline)
  return grantTargetOver(inline, clock, listener)
}

/** Options of services that issue codes and refresh tokens. */
export function grantOptions(clock: HandClock, change: Partial<Settings>): InlineOptions {
  return {
    issuer,
    clock,
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    settings: { userTokens: strictTokens, ...change },
  }
}

/** A target over services that are there already. */
export async function grantTargetOver(
  inline: InlineServices,
  clock: HandClock,
  settings: ReadonlyMap<string, string> = new Map(),
): Promise<GrantTarget> {
  const { services } = inline
  const listener = await listenOver(inline, settings)
  const secrets = new Set<string>(confidential.map(secretOf))
  const send = async (request: string): Promise<RawResponse> => {
    const response = onlyResponse(await sendRaw(listener.port, request, { withinMs: 10_000 }))
    for (const secret of tokensIn(response.body)) secrets.add(secret)
    return response
  }
  const token: GrantTarget['token'] = (form, headers = {}) =>
    send(tokenRequest(formOf(form), headers))
  const code: GrantTarget['code'] = async (of = {}) => {
    const seeded = await seedCode(services, { ...usual, ...of })
    secrets.add(seeded.code).add(seeded.form['code_verifier'] ?? seeded.code)
    const clientId = of.clientId ?? usual.clientId
    const secret = confidential.includes(clientId) ? { client_secret: secretOf(clientId) } : null
    return { ...seeded, form: { ...seeded.form, ...secret } }
  }
  return {
    inline,
    clock,
    port: listener.port,
    send,
    token,
    code,
    tokens: async (of, headers) => pairOf(await token((await code(of)).form, headers)),
    refresh: (refresh, change, headers) => token(refreshForm(refresh, change), headers),
    isActive: async (access) => {
      const form = { token: access, client_id: 'rs1', client_secret: secretOf('rs1') }
      const request = tokenRequest(formOf(form), {}).replace('/oauth/token', '/oauth/introspect')
      const response = await send(request)
      assert.equal(response.status, 200, response.body)
      return jsonOf(response)['active'] === true
    },
    proofBy: (key, claims) => {
      const iat = Math.floor(clock.nowMs() / 1000)
      return { DPoP: makeProof(key, tokenUrl, { claims: { iat, ...claims } }) }
    },
    issued: () => countOf(inline),
    audited: (action) =>
      inline
        .rows('SELECT detail FROM audit_events WHERE action = ? ORDER BY id', action)
        .map(({ detail }) => String(detail)),
    stop: async () => {
      const told = JSON.stringify([inline.lines, inline.rows('SELECT * FROM audit_events')])
      await listener.stop()
      for (const secret of secrets) {
        assert.equal(told.includes(secret), false, 'LK-02: a secret is logged or audited')
      }
    },
  }
}

const confidential: readonly string[] = ['conf', 'conf2', 'rs1', 'm2m']
const usual: CodeSubject = {
  clientId: 'pub',
  userId: 'alice',
  resource: r1Resource,
  scope: 'tools/echo',
}

/** Clients, resources and users of spec 09. */
export async function seedCatalogue({ services }: InlineServices): Promise<void> {
  const scope = 'tools/echo tools/query'
  for (const id of ['pub', 'pub2']) await seedApp(services, id, { scope })
  for (const id of ['conf', 'conf2']) {
    await seedClient(services, id, {
      scope,
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirectUris: ['https://app.test/cb'],
    })
  }
  await seedClient(services, 'm2m', { scope: 'tools/echo' })
  await seedClient(services, 'rs1', {})
  await seedResource(services, 'r1', {
    uri: r1,
    scopes: scopesOf('tools/echo', 'tools/query'),
    policy: {
      exchangeAllowedClientIds: [],
      runtimeClientIds: ['rs1'],
      connectAllowedReturnUrls: [],
    },
  })
  await seedResource(services, 'r2', { uri: r2, scopes: scopesOf('tools/echo') })
  for (const id of ['alice', 'bob']) await seedUser(services, id, {})
}

/** Changes a resource as an administrator does. */
export async function patchResource(
  { inline }: Pick<GrantTarget, 'inline'>,
  id: string,
  change: Partial<RequestedResourceChange>,
): Promise<void> {
  const operator = { actorId: 'admin', trace: null }
  const whole = { ...unchanged, ...change }
  await changeResource(inline.services, operator, { id, change: whole })
}

const unchanged: RequestedResourceChange = {
  slug: null,
  uri: null,
  backendKind: null,
  brokerProviderId: null,
  brokerProviderSlug: null,
  displayName: null,
  scopes: null,
  policy: null,
}

/** Form of a refresh by `pub`, with changes. */
export function refreshForm(refresh: string, change: Members = {}): Members {
  return { grant_type: 'refresh_token', refresh_token: refresh, client_id: 'pub', ...change }
}

/** The tokens of an answer. */
export function pairOf(response: RawResponse): TokenPair {
  assert.equal(response.status, 200, response.body)
  const body = jsonOf(response)
  return { access: String(body['access_token']), refresh: String(body['refresh_token']), body }
}

/** The hash under which storage knows a code or refresh token. */
export const hashOf = sha256Base64url

/** The body of a form. */
export function formOf(members: Members): string {
  return Object.entries(members)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

function* tokensIn(body: string): Generator<string> {
  for (const [, name, token = ''] of body.matchAll(/"(access|refresh)_token":"([^"]+)"/g)) {
    yield token
    if (name === 'access') yield token.slice(token.lastIndexOf('.') + 1)
  }
}

/** Everything that a grant can bring to life; what is spent stays counted. */
function countOf(inline: InlineServices): number {
  const [row] = inline.rows(`SELECT
    (SELECT count(*) FROM issuances) + (SELECT count(*) FROM unbound_machine_tokens)
    + (SELECT count(*) FROM token_families) + (SELECT count(*) FROM refresh_tokens)
    + (SELECT count(*) FROM access_token_jtis)
    + (SELECT count(*) FROM auth_sessions WHERE code_hash IS NOT NULL) AS count`)
  return Number(row?.['count'])
}
