// Somebody's first walk by docs/start/quickstart.md: every `sh` block, in order and as it stands
// there but for the ports, with the programs of its `console` blocks already running.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { freePorts, type RunningServer, startServer } from '../support/start-server.ts'
import { type Desktop, openDesktop } from './desktop.ts'
import { blocksOf, readPage, runBlocks } from './page-walk.ts'
import { type RunningExample, startExample, walkAs } from './scene.ts'

const account = { email: 'ada@example.com', password: 'correct horse battery staple' }

describe('the quickstart', () => {
  let server: RunningServer
  let example: RunningExample
  let desktop: Desktop
  let page: string
  /** What each `sh` block printed, from 0. */
  let printed: readonly string[]

  before(async () => {
    const [port] = await freePorts()
    const origin = `http://127.0.0.1:${port}`
    page = readPage('docs/start/quickstart.md').replaceAll('http://localhost:3000', origin)
    server = await startServer({})
    example = await startExample(server.issuer, `${origin}/mcp`)
    desktop = await openDesktop(walkAs(server, account))
    printed = await runBlocks(page, {
      ...server.environment,
      ...desktop.environment,
      PATH: process.env['PATH'],
      MCP_AUTO_OPEN_ENABLED: 'true',
      MCP_INSPECTOR_SECRET_STORE: 'memory',
    })
  })
  after(async () => {
    await desktop.stop()
    await example.stop()
    await server.stop()
  })

  test('asks nothing of the reader but what it shows', () => {
    assert.equal(printed.length, 7)
    assert.deepEqual(blocksOf(page, 'console'), ['npm ci\nnpm start\n', 'npm run example\n'])
  })

  test('shows the refusal that there is', () => {
    const [refusal] = blocksOf(page, 'text')

    assert.equal(printed[2]?.replaceAll('\r', ''), refusal)
  })

  test('leads a client that nobody knows to the tools', () => {
    assert.match(printed[3] ?? '', /"name": "list_notes"/)
    assert.match(printed[4] ?? '', /kept as note 1/)
  })

  test('shows who did what', () => {
    assert.match(printed[5] ?? '', /name="MCP Inspector" status=active source=dcr/)
    for (const action of ['client.registered', 'user.login', 'consent.granted', 'token.issued']) {
      assert.ok(printed[5]?.includes(`action=${action}`), action)
    }
  })

  test('cuts the user off', () => {
    assert.match(printed[6] ?? '', /tokens_revoked=[1-9]/)
    const alive = "SELECT count(*) AS count FROM token_families WHERE status = 'active'"
    assert.equal(server.rows(alive)[0]?.['count'], 0)
  })
})
