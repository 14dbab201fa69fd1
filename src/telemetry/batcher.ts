// Collects what is exported and sends it in batches, one at a time and never within a request. It
// is bounded: what finds no room, or could not be sent, is counted and gone.
import type { Cancel, Clock } from '../base/clock.ts'

export interface Batcher<Item> {
  add(item: Item): void
  /** Share of the room that is taken, 0 to 1. */
  load(): number
  /** Sends what waits, for at most `withinMs`; what then still waits is lost. */
  stop(withinMs: number): Promise<void>
}

export interface BatcherOptions<Item> {
  readonly clock: Clock
  /** Most items that wait. */
  readonly itemsMax: number
  readonly batchItemsMax: number
  /** How long an item waits for others. */
  readonly everyMs: number
  /** Resolves when the batch has arrived. */
  readonly send: (items: readonly Item[]) => Promise<void>
  /** Told how many items are gone, and why: an error of `send`, or null = no room. */
  readonly onLost: (count: number, error: unknown) => void
}

/** A batcher that works until it is stopped. */
export function createBatcher<Item>(options: BatcherOptions<Item>): Batcher<Item> {
  const { clock, itemsMax, batchItemsMax } = options
  let waiting: Item[] = []
  let sending: Promise<void> | null = null
  let cancel: Cancel | null = null
  let isStopped = false

  async function sendOne(): Promise<void> {
    const batch = waiting.slice(0, batchItemsMax)
    waiting = waiting.slice(batchItemsMax)
    try {
      await options.send(batch)
    } catch (error) {
      options.onLost(batch.length, error)
    }
  }

  /** What waits now, and not what comes meanwhile: a batch of few items costs as much as one. */
  async function sendWaiting(): Promise<void> {
    const batches = Math.ceil(waiting.length / batchItemsMax)
    for (let number = 0; number < batches && waiting.length > 0; number += 1) await sendOne()
    sending = null
    if (waiting.length > 0) schedule()
  }

  function schedule(): void {
    if (cancel !== null || sending !== null || isStopped) return
    cancel = clock.after(options.everyMs, () => {
      cancel = null
      sending = sendWaiting()
    })
  }

  async function sendRest(): Promise<void> {
    await sending
    await sendWaiting()
  }

  return {
    add(item) {
      if (isStopped || waiting.length >= itemsMax) return options.onLost(1, null)
      waiting.push(item)
      schedule()
    },
    load: () => waiting.length / itemsMax,
    async stop(withinMs) {
      isStopped = true
      cancel?.()
      const limit = new Promise<void>((resolve) => {
        cancel = clock.after(withinMs, resolve)
      })
      await Promise.race([sendRest(), limit])
      cancel?.()
      if (waiting.length > 0) options.onLost(waiting.length, null)
      waiting = []
    },
  }
}
