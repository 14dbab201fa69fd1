// Lets something happen at the worst moment: between two messages of one use case.
import type { ActorRef, AskKind, Protocol } from '../../actors/runtime/protocol.ts'

/** `ref`, but before it passes on the first ask of `kind` it waits for `happens`. */
export function before<P extends Protocol>(
  ref: ActorRef<P>,
  kind: AskKind<P>,
  happens: () => Promise<void>,
): ActorRef<P> {
  let isDue = true
  return {
    name: ref.name,
    ask: async (asked, request, options) => {
      if (isDue && asked === (kind as string)) {
        isDue = false
        await happens()
      }
      return ref.ask(asked, request, options)
    },
    tell: (told, request) => ref.tell(told, request),
    load: () => ref.load(),
  }
}
