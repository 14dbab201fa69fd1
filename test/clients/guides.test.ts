// The commands of docs/guides, as they stand there but for the port, against the real server.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { blocksOf, readPage, runBlocks } from './page-walk.ts'

describe('the guide to client registration', () => {
  let server: RunningServer
  let page: string
  /** What each `sh` block printed, from 0. */
  let printed: readonly string[]

  before(async () => {
    server = await startServer({})
    page = readPage('docs/guides/client-registration.md').replaceAll(
      'http://localhost:9000',
      server.baseUrl,
    )
    printed = await runBlocks(page, server.environment)
  })
  after(() => server.stop())

  test('makes a client without a secret', () => {
    assert.match(printed[0] ?? '', /^id=\S+ /)
    assert.doesNotMatch(printed[0] ?? '', /secret=\S/)
  })

  test('closes and opens the door while the server runs', () => {
    assert.match(printed[1] ?? '', /mode=admin_only/)
    assert.match(printed[1] ?? '', /mode=open/)
  })

  test('shows the answer to a registration that there is', () => {
    const [, shown = ''] = blocksOf(page, 'json')
    const [told, given] = [shown, printed[2] ?? ''].map(
      (text) => JSON.parse(text) as Record<string, unknown>,
    )

    const changing = { client_id: '', client_id_issued_at: 0 }
    assert.deepEqual({ ...given, ...changing }, { ...told, ...changing })
  })

  test('lists who came by himself', () => {
    assert.match(printed[3] ?? '', /name="Example client" status=active source=dcr/)
    assert.doesNotMatch(printed[3] ?? '', /Team agent/)
  })
})
