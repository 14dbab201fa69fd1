// A server that cannot start says why in words that an operator can act on, and ends with a failure
// status (spec 06 §7, spec 02 §7.2, B52).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { createInlineServices } from '../support/inline-services.ts'
import { type RunningServer, serverEnvironment, startServer } from '../support/start-server.ts'
import { type Ending, runCommand } from './run-command.ts'
import { mountSmallDisk, noSmallDisk, type SmallDisk } from './small-disk.ts'

const anyPorts = {
  AUTHPLANE_SERVER_ADDRESS: '127.0.0.1:0',
  AUTHPLANE_ADMIN_ADDRESS: '127.0.0.1:0',
}

/** Tries to run a server that keeps everything in `dataDirectory`. */
function serveIn(
  dataDirectory: string,
  change: { readonly environment?: NodeJS.ProcessEnv; readonly uid?: number },
): Promise<Ending> {
  const { environment, ...rest } = change
  return runCommand(['serve'], {
    environment: { ...serverEnvironment(dataDirectory), ...anyPorts, ...environment },
    ...rest,
  })
}

/** Fails unless the start failed with one error that tells all of `wanted` and no stack. */
function assertFailed({ status, stdout, stderr }: Ending, ...wanted: readonly RegExp[]): void {
  assert.equal(status, 1, stderr + stdout)
  assert.match(stderr, /^error: /)
  for (const pattern of wanted) assert.match(stderr, pattern)
  assert.doesNotMatch(stderr, /^ {4}at /m)
  assert.doesNotMatch(stdout, /"msg":"ready"/)
}

describe('a server does not start', () => {
  let directory: string

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'authserver-boot-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('with a key of the configuration that is wrong: the key is named', async () => {
    const ending = await serveIn(directory, {
      environment: { AUTHPLANE_SIGNING_ALGORITHM: 'HS256', AUTHPLANE_SERVER_READ_TIMEOUT: 'soon' },
    })

    assertFailed(ending, /2 problems/, /signing\.algorithm/, /server\.read_timeout/)
  })

  test('with a configuration file that is not there: the file is named', async () => {
    const path = join(directory, 'nowhere.yaml')
    const environment = { ...serverEnvironment(directory), ...anyPorts }

    assertFailed(await runCommand(['serve', '--config', path], { environment }), /nowhere\.yaml/)
  })

  for (const [name, variable] of [
    ['public', 'AUTHPLANE_SERVER_ADDRESS'],
    ['admin', 'AUTHPLANE_ADMIN_ADDRESS'],
  ] as const) {
    test(`with a ${name} port that is taken: the address is named`, async () => {
      const socket = createServer().listen(0, '127.0.0.1')
      await once(socket, 'listening')
      const bound = socket.address()
      assert.ok(typeof bound === 'object' && bound !== null)
      const address = `127.0.0.1:${bound.port}`

      const ending = await serveIn(directory, { environment: { [variable]: address } })

      socket.close()
      assertFailed(ending, /EADDRINUSE/, new RegExp(address))
    })
  }

  test('on a file that is no database: the file is named', async () => {
    writeFileSync(join(directory, 'authserver.db'), 'what is this?\n'.repeat(1000))

    assertFailed(await serveIn(directory, {}), /authserver\.db.*not a database/)
  })

  describe('on signing keys that are not whole', () => {
    let pem: string

    beforeEach(async () => {
      const inline = await createInlineServices({ directory })
      await inline.stop()
      pem = join(directory, 'keys', 'current.pem')
    })

    test('a key without its kid', async () => {
      rmSync(join(directory, 'keys', 'current.kid'))

      assertFailed(await serveIn(directory, {}), /current\.kid is missing/, /restore/)
    })

    test('a key that was cut off', async () => {
      const { length } = readFileSync(pem)
      truncateSync(pem, Math.floor(length / 2))

      assertFailed(await serveIn(directory, {}), /current\.pem/, /restore/)
    })

    test('an empty key', async () => {
      truncateSync(pem, 0)

      assertFailed(await serveIn(directory, {}), /current\.pem/)
    })

    test('a directory in place of a key', async () => {
      rmSync(pem)
      mkdirSync(pem)

      assertFailed(await serveIn(directory, {}), /current\.pem \(EISDIR\)/)
    })

    test('no key beside the kid of one: nothing is generated over it', async () => {
      const kid = join(directory, 'keys', 'current.kid')
      const before = readFileSync(kid, 'utf8')
      truncateSync(pem, 40)

      await serveIn(directory, {})

      assert.equal(readFileSync(kid, 'utf8'), before)
    })

    const isRoot = process.getuid?.() === 0
    test('a key of another user', { skip: isRoot ? false : 'giving files away needs root' }, () =>
      asNobody(directory, async (uid) => {
        chownSync(pem, 0, 0)
        chmodSync(pem, 0o600)

        assertFailed(await serveIn(directory, { uid }), /current\.pem \(EACCES\)/, /permission/)
      }),
    )
  })
})

/** Gives everything in `directory` to a user without rights, and goes on as that user. */
async function asNobody(directory: string, work: (uid: number) => Promise<void>): Promise<void> {
  const uid = 65_534
  for (const path of ['', 'keys', 'authserver.db', 'keys/current.kid', 'keys/current.alg']) {
    chownSync(join(directory, path), uid, uid)
  }
  await work(uid)
}

describe('a second server on the database of a running one', () => {
  let server: RunningServer

  before(async () => {
    server = await startServer({})
  })
  after(() => server.stop())

  test('does not start, and the first one goes on', async () => {
    assertFailed(await serveIn(server.dataDirectory, {}), /another server uses this database/)
    assert.equal((await fetch(`${server.baseUrl}/ready`)).status, 200)
  })

  test('does not start under another name of the same file', async () => {
    const alias = join(dirname(server.dataDirectory), 'alias')
    symlinkSync(server.dataDirectory, alias)

    assertFailed(await serveIn(alias, {}), /another server uses this database/)
  })
})

describe('on a disk that does not take anything', { skip: noSmallDisk }, () => {
  let disk: SmallDisk

  beforeEach(() => {
    disk = mountSmallDisk(4)
  })
  afterEach(() => disk.remove())

  test('a read-only directory is named', async () => {
    disk.makeReadOnly()

    assertFailed(await serveIn(join(disk.path, 'data'), {}), /\/data\/session\.secret/, /writable/)
  })

  test('a read-only directory with all that a server needs is named', async () => {
    const inline = await createInlineServices({ directory: disk.path })
    await inline.stop()
    disk.makeReadOnly()

    assertFailed(await serveIn(disk.path, {}), new RegExp(disk.path), /read-?only|EROFS/i)
  })

  test('a full disk is told', async () => {
    disk.fill()

    assertFailed(await serveIn(join(disk.path, 'data'), {}), /full|ENOSPC|no space/i)
  })
})
