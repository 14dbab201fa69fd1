// Attack catalogue, row AD-02: what the time of a refusal tells about the admin key (spec 09).
import assert from 'node:assert/strict'
import { Agent, request as httpRequest } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { type AttackTarget, startTarget } from '../support/attack.ts'

let target: AttackTarget
let admin: { readonly port: number; readonly key: string }

before(async () => {
  target = await startTarget({})
  admin = { port: Number(new URL(target.adminUrl).port), key: target.adminKey() }
})

after(() => target.stop())

describe('AD-02 the time that a wrong key takes', () => {
  const sampleCount = 5000

  /** Milliseconds of one refusal per length of the prefix that is right. */
  async function measure(): Promise<readonly (readonly [number, number])[]> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const samples: [number, number][] = []
    for (let index = 0; index < sampleCount; index += 1) {
      const shared = Math.floor(Math.random() * admin.key.length)
      const key = admin.key.slice(0, shared).padEnd(admin.key.length, '!')
      const startedMs = performance.now()
      await refuse(agent, key)
      samples.push([shared, performance.now() - startedMs])
    }
    agent.destroy()
    return samples
  }

  function refuse(agent: Agent, key: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}` }
      const sent = httpRequest({ port: admin.port, path: '/admin/keys', agent, headers })
      sent.on('error', reject)
      sent.on('response', (response) => {
        assert.equal(response.statusCode, 401)
        response.resume().on('end', resolve)
      })
      sent.end()
    })
  }

  /** Correlation of ranks: some samples are slow for reasons of the machine, by any factor. */
  function correlation(samples: readonly (readonly [number, number])[]): number {
    const prefixes = ranksOf(samples.map(([shared]) => shared))
    const times = ranksOf(samples.map(([, ms]) => ms))
    const mean = (samples.length - 1) / 2
    let both = 0
    let one = 0
    let other = 0
    for (const [index, prefix] of prefixes.entries()) {
      const time = (times[index] ?? 0) - mean
      both += (prefix - mean) * time
      one += (prefix - mean) ** 2
      other += time ** 2
    }
    return both / Math.sqrt(one * other)
  }

  /** The rank of each value; equal values share the middle of theirs. */
  function ranksOf(values: readonly number[]): readonly number[] {
    const places = new Map<number, { first: number; last: number }>()
    for (const [place, value] of values.toSorted((a, b) => a - b).entries()) {
      places.set(value, { first: places.get(value)?.first ?? place, last: place })
    }
    return values.map((value) => {
      const { first = 0, last = 0 } = places.get(value) ?? {}
      return (first + last) / 2
    })
  }

  test('tells nothing about how much of it was right', async () => {
    const samples = await measure()
    const planted = samples.map(([shared, ms]) => [shared, ms * (1 + shared / 300)] as const)

    const found = correlation(samples)

    assert.ok(correlation(planted) > 0.05, 'control: a time that grows with the prefix shows')
    assert.ok(Math.abs(found) < 0.05, `correlation ${found}`)
  })
})
