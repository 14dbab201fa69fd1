// Starts on directories that hold no proper keys: each fails with an error that names the file and
// the way out, and neither errors nor log lines ever hold key text.
import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { OperationalError } from '../../src/base/errors.ts'
import { type LogLine, replyOf, startSigner, tempDirectory } from './signer-harness.ts'

/** Every form in which a private key could show: PEM lines, and `d` in the usual encodings. */
function secretForms(pem: string): readonly string[] {
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' })
  const scalar = Buffer.from(d, 'base64url')
  const hex = scalar.toString('hex')
  const lines = pem.split('\n').filter((line) => line.length > 8 && !line.startsWith('---'))
  const decimal = BigInt(`0x${hex}`).toString()
  const bytes = scalar.join(', ')
  const hexBytes = hex.replace(/../g, '$& ').slice(0, 48)
  return [...lines, d, scalar.toString('base64'), hex, hex.toUpperCase(), decimal, bytes, hexBytes]
}

function assertNoSecret(text: string, pems: readonly string[]): void {
  for (const form of pems.flatMap(secretForms)) {
    assert.ok(!text.includes(form.slice(0, 32)), 'a form of a private key shows')
  }
}

/** The same PKCS#8 file but for the lowest bit of its private scalar. */
function flipPrivateBit(pem: string): string {
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' })
  const scalar = Buffer.from(d, 'base64url')
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  const last = der.indexOf(scalar) + scalar.length - 1
  der.writeUInt8(der.readUInt8(last) ^ 1, last)
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n')
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`
}

const sec1 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'sec1',
  format: 'pem',
})
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
})
const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'x',
})
const cases: readonly {
  readonly what: string
  readonly spoil: (path: string, pem: string) => void
  readonly message: RegExp
}[] = [
  {
    what: 'a .pem without .kid',
    spoil: (path) => rmSync(join(path, 'current.kid')),
    message: /current\.kid is missing beside \S+current\.pem: restore/,
  },
  {
    what: 'a .pem without .alg',
    spoil: (path) => rmSync(join(path, 'current.alg')),
    message: /current\.alg is missing beside \S+current\.pem: restore/,
  },
  {
    what: 'a private half with one flipped bit',
    spoil: (path, pem) => writeFileSync(join(path, 'current.pem'), flipPrivateBit(pem)),
    message: /current\.pem is damaged, its halves do not match: restore/,
  },
  {
    what: 'an empty .kid',
    spoil: (path) => writeFileSync(join(path, 'current.kid'), ' \n'),
    message: /current\.kid must hold a key id/,
  },
  {
    what: 'an unknown algorithm',
    spoil: (path) => writeFileSync(join(path, 'current.alg'), 'none'),
    message: /current\.alg must hold ES256 or RS256/,
  },
  {
    what: 'an algorithm that does not fit the key',
    spoil: (path) => writeFileSync(join(path, 'current.alg'), 'RS256'),
    message: /current\.pem does not fit RS256 of \S+current\.alg/,
  },
  {
    what: 'a key on another curve',
    spoil: (path) => writeFileSync(join(path, 'current.pem'), p384),
    message: /current\.pem does not fit ES256/,
  },
  {
    what: 'half a PEM',
    spoil: (path, pem) => writeFileSync(join(path, 'current.pem'), pem.slice(0, pem.length / 2)),
    message: /current\.pem cannot be parsed as a private key: restore/,
  },
  {
    what: 'an empty PEM',
    spoil: (path) => writeFileSync(join(path, 'current.pem'), ''),
    message: /current\.pem is not an unencrypted PKCS#8 private key/,
  },
  {
    what: 'a SEC 1 key',
    spoil: (path) => writeFileSync(join(path, 'current.pem'), sec1),
    message: /current\.pem is not an unencrypted PKCS#8 .*openssl pkcs8/,
  },
  {
    what: 'an encrypted key',
    spoil: (path) => writeFileSync(join(path, 'current.pem'), encrypted),
    message: /current\.pem is not an unencrypted PKCS#8/,
  },
  {
    what: 'a directory in place of a file',
    spoil: (path) => {
      rmSync(join(path, 'current.pem'))
      mkdirSync(join(path, 'current.pem'))
    },
    message: /cannot read \S+current\.pem \(EISDIR\)/,
  },
  {
    what: 'a huge file',
    spoil: (path, pem) => writeFileSync(join(path, 'current.pem'), pem + ' '.repeat(20_000)),
    message: /current\.pem is too large to be a key file/,
  },
  {
    what: 'a half-written previous key',
    spoil: (path) => rmSync(join(path, 'previous.alg')),
    message: /previous\.alg is missing beside \S+previous\.pem/,
  },
  {
    what: 'one key id for two keys',
    spoil: (path) => copyFileSync(join(path, 'current.kid'), join(path, 'previous.kid')),
    message: /previous\.kid and \S+current\.kid name one and the same key/,
  },
  {
    what: 'a damaged journal',
    spoil: (path) => writeFileSync(join(path, 'rotation.journal'), '{"activate":'),
    message: /rotation\.journal is damaged/,
  },
]

for (const { what, spoil, message } of cases) {
  test(`does not start on ${what}, and shows no key text`, async (t) => {
    const keyPath = tempDirectory(t)
    const signer = await startSigner(t, { keyPath })
    const { key } = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: false }))
    replyOf(await signer.ask('activateKey', { kid: key.kid }))
    signer.stop()
    const names = ['current.pem', 'previous.pem']
    const pems = names.map((name) => readFileSync(join(keyPath, name), 'utf8'))
    spoil(keyPath, pems[0] ?? '')

    const error: unknown = await startSigner(t, { keyPath }).catch((reason: unknown) => reason)

    assert.ok(error instanceof OperationalError, inspect(error))
    assert.match(error.message, message)
    assertNoSecret(inspect(error, { depth: 9, showHidden: true }), pems)
    assertNoSecret(signerText(signer.lines), pems)
  })
}

function signerText(lines: readonly LogLine[]): string {
  return inspect(lines, { depth: 9 })
}

test('does not start on a path that is a file', async (t) => {
  const keyPath = join(tempDirectory(t), 'keys')
  writeFileSync(keyPath, '')

  await assert.rejects(startSigner(t, { keyPath }), {
    name: 'OperationalError',
    message: /^cannot create \S+ \(EEXIST\): signing\.key_path must name a directory, not a file$/,
  })
})

test('a damaged prepared key is ignored with a warning and can be replaced', async (t) => {
  const keyPath = tempDirectory(t)
  const before = await startSigner(t, { keyPath })
  replyOf(await before.ask('prepareKey', { algorithm: 'ES256', force: false }))
  before.stop()
  rmSync(join(keyPath, 'next.alg'))

  const signer = await startSigner(t, { keyPath })

  assert.deepEqual(
    signer.lines.map(({ level, message }) => `${level} ${message}`),
    ['warn prepared signing key ignored'],
  )
  const { key } = replyOf(await signer.ask('prepareKey', { algorithm: 'ES256', force: false }))
  assert.equal(replyOf(await signer.ask('activateKey', { kid: key.kid })).current.kid, key.kid)
})

test('a stray .kid without .pem is no key', async (t) => {
  const keyPath = tempDirectory(t)
  writeFileSync(join(keyPath, 'current.kid'), 'stray')

  const signer = await startSigner(t, { keyPath })

  const { current, previous } = replyOf(await signer.ask('readKeys', {}))
  assert.notEqual(current.kid, 'stray')
  assert.equal(previous, null)
})

test('the search for key text finds each form when it is there', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

  for (const form of secretForms(pem)) {
    assert.throws(() => assertNoSecret(`text ${form} text`, [pem]), { name: 'AssertionError' })
  }
})
