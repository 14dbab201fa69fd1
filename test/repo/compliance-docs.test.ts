// The pages of compliance and compatibility claim nothing that no test shows.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checks } from '../../scripts/conformance/run-checks.ts'
import { rowsInTests } from '../../scripts/reference/attack-page.ts'
import { flows, standing, titlesIn } from '../../scripts/reference/compatibility-page.ts'
import { proofText } from '../../scripts/reference/compliance-page.ts'
import { specifications } from '../../scripts/reference/rfc-requirements.ts'

const requirements = specifications.flatMap((specification) => specification.requirements)

describe('the page of compliance', () => {
  test('proves each line', () => {
    for (const [section, whatWeDo, proofs] of requirements) {
      assert.ok(proofs.length > 0, `${section} ${whatWeDo}`)
    }
  })

  test('uses each check of conformance that a specification asks for', () => {
    const used = new Set(requirements.flatMap(([, , proofs]) => proofs))
    const unused = checks.filter(({ id }) => !used.has(id)).map(({ id }) => id)

    assert.deepEqual(unused, ['health'])
  })

  for (const proof of ['test/nowhere.test.ts', 'ZZ-99', 'no-such-check']) {
    test(`cannot be written with the proof ${proof}`, () => {
      assert.throws(() => proofText(proof, rowsInTests()), new RegExp(proof))
    })
  }
})

test('checks of conformance have names of their own', () => {
  const ids = checks.map(({ id }) => id)

  assert.deepEqual(ids, [...new Set(ids)])
})

describe('the page of compatibility', () => {
  const [registers] = flows
  assert.ok(registers !== undefined)
  const bare = { lacks: [], limits: {} }

  test('reads titles of every form, and nothing else', () => {
    const titles = titlesIn("test('a', f)\n// test b\n  test(\n    `c`, f)\ndescribe('d', f)")

    assert.deepEqual(titles, ['a', 'c'])
  })

  test('says tested when a title says so, and with what limit', () => {
    const titles = ['it registers itself']

    assert.equal(standing(registers, titles, bare), 'tested')
    const limits = { [registers.name]: 'on Mondays' }
    assert.equal(standing(registers, titles, { ...bare, limits }), 'tested, on Mondays')
  })

  test('says pending when no title does, unless there is no such thing', () => {
    assert.equal(standing(registers, ['it runs'], bare), 'pending')
    assert.equal(standing(registers, [], { ...bare, lacks: [registers.name] }), '–')
  })
})
