// A small actor with every kind of handler, for tests of the runtime.

import { defineActor, refused, replied } from '../../actors/runtime/define-actor.ts'
import type { Ask, Tell } from '../../actors/runtime/protocol.ts'
import { OperationalError } from '../../src/base/errors.ts'

export type EchoProtocol = {
  readonly echo: Ask<{ readonly value: unknown }, { readonly value: unknown }>
  readonly double: Ask<{ readonly n: number }, { readonly n: number }, 'not-a-number'>
  readonly wait: Ask<{ readonly key: string; readonly order: string }, { readonly order: string }>
  readonly joinA: Ask<{ readonly n: number }, { readonly size: number }>
  readonly joinB: Ask<{ readonly n: number }, { readonly size: number }>
  readonly count: Ask<
    Record<string, never>,
    { readonly counted: number; readonly began: string[]; readonly variables: string[] }
  >
  readonly fail: Ask<{ readonly how: 'outage' | 'bug' | 'exit' | 'spin' | 'heap' }, null>
  readonly bump: Tell<{ readonly by: number }>
}

export interface EchoNotice {
  readonly started: string
}

interface EchoState {
  counted: number
  readonly began: string[]
  /** Releases of waiting `wait` messages, by their order. */
  readonly gates: Map<string, () => void>
}

export interface EchoDeps {
  readonly failStart: string | null
}

/** Gates of the actor in this thread: a test lets a `wait` go on by calling its entry. */
export const gates = new Map<string, () => void>()

export const echoActor = defineActor<EchoProtocol, EchoNotice>()({
  name: 'echo',
  mailbox: { messagesMax: 8 },
  batch: { messagesMax: 4 },
  asyncMax: 3,
  keyOf: (kind, request) => (kind === 'wait' ? (request as { key: string }).key : null),
  start: (deps: EchoDeps, context): EchoState => {
    if (deps.failStart !== null) throw new OperationalError(deps.failStart)
    context.notify({ started: context.name })
    context.log.info('echo started', { actor: context.name })
    return { counted: 0, began: [], gates }
  },
  handlers: {
    echo: { each: (_state, { value }) => replied({ value }) },
    double: {
      batch: (_state, requests) =>
        requests.map(({ n }) =>
          Number.isFinite(n) ? replied({ n: n * 2 }) : refused('not-a-number'),
        ),
    },
    wait: {
      each: (state, { order }) =>
        new Promise((resolve) => {
          state.began.push(order)
          state.gates.set(order, () => resolve(replied({ order })))
        }),
    },
    joinA: { joins: 'together' },
    joinB: { joins: 'together' },
    count: {
      each: (state) =>
        replied({
          counted: state.counted,
          began: [...state.began],
          variables: Object.keys(process.env),
        }),
    },
    fail: { each: (_state, { how }) => fail(how) },
    bump: {
      each: (state, { by }) => {
        state.counted += by
        return null
      },
    },
  },
  groups: {
    together: {
      messagesMax: () => 3,
      run: (_state, messages) => messages.map(() => replied({ size: messages.length })),
    },
  },
  stop: (state) => {
    state.gates.clear()
  },
})

function fail(how: 'outage' | 'bug' | 'exit' | 'spin' | 'heap'): never {
  switch (how) {
    case 'outage':
      throw new OperationalError('the disk is full')
    case 'bug':
      throw new TypeError('a bug')
    case 'exit':
      process.exit(3)
      break
    case 'spin':
      for (;;);
    case 'heap': {
      const kept: unknown[] = []
      for (;;) kept.push(new Array(10_000).fill(kept.length))
    }
  }
  throw new Error('not reached')
}
