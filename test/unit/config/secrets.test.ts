// Secrets never show: not in the configuration, not in errors, not in the process environment.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { secretVariables } from '../../../src/config/environment.ts'
import { createSecrets } from '../../../src/config/secrets.ts'
import { load, production, refusal, strong } from './sources.ts'

const everySecret = {
  AUTHPLANE_SESSION_SECRET: `${strong}-session`,
  AUTHPLANE_ADMIN_API_KEY: `${strong}-admin`,
  AUTHPLANE_CLIENT_SECRET_PEPPER: `${strong}-pepper`,
}

test('secrets appear neither in JSON nor in the inspection of what was loaded', () => {
  const loaded = load(null, everySecret)

  const inspected = inspect(loaded, { depth: 20, showHidden: true })
  const shown = `${JSON.stringify(loaded)}${inspected}${loaded.secrets}`
  assert.ok(!shown.includes(strong))
  assert.match(shown, /\[secret\]/)
  assert.equal(loaded.secrets.bytes('client_secret_pepper').byteLength, strong.length + 7)
})

test('the error of a refused configuration does not contain secrets', () => {
  const short = {
    ...production,
    AUTHPLANE_SESSION_SECRET: 'tiny-hush',
    AUTHPLANE_ADMIN_API_KEY: 'wee-quiet',
  }
  const fromVariables = inspect(refusal(null, short))
  const fromFile = inspect(
    refusal(`admin:\n  api_key: [${strong}]\nclient_secret_pepper: {a: ${strong}}\n`, {}),
  )

  assert.doesNotMatch(fromVariables, /tiny-hush|wee-quiet/)
  assert.ok(!fromFile.includes(strong))
})

test('taking the environment leaves no secret in the process, and takes every variable', () => {
  const variables = { ...everySecret, AUTHPLANE_VAULT_TOKEN: 'v', AUTHSERVER_USER_PASSWORD: 'p' }
  const script = `
    import { takeEnvironment, workerEnvironment } from './src/config/environment.ts'
    const taken = takeEnvironment()
    const worker = workerEnvironment()
    console.log(JSON.stringify({ taken, left: process.env, worker }))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: new URL('../../../', import.meta.url),
    env: { ...variables, AUTHPLANE_LOG_LEVEL: 'warn', OTHER: 'x' },
    encoding: 'utf8',
  })

  const { taken, left, worker } = JSON.parse(stdout)
  assert.deepEqual(taken, { ...variables, AUTHPLANE_LOG_LEVEL: 'warn', OTHER: 'x' })
  assert.deepEqual(left, { AUTHPLANE_LOG_LEVEL: 'warn', OTHER: 'x' })
  assert.deepEqual(worker, {})
})

test('the list of secret variables holds those of every part', () => {
  for (const name of [
    'AUTHPLANE_STORAGE_POSTGRES_DSN',
    'AUTHPLANE_VAULT_APPROLE_SECRET_ID',
    'AUTHPLANE_OIDC_CLIENT_SECRET',
    'AUTHPLANE_CONNECT_STATE_SECRET',
  ])
    assert.ok(secretVariables.includes(name), name)
})

test('a shared secret is the same memory as its bytes', () => {
  const secrets = createSecrets(new Map([['session.secret', 'hü']]))

  assert.equal(secrets.bytes('session.secret').buffer, secrets.share('session.secret'))
  assert.equal(secrets.share('session.secret').byteLength, 3)
})

test('an empty secret is absent, and asking for its bytes is a bug', () => {
  const secrets = createSecrets(new Map([['session.secret', '']]))

  assert.equal(secrets.has('session.secret'), false)
  assert.throws(() => secrets.bytes('session.secret'), { name: 'InvariantViolation' })
})
