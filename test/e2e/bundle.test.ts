// The release on its own: the files of a build in an empty directory, with better-sqlite3 beside
// them and nothing else of this repository.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { sqliteMigrations } from '../../actors/storage/sqlite-migrations.ts'
import packageFile from '../../package.json' with { type: 'json' }
import { buildRelease, writeRelease } from '../../scripts/build/release.ts'
import { type RunningServer, startServer } from '../support/start-server.ts'
import { type Ending, runCommand } from './run-command.ts'

const root = join(import.meta.dirname, '../..')
/** What better-sqlite3 loads; the rest of the package is the source of SQLite. */
const nativeParts = ['package.json', 'lib', 'prebuilds']

describe('a release in a directory of its own', () => {
  let directory: string
  let entry: string
  let server: RunningServer

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'authserver-release-'))
    writeRelease((await buildRelease(root)).files, join(directory, 'dist'))
    const native = 'node_modules/better-sqlite3'
    for (const part of nativeParts) {
      cpSync(join(root, native, part), join(directory, native, part), { recursive: true })
    }
    entry = join(directory, 'dist/main.js')
    server = await startServer({ entry })
  })
  after(async () => {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  const run = (...args: readonly string[]): Promise<Ending> =>
    runCommand(args, { environment: server.environment, entry })

  test('has made its database with the migrations that it carries', () => {
    const recorded = server.rows('SELECT version FROM schema_migrations')
    const versions = recorded.map(({ version }) => version)

    assert.deepEqual(
      versions,
      sqliteMigrations
        .list()
        .map(({ version }) => version)
        .toSorted(),
    )
  })

  test('gives a client that a command creates a token', async () => {
    const created = await run(
      ...['admin', 'client', 'create', '--name', 'nightly', '--json'],
      ...['--grant-types', 'client_credentials', '--auth-method', 'client_secret_post'],
    )
    assert.equal(created.status, 0, created.stderr)
    const { client_id, client_secret } = JSON.parse(created.stdout)

    const response = await fetch(`${server.baseUrl}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }),
    })

    assert.equal(response.status, 200, await response.text())
  })

  test('knows its version', async () => {
    assert.equal((await run('version')).stdout, `authserver ${packageFile.version}\n`)
  })
})
