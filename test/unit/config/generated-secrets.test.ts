// Zero configuration (spec 00 B30).
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemRandom } from '../../../src/base/random.ts'
import { type CompleteSecrets, completeSecrets } from '../../../src/config/generated-secrets.ts'
import { inDirectory, load, production, strong, type Variables } from './sources.ts'

function complete(directory: string, environment: Variables): CompleteSecrets {
  const path = join(directory, 'data', 'authserver.db')
  return completeSecrets(
    load(null, { AUTHPLANE_STORAGE_SQLITE_PATH: path, ...environment }),
    systemRandom(),
  )
}

const textOf = ({ secrets }: CompleteSecrets, name: 'session.secret' | 'admin.api_key'): string =>
  Buffer.from(secrets.bytes(name)).toString()

test('generates both secrets on localhost, for the owner only, and says where the key is', () => {
  inDirectory((directory) => {
    const made = complete(directory, {})

    const data = join(directory, 'data')
    assert.equal(made.adminKeyPath, join(data, 'admin.key'))
    assert.deepEqual(readdirSync(data).sort(), ['admin.key', 'session.secret'])
    assert.equal(statSync(data).mode & 0o777, 0o700)
    for (const file of readdirSync(data))
      assert.equal(statSync(join(data, file)).mode & 0o777, 0o600)
    assert.equal(
      readFileSync(join(data, 'admin.key'), 'utf8'),
      `${textOf(made, 'admin.api_key')}\n`,
    )
    assert.equal(textOf(made, 'admin.api_key').length, 43)
    assert.notEqual(textOf(made, 'admin.api_key'), textOf(made, 'session.secret'))
    assert.deepEqual(made.warnings, [])
  })
})

test('uses the generated secrets again', () => {
  inDirectory((directory) => {
    const first = complete(directory, {})
    const second = complete(directory, {})

    assert.equal(textOf(second, 'session.secret'), textOf(first, 'session.secret'))
    assert.equal(textOf(second, 'admin.api_key'), textOf(first, 'admin.api_key'))
    assert.equal(second.adminKeyPath, first.adminKeyPath)
  })
})

test('what is set wins, and nothing is generated for it', () => {
  inDirectory((directory) => {
    const made = complete(directory, {
      AUTHPLANE_ADMIN_API_KEY: strong,
      AUTHPLANE_SESSION_SECRET: strong,
    })

    assert.equal(textOf(made, 'admin.api_key'), strong)
    assert.equal(made.adminKeyPath, null)
    assert.equal(existsSync(join(directory, 'data')), false)
  })
})

test('generate_key: false leaves the admin API without a key and says so', () => {
  inDirectory((directory) => {
    const made = complete(directory, { AUTHPLANE_ADMIN_GENERATE_KEY: 'false' })

    assert.equal(made.secrets.has('admin.api_key'), false)
    assert.equal(made.adminKeyPath, null)
    assert.deepEqual(
      made.warnings.map(({ key }) => key),
      ['admin.api_key'],
    )
    assert.ok(!existsSync(join(directory, 'data', 'admin.key')))
  })
})

test('generates no admin key while the admin listener is off', () => {
  inDirectory((directory) => {
    const made = complete(directory, { AUTHPLANE_ADMIN_ENABLED: 'false' })

    assert.deepEqual(readdirSync(join(directory, 'data')), ['session.secret'])
    assert.deepEqual(made.warnings, [])
  })
})

test('never generates anything in production', () => {
  inDirectory((directory) => {
    const made = complete(directory, {
      ...production,
      AUTHPLANE_ADMIN_ENABLED: 'false',
      AUTHPLANE_ADMIN_API_KEY: '',
    })

    assert.equal(existsSync(join(directory, 'data')), false)
    assert.equal(made.secrets.has('admin.api_key'), false)
  })
})

test('a database in memory gets a session secret of this process and no admin key', () => {
  const made = completeSecrets(
    load(null, { AUTHPLANE_STORAGE_SQLITE_PATH: ':memory:' }),
    systemRandom(),
  )

  assert.ok(made.secrets.has('session.secret'))
  assert.equal(made.secrets.has('admin.api_key'), false)
  assert.equal(made.warnings.length, 2)
})

test('refuses a generated file that holds no usable secret, without showing its content', () => {
  inDirectory((directory) => {
    mkdirSync(join(directory, 'data'))
    writeFileSync(join(directory, 'data', 'admin.key'), 'short-one\n', { mode: 0o600 })

    assert.throws(
      () => complete(directory, {}),
      ({ name, message }: Error) =>
        name === 'ConfigError' &&
        /holds no usable secret; delete it/.test(message) &&
        !message.includes('short-one'),
    )
  })
})

test('refuses with a way out when the data directory cannot be made', () => {
  inDirectory((directory) => {
    writeFileSync(join(directory, 'data'), 'a file')

    assert.throws(() => complete(directory, {}), /cannot be used: .*make its directory writable/)
  })
})

test('warns when others may read a generated secret', () => {
  inDirectory((directory) => {
    complete(directory, {})
    chmodSync(join(directory, 'data', 'admin.key'), 0o644)

    assert.match(complete(directory, {}).warnings[0]?.remedy ?? '', /chmod 600/)
  })
})

test('of two processes that generate at the same time, the second uses what the first made', () => {
  inDirectory((directory) => {
    const data = join(directory, 'data')
    const random = systemRandom()
    const path = join(data, 'authserver.db')
    const loaded = load(null, {
      AUTHPLANE_STORAGE_SQLITE_PATH: path,
      AUTHPLANE_SESSION_SECRET: strong,
    })
    const overtaken = () => {
      writeFileSync(join(data, 'admin.key'), `${strong}-of-the-other\n`, { mode: 0o600 })
      return random.secret()
    }

    const made = completeSecrets(loaded, { ...random, secret: overtaken })

    assert.equal(textOf(made, 'admin.api_key'), `${strong}-of-the-other`)
    assert.deepEqual(readdirSync(data), ['admin.key'])
  })
})
