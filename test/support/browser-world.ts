// What a walk in a real browser needs: a server with people, apps and a resource, the site that an
// app's redirects lead to, and the browser.
import type { Browser } from 'playwright-core'
import type { Services } from '../../src/flows/services.ts'
import type { Client } from '../../src/records/client.ts'
import { authorizePath, walkVerifier } from './browser-walk.ts'
import { startChromium } from './chromium.ts'
import { type DocumentSite, openDocumentSite } from './document-site.ts'
import { seedClient, seedResource } from './seed.ts'
import { seedUser } from './seed-users.ts'
import { type RunningServer, startServer } from './start-server.ts'

export interface World {
  readonly server: RunningServer
  readonly browser: Browser
  /** Where the answers to apps arrive. */
  readonly site: DocumentSite
  /** URL of an authorize request of an app. */
  authorizeUrl(clientId: string, change: Readonly<Record<string, string | null>>): string
  /** Trades a code of `clientId` for the scope of its token. */
  scopeOf(clientId: string, code: string): Promise<string>
  stop(): Promise<void>
}

/** Failed sign-ins of one person until the door stays shut. */
export const failuresMax = 3

export const notesUri = 'https://notes.test/mcp'

/** Resource of a long name and long scopes: what has to break on a narrow screen. */
const notes = {
  uri: notesUri,
  displayName: 'Team notes',
  scopes: [
    { name: 'notes:read', description: 'Read your notes', upstream: '' },
    { name: 'notes:write', description: 'Write and delete notes in your name', upstream: '' },
    { name: 'notes:administer-every-single-workspace', description: '', upstream: '' },
  ],
}

/** Starts all of it. */
export async function startWorld(): Promise<World> {
  const site = await openDocumentSite()
  site.answers((response) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<!doctype html><title>App</title><p>Back in the app.</p>')
  })
  const server = await startServer({
    seed: (services) => seedPeople(services, site),
    environment: {
      AUTHPLANE_RATE_LIMIT_ENABLED: 'false',
      AUTHPLANE_RATE_LIMIT_AUTH_FAIL_MAX: String(failuresMax),
    },
  })
  const browser = await startChromium({ 'client.test': site.port })
  return {
    server,
    browser,
    site,
    authorizeUrl: (clientId, change) =>
      server.baseUrl +
      authorizePath({
        client_id: clientId,
        redirect_uri: redirectUris(site)[clientId] ?? null,
        resource: notesUri,
        scope: notes.scopes.map(({ name }) => name).join(' '),
        ...change,
      }),
    scopeOf: async (clientId, code) => {
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        code,
        code_verifier: walkVerifier,
        redirect_uri: redirectUris(site)[clientId] ?? '',
        resource: notesUri,
      })
      const answer = await fetch(`${server.baseUrl}/oauth/token`, { method: 'POST', body })
      const text = await answer.text()
      const { scope } = JSON.parse(text) as { scope?: string }
      return scope ?? text
    },
    stop: async () => {
      await browser.close()
      await server.stop()
      await site.stop()
    },
  }
}

/** By client. */
function redirectUris({ port }: DocumentSite): Readonly<Record<string, string>> {
  return {
    'site-app': 'https://client.test/callback',
    'desk-app': `https://localhost:${port}/callback`,
    'phone-app': 'com.example.notes:/callback',
  }
}

async function seedPeople(services: Services, site: DocumentSite): Promise<void> {
  for (const id of ['ada', 'bob', 'eve', 'kay']) await seedUser(services, id, {})
  await seedResource(services, 'notes', notes)
  const app: Partial<Client> = {
    secretHash: '',
    tokenEndpointAuthMethod: 'none',
    grantTypes: ['authorization_code', 'refresh_token'],
    responseTypes: ['code'],
    scope: '',
  }
  for (const [id, uri] of Object.entries(redirectUris(site))) {
    await seedClient(services, id, {
      ...app,
      name: id === 'site-app' ? 'Notes on the web' : 'Notes helper with a rather long name',
      redirectUris: [uri],
      registrationSource: id === 'site-app' ? 'admin' : 'dcr',
    })
  }
}
