// Programs that people run, as they are published: the command line of the MCP Inspector and
// mcp-remote, each with an empty home directory and a browser that the test walks.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { seedClient } from '../support/seed.ts'
import { freePorts } from '../support/start-server.ts'
import { type Desktop, openDesktop, programPath } from './desktop.ts'
import { type PublishedClient, publishClient } from './published-client.ts'
import { openScene, type Scene } from './scene.ts'

describe('a program on a desktop', () => {
  let published: PublishedClient
  let scene: Scene
  let desktop: Desktop
  let callback: string

  before(async () => {
    const [port] = await freePorts()
    callback = `http://127.0.0.1:${port}/oauth/callback`
    published = await publishClient('/oauth/callback')
    scene = await openScene({
      environment: published.environment,
      seed: (services) =>
        seedClient(services, 'inspector', {
          secretHash: '',
          redirectUris: [callback],
          grantTypes: ['authorization_code', 'refresh_token'],
          responseTypes: ['code'],
          tokenEndpointAuthMethod: 'none',
          scope: 'notes:read notes:write',
        }),
    })
    desktop = await openDesktop(scene.authorize)
  })
  after(async () => {
    await desktop.stop()
    await scene.stop()
    await published.stop()
  })

  const inspect = (...more: readonly string[]) =>
    desktop.run(
      'mcp-inspector',
      [
        ...['--cli', scene.resource, '--transport', 'http', '--format', 'json', '-q'],
        ...['--callback-url', callback, ...more],
      ],
      { environment: { MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'memory' } },
    )

  test('MCP Inspector: registers itself, signs in and lists the tools', async () => {
    const { status, output } = await inspect('--method', 'tools/list')

    assert.equal(status, 0, output)
    assert.match(output, /"list_notes"/)
  })

  test('MCP Inspector: is known by the document that it publishes', async () => {
    const client = ['--client-metadata-url', published.url, '--relogin']
    const { status, output } = await inspect('--method', 'tools/list', ...client)

    assert.equal(status, 0, output)
    assert.match(output, /"list_notes"/)
    assert.equal(desktop.opened.at(-1)?.searchParams.get('client_id'), published.url)
  })

  test('MCP Inspector: known to the operator, calls the tool that needs more', async () => {
    const note = ['--tool-name', 'add_note', '--tool-arg', 'text=milk']
    const client = ['--client-id', 'inspector', '--relogin']
    const { status, output } = await inspect('--method', 'tools/call', ...note, ...client)

    assert.equal(status, 0, output)
    assert.match(output, /kept as note \d/)
    assert.equal(desktop.opened.at(-1)?.searchParams.get('client_id'), 'inspector')
  })

  test('mcp-remote: registers itself, signs in and lists the tools', async () => {
    const { output } = await desktop.run('mcp-remote-client', [scene.resource], {
      until: 'list_notes',
    })

    assert.match(output, /Auth code received/)
  })

  test('mcp-remote: carries a client without HTTP, with the sign-in it has', async () => {
    const before = desktop.opened.length
    const client = new Client({ name: 'stdio', version: '1' })
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [programPath('mcp-remote'), scene.resource],
        env: { ...desktop.environment },
        stderr: 'ignore',
      }),
    )
    const { tools } = await client.listTools()
    await client.close()

    assert.deepEqual(
      tools.map(({ name }) => name),
      ['list_notes', 'add_note'],
    )
    assert.equal(desktop.opened.length, before, 'no browser was opened')
  })
})
