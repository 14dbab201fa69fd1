// `authserver config check`: what it prints, and its exit status.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { settingEntries } from '../../../src/config/schema.ts'
import { type Run, startCli } from './cli-harness.ts'

type Variables = Readonly<Record<string, string>>

async function check(t: TestContext, variables: Variables, ...options: string[]): Promise<Run> {
  const cli = await startCli(t)
  return cli.runWith(variables, 'config', 'check', ...options)
}

function configFile(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-check-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'config.yaml')
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

test('prints every key with value and source, features, warnings, and succeeds', async (t) => {
  const path = configFile(t, 'server:\n  issuer: http://localhost:9100\n')

  const { status, out, error } = await check(
    t,
    { AUTHPLANE_ADMIN_API_KEY: 'k7mEo2Ql9ZtX4vRw8YbN' },
    '--config',
    path,
  )

  assert.deepEqual([status, error], [0, ''])
  for (const [key] of settingEntries) assert.match(out, new RegExp(`^${key} `, 'm'))
  assert.match(out, /^KEY +VALUE +SOURCE$/m)
  assert.match(out, /^server\.issuer +"http:\/\/localhost:9100" +file line 2$/m)
  assert.match(out, /^admin\.api_key +"\*{8}" +variable AUTHPLANE_ADMIN_API_KEY$/m)
  assert.match(out, /^dpop +enabled /m)
  assert.match(out, /^- dcr\.mode \(AUTHPLANE_DCR_MODE\): anybody may register clients; /m)
  assert.match(out, /The configuration is good\.\n$/)
})

test('aligns the columns of keys, values and sources', async (t) => {
  const { out } = await check(t, {})

  const lines = out.split('\n').slice(0, settingEntries.length + 1)
  const columns = lines.map((line) => line.lastIndexOf('  ') + 2)
  assert.equal(new Set(columns).size, 1)
})

test('lists all findings, numbered, on the error output and fails', async (t) => {
  const path = configFile(t, 'server:\n  adress: ":1"\n  read_timeout: 30\n')

  const { status, out, error } = await check(t, {}, '--config', path)

  assert.equal(status, 1)
  assert.match(out, /^server\.read_timeout +\(refused\) +file line 3$/m)
  assert.doesNotMatch(out, /is good/)
  const lines = error.split('\n')
  assert.equal(lines[0], 'error: the configuration has 2 problems:')
  assert.match(lines[1] ?? '', /^1\. server\.read_timeout \(AUTHPLANE_SERVER_READ_TIMEOUT\): 30 is/)
  assert.match(lines[2] ?? '', /^2\. server\.adress: unknown configuration key; /)
})

test('prints the report as JSON and nothing else', async (t) => {
  const good = await check(t, {}, '--json')
  const bad = await check(t, { AUTHPLANE_LOG_LEVEL: 'loud' }, '--json')

  assert.deepEqual([good.status, good.error, bad.status, bad.error], [0, '', 1, ''])
  const report = JSON.parse(good.out)
  assert.deepEqual(Object.keys(report), ['ok', 'findings', 'warnings', 'features', 'settings'])
  assert.deepEqual(report.settings['oauth.refresh_grace'], { value: '10s', source: 'default' })
  assert.equal(report.features[0].feature, 'data_encryption')
  assert.deepEqual(JSON.parse(bad.out).findings[0], {
    key: 'observability.logging.level',
    variable: 'AUTHPLANE_LOG_LEVEL',
    problem: '"loud" is not debug or info or warn or error',
    remedy: 'correct the variable AUTHPLANE_LOG_LEVEL',
  })
})

test('prints only the finding of a file that cannot be read', async (t) => {
  const { status, out, error } = await check(t, {}, '--config', '/nonexistent/config.yaml')

  assert.deepEqual([status, out], [1, ''])
  assert.match(error, /\/nonexistent\/config\.yaml: cannot be read: ENOENT/)
})
