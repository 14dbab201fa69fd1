// Refuses work early when an actor that it needs is nearly full (B21): before the body is read,
// with hysteresis, so that a server at its limit does not flap.
import type { onRequestHookHandler } from 'fastify'
import type { MailboxLoad } from '../../../actors/runtime/protocol.ts'
import { limits } from '../../base/limits.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'

interface Loaded {
  load(): MailboxLoad
}

/** A route hook that sheds while one of `actors` is nearly full. */
export function shedLoad(actors: readonly Loaded[]): onRequestHookHandler {
  let isShedding = false
  return (_request, _reply, done) => {
    const fullest = fullestShare(actors)
    if (fullest >= limits.shedAbove) isShedding = true
    else if (fullest < limits.shedBelow) isShedding = false
    if (isShedding) done(new OAuthError('temporarily_unavailable', 'the server is overloaded'))
    else done()
  }
}

/** How full the fullest mailbox is, 0–1. */
export function fullestShare(actors: readonly Loaded[]): number {
  let fullest = 0
  for (const actor of actors) {
    const { depth, capacity } = actor.load()
    fullest = Math.max(fullest, depth / capacity)
  }
  return fullest
}
