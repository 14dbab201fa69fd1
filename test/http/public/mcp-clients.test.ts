// What real MCP clients send to the authorize endpoint (decision B29): each request as its query
// was seen, with the client's registration, and where its code must arrive.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Client } from '../../../src/records/client.ts'
import { type Browser, openBrowser } from '../../support/browser.ts'
import {
  openAuthorize,
  openConsent,
  tickedScopes,
  walkToClient,
} from '../../support/browser-walk.ts'
import { openPublicListener, type PublicListener } from '../../support/public-listener.ts'
import { headerOf } from '../../support/raw-http.ts'
import { scopesOf, seedClient, seedResource } from '../../support/seed.ts'
import { passwordOf, seedUser } from '../../support/seed-users.ts'

const ada = { email: 'ada@example.test', password: passwordOf('ada') }
const challenge =
  'code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256'
const claudeDocument = 'https://claude.ai/oauth/claude-code-client-metadata'

/** How each of them is registered; `dcr` unless said. */
const registrations: Readonly<Record<string, Partial<Client>>> = {
  [claudeDocument]: {
    name: 'Claude Code',
    registrationSource: 'cimd',
    cimdUrl: claudeDocument,
    redirectUris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
  },
  connector: {
    name: 'Claude',
    redirectUris: [
      'https://claude.ai/api/mcp/auth_callback',
      'https://claude.com/api/mcp/auth_callback',
    ],
  },
  chatgpt: {
    name: 'ChatGPT',
    redirectUris: ['https://chatgpt.com/connector/oauth/a1B2c3D4e5F6'],
  },
  cursor: {
    name: 'Cursor',
    redirectUris: [
      'cursor://anysphere.cursor-mcp/oauth/callback',
      'https://www.cursor.com/agents/mcp/oauth/callback',
      'http://localhost:8787/callback',
    ],
    applicationType: 'native',
  },
  vscode: {
    name: 'Visual Studio Code',
    redirectUris: [
      'https://insiders.vscode.dev/redirect',
      'https://vscode.dev/redirect',
      'http://127.0.0.1/',
      'http://127.0.0.1:33418/',
    ],
  },
  opencode: { name: 'opencode', redirectUris: ['http://127.0.0.1:19876/mcp/oauth/callback'] },
  remote: { name: 'MCP CLI Proxy', redirectUris: ['http://localhost:3334/oauth/callback'] },
  inspector: {
    name: 'MCP Inspector',
    redirectUris: ['http://localhost:6274/oauth/callback'],
  },
}

interface Captured {
  readonly client: string
  readonly quirk: string
  readonly query: string
  readonly arrives: string
  /** What is asked for. */
  readonly scopes: readonly string[]
}

const both = ['files:read', 'files:write']

const captured: readonly Captured[] = [
  {
    client: 'Claude Code',
    quirk: 'a port of the moment, and none in its document',
    query:
      `response_type=code&client_id=${encodeURIComponent(claudeDocument)}&${challenge}` +
      '&redirect_uri=http%3A%2F%2Flocalhost%3A54212%2Fcallback&state=Zb2QJx4n' +
      '&resource=https%3A%2F%2Ffiles.test%2F',
    arrives: 'http://localhost:54212/callback',
    scopes: both,
  },
  {
    client: 'Claude Code',
    quirk: 'another host and a slash behind the origin of the resource',
    query:
      `response_type=code&client_id=${encodeURIComponent(claudeDocument)}&${challenge}` +
      '&redirect_uri=http%3A%2F%2F127.0.0.1%3A3118%2Fcallback&state=s' +
      '&scope=files%3Aread&resource=https%3A%2F%2Ffiles.test%2F',
    arrives: 'http://127.0.0.1:3118/callback',
    scopes: ['files:read'],
  },
  {
    client: 'Claude Code',
    quirk: 'offline_access that nobody has',
    query:
      `response_type=code&client_id=${encodeURIComponent(claudeDocument)}&${challenge}` +
      '&redirect_uri=http%3A%2F%2Flocalhost%3A3118%2Fcallback&state=s' +
      '&scope=files%3Aread+offline_access&prompt=consent&resource=https%3A%2F%2Ffiles.test',
    arrives: 'http://localhost:3118/callback',
    scopes: ['files:read'],
  },
  {
    client: 'claude.ai',
    quirk: 'a slash behind the origin of the resource',
    query:
      `response_type=code&client_id=connector&${challenge}` +
      '&redirect_uri=https%3A%2F%2Fclaude.ai%2Fapi%2Fmcp%2Fauth_callback&state=dGVzdA%3D%3D' +
      '&scope=files%3Aread+files%3Awrite&resource=https%3A%2F%2Ffiles.test%2F',
    arrives: 'https://claude.ai/api/mcp/auth_callback',
    scopes: both,
  },
  {
    client: 'ChatGPT',
    quirk: 'a callback of its own per connector',
    query:
      `response_type=code&client_id=chatgpt&${challenge}` +
      '&redirect_uri=https%3A%2F%2Fchatgpt.com%2Fconnector%2Foauth%2Fa1B2c3D4e5F6' +
      '&state=oauth_s_6913&scope=files%3Aread&resource=https%3A%2F%2Ffiles.test',
    arrives: 'https://chatgpt.com/connector/oauth/a1B2c3D4e5F6',
    scopes: ['files:read'],
  },
  {
    client: 'Cursor',
    quirk: 'a private-use scheme',
    query:
      `response_type=code&client_id=cursor&${challenge}` +
      '&redirect_uri=cursor%3A%2F%2Fanysphere.cursor-mcp%2Foauth%2Fcallback' +
      '&state=%7B%22id%22%3A%22x%22%7D&resource=https%3A%2F%2Ffiles.test%2F',
    arrives: 'cursor://anysphere.cursor-mcp/oauth/callback',
    scopes: both,
  },
  {
    client: 'VS Code',
    quirk: 'its site, with a state that is a URI',
    query:
      `client_id=vscode&response_type=code&${challenge}&scope=files%3Aread` +
      '&redirect_uri=https%3A%2F%2Fvscode.dev%2Fredirect' +
      '&state=vscode%3A%2F%2Fvscode.github-authentication%2Fdid-authenticate%3Fnonce%3Dx' +
      '&resource=https%3A%2F%2Ffiles.test',
    arrives: 'https://vscode.dev/redirect',
    scopes: ['files:read'],
  },
  {
    client: 'VS Code',
    quirk: 'a random port, and a path of one slash',
    query:
      `client_id=vscode&response_type=code&${challenge}&scope=files%3Aread` +
      '&resource=https%3A%2F%2Ffiles.test%2F&redirect_uri=http%3A%2F%2F127.0.0.1%3A50001%2F' +
      '&state=http%3A%2F%2F127.0.0.1%3A50001%2Fcallback%3Fnonce%3Dabc%253D',
    arrives: 'http://127.0.0.1:50001/',
    scopes: ['files:read'],
  },
  {
    client: 'opencode',
    quirk: 'a fixed port',
    query:
      `response_type=code&client_id=opencode&${challenge}&state=f00` +
      '&redirect_uri=http%3A%2F%2F127.0.0.1%3A19876%2Fmcp%2Foauth%2Fcallback' +
      '&resource=https%3A%2F%2Ffiles.test%2F',
    arrives: 'http://127.0.0.1:19876/mcp/oauth/callback',
    scopes: both,
  },
  {
    client: 'mcp-remote',
    quirk: 'another port than it registered, and no resource',
    query:
      `response_type=code&client_id=remote&${challenge}&state=0b5e` +
      '&redirect_uri=http%3A%2F%2Flocalhost%3A3337%2Foauth%2Fcallback&scope=files%3Aread',
    arrives: 'http://localhost:3337/oauth/callback',
    scopes: ['files:read'],
  },
  {
    client: 'MCP Inspector',
    quirk: 'an empty scope and no state',
    query:
      `response_type=code&client_id=inspector&${challenge}&scope=` +
      '&redirect_uri=http%3A%2F%2Flocalhost%3A6274%2Foauth%2Fcallback' +
      '&resource=https%3A%2F%2Ffiles.test%2F',
    arrives: 'http://localhost:6274/oauth/callback',
    scopes: both,
  },
]

describe('authorize requests of MCP clients', () => {
  let listener: PublicListener
  let browser: Browser

  before(async () => {
    listener = await openPublicListener(new Map(), async ({ services }) => {
      await seedUser(services, 'ada', {})
      for (const [id, registration] of Object.entries(registrations)) {
        await seedClient(services, id, {
          secretHash: '',
          registrationSource: 'dcr',
          grantTypes: ['authorization_code', 'refresh_token'],
          scope: '',
          ...registration,
        })
      }
      await seedResource(services, 'files', {
        uri: 'https://files.test',
        scopes: scopesOf(...both),
      })
    })
    browser = openBrowser(listener.port, {})
  })
  after(() => listener.stop())

  for (const { client, quirk, query, arrives, scopes } of captured) {
    test(`${client}: ${quirk}`, async () => {
      const path = `/oauth/authorize?${query}`

      assert.deepEqual(tickedScopes(await openConsent(browser, path, ada)), scopes)
      const { target, members } = await walkToClient(browser, path, ada)

      assert.equal(target, arrives)
      assert.match(members.get('code') ?? '', /^[\w-]{43}$/)
      assert.equal(members.get('state') ?? null, new URLSearchParams(query).get('state'))
      assert.equal(members.get('iss'), 'https://auth.test')
    })
  }

  test('a slash behind a path is another resource, whoever sends it', async () => {
    const query = captured[4]?.query.replace('files.test', 'files.test%2Fmcp%2F') ?? ''
    const answer = await openAuthorize(browser, `/oauth/authorize?${query}`, ada)
    assert.equal(answer.status, 400)
    assert.equal(headerOf(answer, 'location'), null)
  })

  test('a client that falls back to /authorize is told where to go', async () => {
    const answer = await browser.get(`/authorize?${captured[3]?.query}`)
    assert.equal(answer.status, 200)
    assert.match(answer.body, /https:\/\/auth\.test\/oauth\/authorize/)
  })
})
