// What use cases count, and what the process shows (src/flows/meters.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentMeters } from '../../src/flows/meters.ts'
import { createCounts } from '../../src/telemetry/counts.ts'

test('everything that a use case counts is shown by a metric', () => {
  const { methods } = createCounts([])
  const counted: readonly string[] = Object.keys(methods)

  for (const name of Object.keys(silentMeters)) assert.ok(counted.includes(name), name)
})
