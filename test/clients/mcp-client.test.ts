// The official TypeScript client, in its current line and in the one that is installed everywhere,
// against the example: every way to become known, more scopes on demand, refresh, client
// credentials, and proofs of possession with a nonce.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  Client,
  ClientCredentialsProvider,
  DpopSession,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import * as oldAuth from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import * as oldHttp from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { secretOf, seedClient } from '../support/seed.ts'
import {
  callbackUrl,
  checkedAnswer,
  createProvider,
  type MemoryProvider,
  type ProviderOptions,
} from './memory-provider.ts'
import { type PublishedClient, publishClient } from './published-client.ts'
import { openScene, type Scene } from './scene.ts'

/** What a session with the example is, whichever SDK made it. */
interface Session {
  call(tool: string, input: Record<string, unknown>): Promise<string>
  close(): Promise<void>
}

/** A client without a user. */
interface Machine {
  readonly id: string
  readonly secret: string
  readonly issuer: string
}

interface Library {
  readonly name: string
  /** What it adds to the scopes it is told to ask for. */
  readonly extraScope: string
  /** Connects; rejects with the library's own UnauthorizedError when the user is needed. */
  connect(resource: string, provider: MemoryProvider | Machine): Promise<Session>
  /** Hands over what came back from the authorization server. */
  finish(resource: string, provider: MemoryProvider, answer: URLSearchParams): Promise<void>
}

/** The user may have notes already. */
const heard = /^(?:no notes yet|from )/
const identity = { name: 'test of real clients', version: '1.0.0' }

function textOf(result: unknown): string {
  return (result as { readonly content: readonly { text: string }[] }).content[0]?.text ?? ''
}

const current: Library = {
  name: '@modelcontextprotocol/client',
  extraScope: ' offline_access',
  connect: async (resource, provider) => {
    const authProvider = 'secret' in provider ? currentMachine(provider) : provider
    const client = new Client(identity)
    await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider }))
    return {
      call: async (name, input) => textOf(await client.callTool({ name, arguments: input })),
      close: () => client.close(),
    }
  },
  finish: (resource, authProvider, answer) =>
    new StreamableHTTPClientTransport(new URL(resource), { authProvider }).finishAuth(answer),
}

const currentMachine = ({ id, secret, issuer }: Machine): ClientCredentialsProvider =>
  new ClientCredentialsProvider({ clientId: id, clientSecret: secret, expectedIssuer: issuer })

const installed: Library = {
  name: '@modelcontextprotocol/sdk',
  extraScope: '',
  connect: async (resource, provider) => {
    const authProvider = 'secret' in provider ? installedMachine(provider) : provider
    const client = new OldClient(identity)
    const transport = new oldHttp.StreamableHTTPClientTransport(new URL(resource), { authProvider })
    // Its own types do not agree with each other under exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<typeof client.connect>[0])
    return {
      call: async (name, input) => textOf(await client.callTool({ name, arguments: input })),
      close: () => client.close(),
    }
  },
  finish: (resource, authProvider, answer) =>
    new oldHttp.StreamableHTTPClientTransport(new URL(resource), { authProvider }).finishAuth(
      answer.get('code') ?? '',
    ),
}

const installedMachine = ({ id, secret, issuer }: Machine): oldAuth.ClientCredentialsProvider =>
  new oldAuth.ClientCredentialsProvider({
    clientId: id,
    clientSecret: secret,
    expectedIssuer: issuer,
  })

describe('an MCP client', () => {
  let scene: Scene
  let published: PublishedClient

  before(async () => {
    published = await publishClient('/callback')
    scene = await openScene({
      environment: published.environment,
      seed: async (services) => {
        await seedClient(services, 'known', {
          secretHash: '',
          redirectUris: [callbackUrl],
          grantTypes: ['authorization_code', 'refresh_token'],
          responseTypes: ['code'],
          tokenEndpointAuthMethod: 'none',
          scope: 'notes:read notes:write',
        })
        await seedClient(services, 'job', { scope: 'notes:read' })
      },
    })
  })
  after(async () => {
    await scene.stop()
    await published.stop()
  })

  /** Connects as a person would: is sent to the server, comes back, and connects again. */
  async function signIn(library: Library, options: ProviderOptions): Promise<Connected> {
    const provider = createProvider(options)
    await assert.rejects(library.connect(scene.resource, provider), isUnauthorized)
    await comeBack(library, provider)
    return { provider, session: await library.connect(scene.resource, provider) }
  }

  async function comeBack(library: Library, provider: MemoryProvider): Promise<void> {
    const url = provider.redirects.at(-1)
    assert.ok(url !== undefined, 'the user was sent to the authorization server')
    const answer = checkedAnswer(provider, await scene.authorize(url))
    await library.finish(scene.resource, provider, answer)
  }

  for (const library of [current, installed]) {
    test(`${library.name}: registers itself`, async () => {
      const { provider, session } = await signIn(library, {})

      assert.match(await session.call('list_notes', {}), heard)
      await session.close()
      const { client_id: id = '' } = provider.clientInformation() ?? {}
      const [row] = scene.server.rows('SELECT registration_source FROM clients WHERE id = ?', id)
      assert.equal(row?.['registration_source'], 'dcr')
    })

    test(`${library.name}: is known by the document that it publishes`, async () => {
      const { provider, session } = await signIn(library, { clientMetadataUrl: published.url })

      assert.match(await session.call('list_notes', {}), heard)
      await session.close()
      assert.equal(provider.clientInformation()?.client_id, published.url)
    })

    test(`${library.name}: is known to the operator`, async () => {
      const { issuer } = scene.server
      const { session } = await signIn(library, { client: { client_id: 'known', issuer } })

      assert.match(await session.call('list_notes', {}), heard)
      await session.close()
    })

    test(`${library.name}: asks for no more than the challenge names`, async () => {
      const { provider, session } = await signIn(library, {})

      await session.close()
      const asked = provider.redirects[0]?.searchParams.get('scope')
      assert.equal(asked, `notes:read${library.extraScope}`)
      assert.equal(provider.tokens()?.scope, 'notes:read')
    })

    test(`${library.name}: refreshes a token that is not accepted any more`, async () => {
      const { provider, session } = await signIn(library, {})
      const before = provider.tokens()
      assert.ok(before?.refresh_token !== undefined)
      provider.saveTokens({ ...before, access_token: `${before.access_token}x` })

      assert.match(await session.call('list_notes', {}), heard)

      await session.close()
      assert.notEqual(provider.tokens()?.refresh_token, before.refresh_token)
      assert.equal(provider.redirects.length, 1, 'the user was not asked again')
    })

    test(`${library.name}: works for itself with client credentials`, async () => {
      const machine = { id: 'job', secret: secretOf('job'), issuer: scene.server.issuer }
      const session = await library.connect(scene.resource, machine)

      assert.match(await session.call('list_notes', {}), heard)
      await session.close()
    })
  }

  const askers = [
    { library: current, isWithoutRefresh: false },
    { library: installed, isWithoutRefresh: true },
  ]
  for (const { library, isWithoutRefresh } of askers) {
    const how = isWithoutRefresh ? 'without a refresh token' : 'with a refresh token'
    test(`${library.name}: asks for more when a tool needs it, ${how}`, async () => {
      const { provider, session } = await signIn(library, { isWithoutRefresh })
      assert.equal(provider.tokens()?.refresh_token === undefined, isWithoutRefresh)
      const note = { text: `from ${library.name}` }

      await assert.rejects(session.call('add_note', note), isUnauthorized)
      const asked = provider.redirects[1]?.searchParams.get('scope')
      assert.equal(asked?.replace(library.extraScope, ''), 'notes:read notes:write')
      await comeBack(library, provider)

      assert.match(await session.call('add_note', note), /^kept as note \d$/)
      await session.close()
    })
  }

  test(`${installed.name}: refreshes instead of asking, and gives up`, async () => {
    const { provider, session } = await signIn(installed, {})

    const added = session.call('add_note', { text: 'buy milk' })
    await assert.rejects(added, /403 after trying upscoping/)

    await session.close()
    assert.equal(provider.tokens()?.scope, 'notes:read', 'a refresh gives what there was')
  })
})

describe('an MCP client with a key of its own', () => {
  let scene: Scene

  before(async () => {
    scene = await openScene({
      environment: { AUTHPLANE_DPOP_REQUIRE_NONCE: 'true' },
      seed: async () => undefined,
    })
  })
  after(() => scene.stop())

  async function signIn(): Promise<MemoryProvider> {
    const dpop = await DpopSession.create()
    const provider = createProvider({ dpop })
    await assert.rejects(current.connect(scene.resource, provider), isUnauthorized)
    await comeBack(provider)
    assert.notEqual(dpop.nonceFor(scene.server.issuer), undefined, 'the server gave a nonce')
    return provider
  }

  async function comeBack(provider: MemoryProvider): Promise<void> {
    const answer = await scene.authorize(provider.redirects.at(-1) ?? '')
    await current.finish(scene.resource, provider, checkedAnswer(provider, answer))
    assert.equal(provider.tokens()?.token_type.toLowerCase(), 'dpop')
  }

  test('gets a bound token after the nonce, uses it and refreshes it', async () => {
    const provider = await signIn()
    const session = await current.connect(scene.resource, provider)
    assert.match(await session.call('list_notes', {}), heard)

    const before = provider.tokens()
    assert.ok(before !== undefined)
    provider.saveTokens({ ...before, access_token: `${before.access_token}x` })
    assert.match(await session.call('list_notes', {}), heard)
    await session.close()
    assert.notEqual(provider.tokens()?.refresh_token, before.refresh_token)
  })

  test('asks for more when a tool needs it', async () => {
    const provider = await signIn()
    const session = await current.connect(scene.resource, provider)
    await assert.rejects(session.call('add_note', { text: 'from a key' }), isUnauthorized)
    await comeBack(provider)

    assert.match(await session.call('add_note', { text: 'from a key' }), /^kept as note \d$/)
    await session.close()
  })
})

interface Connected {
  readonly provider: MemoryProvider
  readonly session: Session
}

/** Both libraries have an error of this name, of different classes. */
function isUnauthorized(error: unknown): boolean {
  assert.ok(error instanceof Error)
  return error instanceof UnauthorizedError || error.constructor.name === 'UnauthorizedError'
}
