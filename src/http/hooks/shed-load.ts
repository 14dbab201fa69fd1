// Which requests are begun when there is more work than time (reliability B9, G5): a request is
// refused while more messages than its class allows wait for an answer of an actor, or more than
// are answered soon. Counting messages and not requests lets slow senders, who wait for nobody,
// keep nobody out.
import type { onRequestHookHandler } from 'fastify'
import type { MailboxLoad } from '../../../actors/runtime/protocol.ts'
import type { Clock } from '../../base/clock.ts'
import { limits } from '../../base/limits.ts'
import { OAuthError } from '../../oauth/oauth-error.ts'
import { createWaitingLimit, waitingOf } from './waiting-limit.ts'

interface Loaded {
  load(): MailboxLoad
}

/** Classes of requests that can be refused; those with the smallest limit are given up first. */
export type LoadClass = keyof typeof limits.waitingMessagesMax

export interface LoadShedder {
  /**
   * Declares that requests of `method` for exactly `url` belong to `loadClass`; returns the hook of
   * the route, which refuses what was not refused before.
   */
  guard(method: string, url: string, loadClass: LoadClass): onRequestHookHandler
  /** The hook alone: for pages, whose refusal is a page that the route itself writes. */
  hook(loadClass: LoadClass): onRequestHookHandler
  /** Whether a request for this path is to be refused now; paths without a class never are. */
  isRefused(method: string, path: string): boolean
}

/** What a refused client reads. */
export const overloaded = (): OAuthError =>
  new OAuthError('temporarily_unavailable', 'the server is overloaded')

/** Watches the mailboxes of `actors`. */
export function createLoadShedder(actors: readonly Loaded[], clock: Clock): LoadShedder {
  const guarded = new Map<string, { readonly method: string; readonly loadClass: LoadClass }>()
  const mayWait = createWaitingLimit(clock)
  const isFull = (loadClass: LoadClass): boolean => {
    const loads = actors.map((actor) => actor.load())
    const now = waitingOf(loads)
    const { waitingMessagesMax } = limits
    // The classes keep their order however low the limit is.
    const share = waitingMessagesMax[loadClass] / waitingMessagesMax.token
    if (now.waiting >= Math.min(waitingMessagesMax[loadClass], mayWait(now) * share)) return true
    return loads.some(({ depth, capacity }) => depth >= limits.fullMailboxShare * capacity)
  }
  const hook =
    (loadClass: LoadClass): onRequestHookHandler =>
    (_request, _reply, done) => {
      if (isFull(loadClass)) done(overloaded())
      else done()
    }
  return {
    guard(method, url, loadClass) {
      guarded.set(url, { method, loadClass })
      return hook(loadClass)
    },
    hook,
    isRefused(method, path) {
      const route = guarded.get(path)
      return route !== undefined && route.method === method && isFull(route.loadClass)
    },
  }
}
