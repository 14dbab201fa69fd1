// Stored forms of passwords (decisions B9, B50, spec 04 §1.2).
import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { describe, it } from 'node:test'
import { checkPassword, hashPassword } from '../../../actors/password-pool/password-hash.ts'
import { systemRandom } from '../../../src/base/random.ts'

const random = systemRandom()
const check = (password: string, hash: string | null) => checkPassword(password, hash, random)
const usual = { rehash: null, isHashUsable: true, isImported: false }

/** Made by the reference implementation of Argon2 (its own test vectors, version 19). */
const vector = {
  password: 'password',
  hash: '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
}
/** From the test vectors of crypt_blowfish. */
const imported = {
  password: 'U*U',
  hash: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
}

function argon2Hash(
  password: string,
  { m, t, p, salt, tag }: { m: number; t: number; p: number; salt: number; tag: number },
): string {
  const nonce = Buffer.alloc(salt, 7)
  const options = { message: password, nonce, parallelism: p, tagLength: tag, memory: m, passes: t }
  const derived = argon2Sync('argon2id', options)
  const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${m},t=${t},p=${p}$${base64(nonce)}$${base64(derived)}`
}

describe('a new hash', () => {
  it('is a PHC string of Argon2id with 19 MiB, two passes and one lane', () => {
    const phc = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/
    assert.match(hashPassword('a password', random), phc)
  })

  it('is another one each time', () => {
    assert.notEqual(hashPassword('a password', random), hashPassword('a password', random))
  })

  it('is that of its password and of no other', () => {
    const hash = hashPassword('pässword', random)

    assert.deepEqual(check('pässword', hash), { ...usual, isRight: true })
    assert.deepEqual(check('passwOrd', hash), { ...usual, isRight: false })
    assert.deepEqual(check('', hash), { ...usual, isRight: false })
  })
})

describe('a stored hash', () => {
  it('that another implementation made is understood', () => {
    assert.equal(check(vector.password, vector.hash).isRight, true)
    assert.equal(check('Password', vector.hash).isRight, false)
  })

  it('that is stronger than ours is kept', () => {
    const hash = argon2Hash('a password', { m: 32_768, t: 2, p: 1, salt: 16, tag: 32 })

    assert.deepEqual(check('a password', hash), { ...usual, isRight: true })
  })

  it('that is weaker than ours is replaced when the password is right', () => {
    const hash = argon2Hash('a password', { m: 8192, t: 1, p: 1, salt: 16, tag: 32 })

    const { rehash, isRight } = check('a password', hash)

    assert.equal(isRight, true)
    assert.deepEqual(check('a password', rehash), { ...usual, isRight: true })
    assert.equal(check('another', hash).rehash, null)
  })

  it('of bcrypt is understood, and replaced when the password is right', () => {
    const { isRight, rehash, isImported } = check(imported.password, imported.hash)

    assert.deepEqual([isRight, isImported], [true, true])
    assert.deepEqual(check(imported.password, rehash), { ...usual, isRight: true })
    assert.deepEqual(check('U*', imported.hash), { ...usual, isRight: false, isImported: true })
  })
})

describe('a hash that cannot be used', () => {
  const tail = `$${'A'.repeat(22)}$${'A'.repeat(43)}`
  const unusable = [
    '',
    'plain text',
    '$argon2id$v=19$m=19456,t=2,p=1$$',
    `$argon2id$v=16$m=19456,t=2,p=1${tail}`,
    `$argon2id$v=19$m=9999999,t=2,p=1${tail}`,
    `$argon2id$v=19$m=131072,t=999,p=1${tail}`,
    `$argon2id$v=19$m=8,t=1,p=2${tail}`,
    '$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    '$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
    '$2a$05$short',
  ]
  for (const hash of unusable) {
    it(`matches nothing and says so: ${hash.slice(0, 40)}`, () => {
      assert.deepEqual(check('U*U', hash), { ...usual, isRight: false, isHashUsable: false })
    })
  }

  it('is not that of nobody', () => {
    assert.deepEqual(check('a password', null), { ...usual, isRight: false })
  })
})

describe('the cost of a check', () => {
  /** The least of some runs, in time of this thread: others on the machine do not count. */
  const leastMs = (hash: string | null): number => {
    const times = Array.from({ length: 6 }, () => {
      const before = process.threadCpuUsage()
      check('not the password', hash)
      const { user, system } = process.threadCpuUsage(before)
      return (user + system) / 1000
    })
    return Math.min(...times)
  }

  it('is that of a real one for nobody and for a malformed hash', () => {
    const real = leastMs(hashPassword('a password', random))

    for (const other of [null, 'malformed', '']) {
      const share = leastMs(other) / real
      assert.ok(share > 0.6 && share < 1.6, `${other}: ${share}`)
    }
  })
})
