// An actor that fails when an outside test asks for it (spec 00 B27, reliability B.3). Boot gives a
// fault board to the workers of a test server only; without one a definition stays the very object
// that it was, and no message meets any code of this file.

import { unreachable } from '../../src/base/assert.ts'
import { delay, systemClock } from '../../src/base/clock.ts'
import type { ActorDefinition, Failed } from './define-actor.ts'
import { type CrashManner, type FaultBoard, takeFault } from './fault-board.ts'
import type { Protocol } from './protocol.ts'

/** The point that every message passes before it is handled. */
export const messagePoint = 'message'

/** Answers in the order of their messages. */
type Answers = readonly unknown[] | Promise<readonly unknown[]>
type Run = (state: unknown, messages: readonly unknown[]) => Answers

/** Handlers and groups as they are when their kinds are not known to the types. */
type AnyHandler =
  | { readonly each: (state: unknown, request: unknown) => unknown }
  | { readonly batch: Run }
  | { readonly joins: string }
interface AnyGroup {
  readonly messagesMax: unknown
  readonly run: Run
}

const injected: Failed = { failed: 'a test asked for this error' }

/**
 * The definition that a worker runs: `definition` itself, or, when `workerData` carries a fault
 * board, one that does what the board asks for. `moments` names the points `….before` and
 * `….after` of those handlers, by kind or group, that have them.
 */
export function withFaults<P extends Protocol, Deps, State, Notice>(
  definition: ActorDefinition<P, Deps, State, Notice>,
  workerData: unknown,
  moments: Readonly<Record<string, string>>,
): ActorDefinition<P, Deps, State, Notice> {
  const { faults } = workerData as { readonly faults?: FaultBoard }
  return faults === undefined ? definition : faulty(definition, faults, moments)
}

function faulty<P extends Protocol, Deps, State, Notice>(
  definition: ActorDefinition<P, Deps, State, Notice>,
  board: FaultBoard,
  moments: Readonly<Record<string, string>>,
): ActorDefinition<P, Deps, State, Notice> {
  const around = (name: string, run: Run): Run => {
    const moment = moments[name]
    const inner =
      moment === undefined
        ? run
        : before(board, `${moment}.before`, after(board, `${moment}.after`, run))
    return before(board, messagePoint, inner)
  }
  const handlers = mapped<AnyHandler>(definition.handlers, (name, handler) => {
    if ('each' in handler) return { each: one(around(name, many(handler.each))) }
    return 'batch' in handler ? { batch: around(name, handler.batch) } : handler
  })
  const groups = mapped<AnyGroup>(definition.groups ?? {}, (name, group) => ({
    ...group,
    run: around(name, group.run),
  }))
  return { ...definition, handlers: handlers as never, groups: groups as never }
}

function mapped<Value>(
  table: object,
  change: (name: string, value: Value) => Value,
): Readonly<Record<string, Value>> {
  const entries = Object.entries(table as Readonly<Record<string, Value>>)
  return Object.fromEntries(entries.map(([name, value]) => [name, change(name, value)]))
}

function many(each: (state: unknown, request: unknown) => unknown): Run {
  return (state, [request]) => {
    const answer = each(state, request)
    return answer instanceof Promise ? answer.then((outcome) => [outcome]) : [answer]
  }
}

function one(run: Run): (state: unknown, request: unknown) => unknown {
  return (state, request) => withAnswers(run(state, [request]), ([outcome]) => outcome)
}

/** Messages that are struck by an error before `run` are not done. */
function before(board: FaultBoard, point: string, run: Run): Run {
  return (state, messages) =>
    strike(board, { point, messages: messages.length }, (failing) =>
      failing === messages.length
        ? failures(failing)
        : withAnswers(run(state, messages.slice(failing)), (rest) => [
            ...failures(failing),
            ...rest,
          ]),
    )
}

/** Messages that are struck by an error after `run` are done, and their sender does not know. */
function after(board: FaultBoard, point: string, run: Run): Run {
  return (state, messages) => {
    const end = (answers: readonly unknown[]): Answers =>
      strike(board, { point, messages: messages.length }, (failing) => [
        ...failures(failing),
        ...answers.slice(failing),
      ])
    return withAnswers(run(state, messages), end)
  }
}

/** `next` of the answers, at once when they are there. */
function withAnswers<Next>(
  answers: Answers,
  next: (answers: readonly unknown[]) => Next | Promise<Next>,
): Next | Promise<Next> {
  return answers instanceof Promise ? answers.then(next) : next(answers)
}

function failures(count: number): readonly Failed[] {
  return Array.from({ length: count }, () => injected)
}

/** Does what is asked for at `point`; `proceed` goes on with that many messages failing. */
function strike(
  board: FaultBoard,
  { point, messages }: { readonly point: string; readonly messages: number },
  proceed: (failing: number) => Answers,
): Answers {
  const taken = takeFault(board, point, messages)
  if (taken === null) return proceed(0)
  const { fault, struck } = taken
  switch (fault.kind) {
    case 'error':
      return proceed(struck)
    case 'delay':
      return delay(systemClock, fault.delayMs).then(() => proceed(0))
    case 'hang':
      return block()
    case 'crash':
      return crash(fault.how)
    default:
      return unreachable(fault.kind)
  }
}

/** Ends this thread, or the process, in the given manner. */
export function crash(how: CrashManner): Promise<never> {
  switch (how) {
    case 'throw':
      throw new Error('a test asked for this crash')
    case 'reject':
      void Promise.reject(new Error('a test asked for this rejection'))
      return new Promise(() => undefined)
    case 'exit':
      process.exit(1)
      break
    case 'heap': {
      const kept: unknown[] = []
      for (;;) kept.push(new Array(10_000).fill(kept.length))
    }
    case 'spin':
      for (;;);
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      return block()
    default:
      return unreachable(how)
  }
}

/** Stops this thread without using the processor, as a system call does that never returns. */
function block(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
