// An actor that does nothing: what remains of an ask is its way there and back.
import { defineActor, replied } from '../../actors/runtime/define-actor.ts'
import type { Ask } from '../../actors/runtime/protocol.ts'
import { limits } from '../../src/base/limits.ts'
import type { IssuanceMessage } from './issuance-message.ts'

export type EchoProtocol = {
  readonly commit: Ask<IssuanceMessage, Record<string, never>>
}

export const echoActor = defineActor<EchoProtocol>()({
  name: 'echo',
  mailbox: { messagesMax: limits.storageMailboxMessagesMax },
  batch: { messagesMax: limits.replyMessagesMax },
  asyncMax: 1,
  start: () => null,
  handlers: { commit: { each: () => replied({}) } },
  stop: () => undefined,
})
