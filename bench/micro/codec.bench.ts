// What it costs to bring a message to another thread or process: structured clone, which message
// ports use, against the byte codec, for a frame of one message and for a full frame. Run: node
// bench/micro/codec.bench.ts
import { Bench } from 'tinybench'
import { decodeFrame, encodeFrame } from '../../actors/runtime/codec.ts'
import type { ToActor } from '../../actors/runtime/frames.ts'
import { limits } from '../../src/base/limits.ts'
import { readOptions } from '../options.ts'
import { publish } from '../results.ts'
import { rounded } from '../statistics.ts'
import { createIssuanceMessage } from './issuance-message.ts'

const { numbers: settings, isJson } = readOptions({ milliseconds: 1000, warmup: 250 })
const sizes = [1, limits.outboxMessagesMax]

const bench = new Bench({
  name: 'codec',
  time: settings.milliseconds,
  warmupTime: settings.warmup,
})
for (const size of sizes) {
  const frame = frameOf(size)
  const bytes = encodeFrame(frame)
  bench.add(`structured clone, ${size}`, () => {
    structuredClone(frame)
  })
  bench.add(`codec: both ways, ${size}`, () => {
    decodeFrame(encodeFrame(frame))
  })
  bench.add(`codec: encode, ${size}`, () => {
    encodeFrame(frame)
  })
  bench.add(`codec: decode, ${size}`, () => {
    decodeFrame(bytes)
  })
}
await bench.run()

const result = Object.fromEntries(
  bench.tasks.map((task, index) => {
    const size = sizes[Math.floor(index / (bench.tasks.length / sizes.length))] ?? Number.NaN
    const p50 = 'latency' in task.result ? task.result.latency.p50 * 1000 : Number.NaN
    return [task.name, { frameMicros: rounded(p50, 2), messageMicros: rounded(p50 / size, 2) }]
  }),
)
const bytesOf = Object.fromEntries(sizes.map((size) => [size, encodeFrame(frameOf(size)).length]))
publish({ name: 'codec', settings: { ...settings, bytesOf }, result }, isJson, () => {
  console.table(result)
  console.log('bytes of a frame by its messages:', bytesOf)
})

function frameOf(size: number): ToActor {
  const messages = Array.from({ length: size }, (_, index) => [
    index + 1,
    'commitMachineIssuance',
    123_456.789,
    null,
    createIssuanceMessage(),
  ])
  return { type: 'messages', messages: messages.flat() }
}
