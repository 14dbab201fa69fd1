// The fronting links of one resource (src/flows/admin/fronting.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AdminError } from '../../../src/flows/admin/admin-error.ts'
import { readFronting } from '../../../src/flows/admin/fronting.ts'
import { createInlineServices } from '../../support/inline-services.ts'
import { seedResource } from '../../support/seed.ts'

const operator = { actorId: 'admin', trace: null }

test('tells what a resource stands before and what stands before it', async (t) => {
  const inline = await createInlineServices({})
  t.after(() => inline.stop())
  for (const slug of ['a', 'b', 'c', 'd']) await seedResource(inline.services, slug, {})
  for (const [source, target] of [
    ['a', 'b'],
    ['b', 'c'],
    ['b', 'd'],
    ['a', 'd'],
  ]) {
    inline.execute(`
      INSERT INTO fronting_links (source_slug, target_slug, scope_map, created_at, created_by)
      VALUES ('${source}', '${target}', '{}', '2025-01-01T00:00:00.000000000Z', 'admin')`)
  }

  const { slug, fronts, frontedBy } = await readFronting(inline.services, operator, 'b')

  assert.equal(slug, 'b')
  assert.deepEqual(fronts.map(({ targetSlug }) => targetSlug).toSorted(), ['c', 'd'])
  assert.deepEqual(
    frontedBy.map(({ sourceSlug }) => sourceSlug),
    ['a'],
  )
})

test('knows nothing of a resource that does not exist', async (t) => {
  const inline = await createInlineServices({})
  t.after(() => inline.stop())

  await assert.rejects(
    readFronting(inline.services, operator, 'nobody'),
    (error) => error instanceof AdminError && error.code === 'not_found',
  )
})
