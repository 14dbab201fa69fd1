// Refs that tell something about every ask that goes through them: a span in its trace, or the time
// it took. What the ask does, and who waits for it, stays the same.
import type { Clock } from '../../src/base/clock.ts'
import type { Tracer } from '../../src/base/telemetry.ts'
import { ActorError, type ActorRef, type Protocol } from './protocol.ts'

/**
 * A ref whose asks are steps of their traces, named `prefix.Kind`; an ActorError fails its step. An
 * ask outside every recorded trace costs nothing more.
 */
export function tracedRef<P extends Protocol>(
  ref: ActorRef<P>,
  prefix: string,
  tracer: Tracer,
): ActorRef<P> {
  const names = new Map<string, string>()
  const nameOf = (kind: string): string => {
    const name = names.get(kind) ?? `${prefix}.${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
    names.set(kind, name)
    return name
  }
  return {
    ...forwarded(ref),
    ask(kind, request, options) {
      if (options.trace?.isSampled !== true) return ref.ask(kind, request, options)
      const span = tracer.start(nameOf(kind), options.trace)
      return ref.ask(kind, request, { ...options, trace: span.context }).then(
        (outcome) => {
          if (!outcome.ok) span.set({ refusal: outcome.refusal })
          span.end()
          return outcome
        },
        (error: unknown) => {
          span.fail(error instanceof ActorError ? error.code : 'error')
          span.end()
          throw error
        },
      )
    },
  }
}

/** A ref that says of each ask that was answered, or failed, how long it took. */
export function timedRef<P extends Protocol>(
  ref: ActorRef<P>,
  clock: Clock,
  observe: (kind: string, seconds: number) => void,
): ActorRef<P> {
  return {
    ...forwarded(ref),
    ask(kind, request, options) {
      const startedMs = clock.monotonicMs()
      const settled = (): void => observe(kind, (clock.monotonicMs() - startedMs) / 1000)
      const answer = ref.ask(kind, request, options)
      answer.then(settled, settled)
      return answer
    },
  }
}

/** What a ref around another one leaves as it is: all but `ask`. */
export function forwarded<P extends Protocol>(
  ref: ActorRef<P>,
): Pick<ActorRef<P>, 'name' | 'tell' | 'load'> {
  return {
    name: ref.name,
    tell: (kind, request) => ref.tell(kind, request),
    load: () => ref.load(),
  }
}
