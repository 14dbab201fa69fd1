// Authorize requests of clients whose id is a document at a site of the test (attack catalogue,
// group CM): a server that may fetch from this machine, and what its answers must be.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AttackTarget, onlyResponse, r1, startTarget, unharmed } from './attack.ts'
import { authorizePath } from './browser-walk.ts'
import { clientDocument, type DocumentSite, openDocumentSite, sends } from './document-site.ts'
import { headerOf, type RawResponse } from './raw-http.ts'
import { seedUser } from './seed-users.ts'

/** The redirect URI of `clientDocument`. */
export const callback = 'https://client.test/callback'

export interface DocumentAttack {
  readonly site: DocumentSite
  /** May fetch from the site; knows the user alice. */
  readonly target: AttackTarget
  /** Certificate that a server needs to believe the site. */
  readonly authorityPath: string
  /** A client id that nobody has asked for yet, at a name that has an address without any DNS. */
  newId(): string
  /** Makes the site answer every request with a good document again. */
  offerAll(): void
  stop(): Promise<void>
}

/** Opens a site and starts a server. */
export async function startDocumentAttack(): Promise<DocumentAttack> {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-documents-'))
  const site = await openDocumentSite()
  const authorityPath = join(directory, 'authority.pem')
  writeFileSync(authorityPath, site.authority)
  const close = async (): Promise<void> => {
    await site.stop()
    rmSync(directory, { recursive: true })
  }
  const target = await startTarget({
    seed: async (services) => void (await seedUser(services, 'alice', {})),
    environment: {
      AUTHPLANE_CIMD_ALLOW_PRIVATE_ADDRESSES: 'true',
      AUTHPLANE_CIMD_FETCH_TIMEOUT: '1s',
      NODE_EXTRA_CA_CERTS: authorityPath,
    },
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  let lastId = 0
  return {
    site,
    target,
    authorityPath,
    newId: () => {
      lastId += 1
      return site.url(`/${lastId}.json`, 'localhost')
    },
    offerAll: () =>
      site.answers((response, request) => {
        const url = site.url(request.url ?? '', 'localhost')
        sends(clientDocument(url))(response, request)
      }),
    stop: async () => {
      await target.stop()
      await close()
    },
  }
}

/** Path of an authorize request of a client that has allowed nothing but `redirectUri`. */
export function documentPath(clientId: string, redirectUri: string): string {
  return authorizePath({
    client_id: clientId,
    redirect_uri: redirectUri,
    resource: r1,
    scope: 'tools/echo',
  })
}

/** Sends an authorize request of nobody in particular. */
export async function authorize(to: AttackTarget, clientId: string): Promise<RawResponse> {
  const head = `GET ${documentPath(clientId, callback)} HTTP/1.1\r\nHost: auth.test`
  return onlyResponse(await to.send(`${head}\r\nConnection: close\r\n\r\n`))
}

/** `PAGE` of the catalogue. */
export function assertPage(response: RawResponse): void {
  assert.equal(response.status, 400, response.body)
  assert.match(headerOf(response, 'content-type') ?? '', /^text\/html/)
  assert.equal(headerOf(response, 'location'), null)
}

/** The positive control: the request is understood, and its user asked to sign in. */
export function assertSignIn(response: RawResponse): void {
  assert.equal(response.status, 303, response.body)
  assert.match(headerOf(response, 'location') ?? '', /^\/login\?/)
}

/** The page for unknown clients, no client, no token; returns how many connections it took. */
export async function refusesId(
  to: AttackTarget,
  site: DocumentSite,
  clientId: string,
): Promise<number> {
  const [clients, connections] = [clientsOf(to), site.connections()]
  assertPage(await unharmed(to, () => authorize(to, clientId)))
  assert.equal(clientsOf(to), clients)
  return site.connections() - connections
}

function clientsOf(to: AttackTarget): number {
  const sql = `SELECT count(*) AS count FROM clients WHERE registration_source = 'cimd'`
  return Number(to.rows(sql)[0]?.['count'])
}
