// What every row of the attack catalogue needs: the clients it names, requests in one line, and
// the three invariants of each refusal (spec 09): nothing issued, no 5xx, a prompt answer. What was
// secret in any request or answer must not be in the server's log at the end (LK-02).
import assert from 'node:assert/strict'
import type { Services } from '../../src/flows/services.ts'
import { hashClientSecret } from '../../src/oauth/client-secret.ts'
import { headerOf, type RawAnswer, type RawResponse, sendRaw } from './raw-http.ts'
import { scopesOf, secretOf, seedClient, seedResource } from './seed.ts'
import { type RunningServer, type StartOptions, startServer } from './start-server.ts'

export const r1 = 'https://mcp1.test/mcp'
export const r2 = 'https://mcp2.test/mcp'

/** A secret in which form-encoding matters (CA-06). */
export const oddCredentials = { id: 'odd:+%é', secret: 's+p a%c:é' }

/** Whatever is attacked, as far as the invariants of every attack go. */
export interface Issuer {
  /** How many tokens the database knows; where there are any, codes and families as well. */
  issued(): number
}

export interface AttackTarget extends RunningServer, Issuer {
  /** Remembers that `text` must not be logged. */
  remember(text: string): void
  /** Sends a request over a socket of its own. */
  send(request: string | Uint8Array): Promise<RawAnswer>
  /** POST /oauth/token with a form body, given as text. */
  token(body: string, headers?: Readonly<Record<string, string>>): Promise<RawResponse>
}

/**
 * Starts a server with the clients and resources of the catalogue and what the test's own seed
 * adds, without the address limiter.
 */
export async function startTarget(options: StartOptions): Promise<AttackTarget> {
  const server = await startServer({
    ...options,
    environment: { AUTHPLANE_RATE_LIMIT_ENABLED: 'false', ...options.environment },
    seed: async (services) => {
      await seedCatalogue(services)
      await options.seed?.(services)
    },
  })
  const secrets = new Set<string>([server.adminKey()])
  const clients = ['conf', 'm2m', 'pub', 'susp', 'gone', 'noscope', 'nogrant', 'rs1']
  for (const id of clients) secrets.add(secretOf(id))
  secrets.add(oddCredentials.secret)
  const send = async (request: string | Uint8Array): Promise<RawAnswer> => {
    const answer = await sendRaw(server.port, request, {})
    for (const { body } of answer.responses) rememberTokens(body, secrets)
    return answer
  }
  return {
    ...server,
    remember: (text) => void secrets.add(text),
    send,
    token: async (body, headers) => {
      const answer = await send(tokenRequest(body, headers ?? {}))
      return onlyResponse(answer)
    },
    issued: () => countIssued(server),
    stop: async () => {
      assert.equal(await server.terminate(), 0, 'the server ends as an operator expects')
      const log = server.log()
      await server.stop()
      assertNotLogged(log, secrets)
    },
  }
}

async function seedCatalogue(services: Services): Promise<void> {
  await seedClient(services, 'm2m', { scope: 'tools/echo' })
  await seedClient(services, 'conf', { scope: 'tools/echo tools/query' })
  await seedClient(services, 'rs1', {})
  await seedClient(services, 'pub', { secretHash: '' })
  await seedClient(services, 'susp', { status: 'suspended' })
  await seedClient(services, 'gone', { status: 'revoked' })
  await seedClient(services, 'noscope', { scope: '' })
  await seedClient(services, 'nogrant', { grantTypes: ['authorization_code'] })
  const secretHash = hashClientSecret(oddCredentials.secret, null)
  await seedClient(services, oddCredentials.id, { secretHash })
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
}

/** Bytes of a token request whose connection closes after the answer. */
export function tokenRequest(body: string, headers: Readonly<Record<string, string>>): string {
  const all = {
    Host: 'auth.test',
    Connection: 'close',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `POST /oauth/token HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Body of a valid client_credentials request, with changes; null removes a member. */
export function ccBody(clientId: string, change: Readonly<Record<string, string | null>>): string {
  const members: Record<string, string | null> = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secretOf(clientId),
    ...change,
  }
  return Object.entries(members)
    .filter((entry): entry is [string, string] => entry[1] !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}

/** Value of an `Authorization` header, neither encoded nor checked. */
export function basicOf(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`
}

/** The one response of an answer. */
export function onlyResponse(answer: RawAnswer): RawResponse {
  const [response, another] = answer.responses
  assert.ok(response !== undefined && another === undefined, `one answer in:\n${answer.text}`)
  return response
}

/** The members of a JSON body. */
export function jsonOf(response: RawResponse): Readonly<Record<string, unknown>> {
  return JSON.parse(response.body)
}

/** Does `work` and checks the invariants that hold for every attack: G1, G2, G3. */
export async function unharmed<Result extends RawResponse | RawAnswer>(
  target: Issuer,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = target.issued()
  let fastestMs = Number.POSITIVE_INFINITY
  let result: Result | null = null
  // Others use the machine too: of three tries the fastest tells how long the server needs.
  for (let round = 0; round < 3 && fastestMs >= 250; round += 1) {
    const startedMs = performance.now()
    result = await work()
    fastestMs = Math.min(fastestMs, performance.now() - startedMs)
  }
  assert.ok(result !== null)
  assert.equal(target.issued(), before, 'G1: nothing was issued')
  const responses: readonly RawResponse[] = 'responses' in result ? result.responses : [result]
  for (const { status } of responses) assert.ok(status < 500, `G2: ${status}`)
  assert.ok(fastestMs < 250, `G3: answered after ${Math.round(fastestMs)} ms`)
  return result
}

/** A refusal in the common form: `E(code)` and `E401` of the catalogue. */
export async function refused(
  target: Issuer,
  work: () => Promise<RawResponse>,
  code: string,
): Promise<RawResponse> {
  const response = await unharmed(target, work)
  const body = jsonOf(response)
  assert.equal(body['error'], code, response.body)
  assert.equal(response.status, code === 'invalid_client' ? 401 : 400)
  assert.equal(headerOf(response, 'content-type'), 'application/problem+json')
  assert.equal(headerOf(response, 'cache-control'), 'no-store')
  assert.equal(
    headerOf(response, 'www-authenticate'),
    response.status === 401 ? 'Basic realm="authserver"' : null,
  )
  const members = ['detail', 'error', 'error_description', 'status', 'title', 'type']
  assert.deepEqual(Object.keys(body).toSorted(), members)
  return response
}

/** A success: the positive control of a row. */
export async function issues(
  target: Issuer,
  work: () => Promise<RawResponse>,
): Promise<Readonly<Record<string, unknown>>> {
  const before = target.issued()
  const response = await work()
  assert.equal(response.status, 200, response.body)
  assert.equal(target.issued(), before + 1)
  return jsonOf(response)
}

function countIssued(server: RunningServer): number {
  const [row] = server.rows(`SELECT
    (SELECT count(*) FROM issuances) + (SELECT count(*) FROM unbound_machine_tokens) AS count`)
  return Number(row?.['count'])
}

function rememberTokens(body: string, secrets: Set<string>): void {
  for (const [token, , , signature = ''] of body.matchAll(
    /([\w-]+)\.([\w-]{20,})\.([\w-]{40,})/g,
  )) {
    secrets.add(token)
    secrets.add(signature)
  }
}

/** Fails when a secret is in the log, plain, form-encoded or in a Basic header. */
function assertNotLogged(log: string, secrets: ReadonlySet<string>): void {
  assert.ok(log.includes('"msg":"ready"'), 'the log was captured')
  for (const secret of secrets) {
    if (secret === '') continue
    const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
    for (const form of forms) assert.equal(log.includes(form), false, 'LK-02: a secret was logged')
  }
}
