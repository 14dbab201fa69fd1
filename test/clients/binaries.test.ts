// Programs that people run, as they are published: the command line of the MCP Inspector and
// mcp-remote, each with an empty home directory and a browser that the test walks.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { seedClient } from '../support/seed.ts'
import { freePorts } from '../support/start-server.ts'
import { type Desktop, openDesktop } from './desktop.ts'
import { openScene, type Scene } from './scene.ts'

describe('a program on a desktop', () => {
  let scene: Scene
  let desktop: Desktop
  let callback: string

  before(async () => {
    const [port] = await freePorts()
    callback = `http://127.0.0.1:${port}/oauth/callback`
    scene = await openScene({
      environment: {},
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
    desktop = await openDesktop(scene)
  })
  after(async () => {
    await desktop.stop()
    await scene.stop()
  })

  const inspect = (...more: readonly string[]) =>
    desktop.run(
      'mcp-inspector',
      [
        ...['--cli', scene.resource, '--transport', 'http', '--format', 'json', '-q'],
        ...['--callback-url', callback, ...more],
      ],
      { MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'memory' },
    )

  test('MCP Inspector: registers itself, signs in and lists the tools', async () => {
    const { status, output } = await inspect('--method', 'tools/list')

    assert.equal(status, 0, output)
    assert.match(output, /"list_notes"/)
  })

  test('MCP Inspector: known to the operator, calls the tool that needs more', async () => {
    const note = ['--tool-name', 'add_note', '--tool-arg', 'text=milk']
    const client = ['--client-id', 'inspector', '--relogin']
    const { status, output } = await inspect('--method', 'tools/call', ...note, ...client)

    assert.equal(status, 0, output)
    assert.match(output, /\d notes/)
    assert.equal(desktop.opened.at(-1)?.searchParams.get('client_id'), 'inspector')
  })

  test('mcp-remote: registers itself, signs in and lists the tools', async () => {
    const { status, output } = await desktop.run(
      'mcp-remote-client',
      [scene.resource, '--allow-http'],
      {},
    )

    assert.equal(status, 0, output)
    assert.match(output, /list_notes/)
  })
})
