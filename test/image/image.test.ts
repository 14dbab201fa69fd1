// The image as an operator runs it (spec 08 §8): whose files it makes and where, what its health
// check says, and that a new container goes on where the last one stopped. AUTHSERVER_IMAGE names
// the image; `npm run test:image` builds it first.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import packageFile from '../../package.json' with { type: 'json' }
import { freePorts } from '../support/start-server.ts'
import {
  type Container,
  createContainer,
  type RunningContainer,
  type RunOptions,
} from './container.ts'

const image = process.env['AUTHSERVER_IMAGE']
const skip = image === undefined ? 'no image is named: npm run test:image builds one' : false

const runUser = 65_532

/** A volume as the engine makes one: with the owner and the mode that /data has in the image. */
function makeVolume(): string {
  const directory = mkdtempSync(join(tmpdir(), 'authserver-volume-'))
  chownSync(directory, runUser, 0)
  chmodSync(directory, 0o770)
  return directory
}

async function optionsOf(dataDirectory: string): Promise<RunOptions & { readonly url: string }> {
  const [port, adminPort] = await freePorts()
  const url = `http://127.0.0.1:${port}`
  return {
    dataDirectory,
    url,
    environment: {
      AUTHPLANE_SERVER_ISSUER: url,
      AUTHPLANE_SERVER_ADDRESS: `127.0.0.1:${port}`,
      AUTHPLANE_ADMIN_ADDRESS: `127.0.0.1:${adminPort}`,
    },
  }
}

/** Real user and group of a process. */
function ownerOf(pid: number): readonly (string | undefined)[] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return ['Uid', 'Gid'].map((id) => new RegExp(`^${id}:\\s+(\\d+)`, 'm').exec(status)?.[1])
}

async function fetchKids(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { readonly keys: readonly { readonly kid: string }[] }
  return keys.map(({ kid }) => kid)
}

describe('the image', { skip }, () => {
  let container: Container
  let options: RunOptions & { readonly url: string }
  let server: RunningContainer
  let client: { readonly client_id: string; readonly client_secret: string }

  before(async () => {
    container = createContainer(image ?? '')
    options = await optionsOf(makeVolume())
    server = container.start(options)
    await server.logged('ready')
  })
  after(async () => {
    await server.stop()
    container.remove()
    rmSync(options.dataDirectory, { recursive: true, force: true })
  })

  async function tokenStatus(): Promise<number> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...client })
    const response = await fetch(`${options.url}/oauth/token`, { method: 'POST', body })
    await response.arrayBuffer()
    return response.status
  }

  test('says how it is run', () => {
    const { config } = container

    assert.equal(config.User, `${runUser}:${runUser}`)
    assert.equal(config.WorkingDir, '/data')
    assert.deepEqual(config.Cmd, ['serve'])
    assert.deepEqual(Object.keys(config.ExposedPorts).toSorted(), ['9000/tcp', '9001/tcp'])
    assert.deepEqual(config.Volumes ?? {}, {})
    assert.deepEqual(
      config.Env.filter((variable) => variable.startsWith('AUTH')),
      [
        'AUTHPLANE_STORAGE_SQLITE_PATH=/data/authserver.db',
        'AUTHPLANE_SIGNING_KEY_PATH=/data/keys',
      ],
    )
  })

  test('has a data directory for its user and for group 0', () => {
    const { uid, gid, mode } = statSync(join(container.root, 'data'))

    assert.deepEqual([uid, gid, mode & 0o777], [runUser, 0, 0o770])
  })

  test('runs as a user without rights', () => {
    assert.deepEqual(ownerOf(server.pid()), [`${runUser}`, `${runUser}`])
  })

  test('has the version of this repository on its path', async () => {
    const { stdout } = await container.run(['authserver', 'version'], options)

    assert.equal(stdout, `authserver ${packageFile.version}\n`)
  })

  test('is healthy by its own check, and would not be without a server', async () => {
    const [kind, ...command] = container.config.Healthcheck.Test
    const elsewhere = await optionsOf(options.dataDirectory)

    assert.equal(kind, 'CMD')
    const healthy = await container.run(command, options)
    assert.equal(healthy.status, 0, healthy.output)
    assert.notEqual((await container.run(command, elsewhere)).status, 0)
  })

  test('gives a client that a command inside creates a token', async () => {
    const created = await container.run(
      [
        ...['authserver', 'admin', 'client', 'create', '--name', 'nightly', '--json'],
        ...['--grant-types', 'client_credentials', '--auth-method', 'client_secret_post'],
      ],
      options,
    )
    assert.equal(created.status, 0, created.output)
    const { client_id, client_secret } = JSON.parse(created.stdout)
    client = { client_id, client_secret }

    assert.equal(await tokenStatus(), 200)
  })

  test('keeps everything in /data, for its user only', () => {
    const paths = readdirSync(options.dataDirectory, { recursive: true, encoding: 'utf8' })

    for (const made of ['authserver.db', 'admin.key', 'session.secret', 'keys/current.pem']) {
      assert.ok(paths.includes(made), `${made} is in ${paths.join(' ')}`)
    }
    for (const path of paths) {
      const status = statSync(join(options.dataDirectory, path))
      assert.deepEqual([status.uid, status.mode & 0o077], [runUser, 0], path)
    }
  })

  test('writes nothing elsewhere: the rest of the file system may be read-only', () => {
    const data = join(container.root, 'data')
    const owned = [container.root, '-xdev', '-uid', `${runUser}`, '-not', '-path', data]
    const written = execFileSync('find', owned, { encoding: 'utf8' })

    assert.equal(written, '')
  })

  test('stops gracefully at SIGTERM, and goes on with its data at the next start', async () => {
    const kids = await fetchKids(options.url)
    const status = await server.stop()
    assert.equal(status, 0)
    assert.match(server.log(), /"msg":"stopped gracefully"/)

    server = container.start(options)
    await server.logged('ready')

    assert.deepEqual(await fetchKids(options.url), kids)
    assert.equal(await tokenStatus(), 200)
  })
})

test('the image runs as any user that its engine chooses', { skip }, async () => {
  const container = createContainer(image ?? '')
  const options = await optionsOf(makeVolume())
  const server = container.start({ ...options, user: '12345:0' })
  try {
    await server.logged('ready')

    assert.deepEqual(ownerOf(server.pid()), ['12345', '0'])
    assert.equal((await fetch(`${options.url}/ready`)).status, 200)
    assert.equal(await server.stop(), 0)
  } finally {
    await server.stop()
    container.remove()
    rmSync(options.dataDirectory, { recursive: true, force: true })
  }
})
