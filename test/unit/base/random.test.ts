// Ids and secrets (src/base/random.ts, RFC 9562 §5.7, decision B19, spec 09 JT-13).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { systemRandom } from '../../../src/base/random.ts'

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const atMs = 1_800_000_000_000

const timeOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

describe('a UUIDv7', () => {
  test('has version, variant and the time of its making', () => {
    const id = systemRandom().uuidV7(atMs)

    assert.match(id, uuidV7)
    assert.equal(timeOf(id), atMs)
  })

  test('is formed right at the first and the last instants', () => {
    const random = systemRandom()

    for (const ms of [1, 0xffff, 0x10000, 2 ** 48 - 1]) {
      const id = random.uuidV7(ms)
      assert.match(id, uuidV7)
      assert.equal(timeOf(id), ms)
    }
  })

  test('sorts behind the one before when the clock was set back', () => {
    const random = systemRandom()
    const before = random.uuidV7(atMs)

    assert.ok(random.uuidV7(atMs - 3_600_000) > before)
  })

  test('borrows from the future when one millisecond has more than the counter holds', () => {
    const random = systemRandom()
    const ids = Array.from({ length: 10_000 }, () => random.uuidV7(atMs))

    assert.ok(timeOf(ids.at(-1) ?? '') - atMs <= 3)
    assert.deepEqual(ids, ids.toSorted())
  })

  test('JT-13: a million of them sort in the order of their making, none twice', () => {
    const random = systemRandom()
    let last = ''
    for (let index = 0; index < 1_000_000; index += 1) {
      const id = random.uuidV7(atMs + Math.floor(index / 500))
      if (id <= last) assert.fail(`${id} does not follow ${last}`)
      last = id
    }
    assert.match(last, uuidV7)
  })

  test('of two sources at one instant are different', () => {
    assert.notEqual(systemRandom().uuidV7(atMs), systemRandom().uuidV7(atMs))
  })
})

test('an opaque id has 16 bytes, a secret 32, in base64url', () => {
  const random = systemRandom()

  assert.match(random.opaqueId(), /^[A-Za-z0-9_-]{22}$/)
  assert.match(random.secret(), /^[A-Za-z0-9_-]{43}$/)
})

test('no secret, id or run of bytes comes twice across many refills of the pool', () => {
  const random = systemRandom()
  const drawn = new Set<string>()
  for (let index = 0; index < 20_000; index += 1) {
    drawn.add(random.secret())
    drawn.add(random.opaqueId())
    drawn.add(Buffer.from(random.bytes(16)).toString('hex'))
  }

  assert.equal(drawn.size, 60_000)
})

test('bytes belong to their receiver: later draws do not change them', () => {
  const random = systemRandom()
  const bytes = random.bytes(16)
  const before = Buffer.from(bytes).toString('hex')
  for (let index = 0; index < 2000; index += 1) random.secret()

  assert.equal(Buffer.from(bytes).toString('hex'), before)
})

test('more bytes at once than the pool holds is a bug of the caller', () => {
  assert.throws(() => systemRandom().bytes(8193), { name: 'InvariantViolation' })
  assert.equal(systemRandom().bytes(8192).byteLength, 8192)
})

test('bits are balanced: each of 256 positions is set about half the time', () => {
  const random = systemRandom()
  const rounds = 4000
  const set = new Array<number>(256).fill(0)
  for (let round = 0; round < rounds; round += 1) {
    random.bytes(32).forEach((byte, index) => {
      for (let bit = 0; bit < 8; bit += 1) {
        const position = index * 8 + bit
        set[position] = (set[position] ?? 0) + ((byte >> bit) & 1)
      }
    })
  }

  // Standard deviation of a fair bit is 32: 8 of them never happen by chance.
  for (const count of set) assert.ok(Math.abs(count - rounds / 2) < 256, `${count} of ${rounds}`)
})
