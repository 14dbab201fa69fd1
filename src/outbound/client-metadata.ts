// Metadata documents of clients, fetched when they are needed (spec 01 §12): remembered as long as
// their headers allow, failures for a while, each URL once at a time, few at once (threat T19).
import { LRUCache } from 'lru-cache'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Log } from '../base/telemetry.ts'
import {
  decideClientDocument,
  isJsonMediaType,
  readDocumentUrl,
} from '../oauth/client-metadata-document.ts'
import type { ClientMetadata } from '../oauth/client-registration.ts'
import type { SelfRegistrationPolicy } from '../oauth/registration.ts'
import { documentLifeMs } from './document-life.ts'
import type { GuardedAnswer, GuardedFetch } from './guarded-fetch.ts'
import { createTurns } from './turns.ts'

/**
 * Why there is no metadata: the id or its document is against the rules, the host does not give the
 * document, or this server fetches too much already.
 */
export type DocumentFault = 'invalid' | 'unavailable' | 'overloaded'

export type DocumentReading =
  | { readonly ok: true; readonly metadata: ClientMetadata }
  | { readonly ok: false; readonly fault: DocumentFault }

export interface ClientDocuments {
  /** What the document at a client id says. Never rejects. */
  read(clientId: string): Promise<DocumentReading>
}

/** What is counted (spec 08 §1). */
export interface DocumentMeters {
  documentFetched(seconds: number): void
  documentFetchSuppressed(reason: 'negative_cache' | 'single_flight' | 'capacity'): void
}

export interface ClientDocumentParts {
  readonly fetch: GuardedFetch
  readonly clock: Clock
  readonly log: Log
  readonly meters: DocumentMeters
  readonly settings: {
    readonly requiresHttps: boolean
    readonly allowsPrivateAddresses: boolean
    readonly cacheLifeMs: number
    readonly fetchMsMax: number
    readonly documentBytesMax: number
  }
  readonly policy: SelfRegistrationPolicy
}

interface Remembered {
  readonly reading: DocumentReading
  /** On the monotonic clock. */
  readonly untilMs: number
}

interface Fetched {
  readonly reading: DocumentReading
  /** 0 = not to be remembered. */
  readonly lifeMs: number
}

/** Nothing is remembered yet. */
export function createClientDocuments(parts: ClientDocumentParts): ClientDocuments {
  const { clock, meters } = parts
  const documents = new LRUCache<string, Remembered>({ max: limits.documentsCachedMax })
  const failures = new LRUCache<string, Remembered>({ max: limits.documentsCachedMax })
  const flights = new Map<string, Promise<DocumentReading>>()
  const turns = createTurns({
    clock,
    placesMax: limits.documentFetchesMax,
    waitersMax: limits.documentWaitersMax,
    waitMsMax: limits.documentTurnMsMax,
  })

  async function fetchInTurn(url: URL): Promise<DocumentReading> {
    const leave = await turns.take()
    if (leave === null) {
      meters.documentFetchSuppressed('capacity')
      return { ok: false, fault: 'overloaded' }
    }
    try {
      const { reading, lifeMs } = await fetchDocument(parts, url)
      const memory = reading.ok ? documents : failures
      if (lifeMs > 0) memory.set(url.href, { reading, untilMs: clock.monotonicMs() + lifeMs })
      return reading
    } finally {
      leave()
    }
  }

  return {
    read: async (clientId) => {
      const url = readDocumentUrl(clientId, parts.settings.requiresHttps)
      if (url === null) return { ok: false, fault: 'invalid' }
      const nowMs = clock.monotonicMs()
      const known = living(documents, clientId, nowMs)
      if (known !== null) return known
      const failure = living(failures, clientId, nowMs)
      if (failure !== null) {
        meters.documentFetchSuppressed('negative_cache')
        return failure
      }
      const begun = flights.get(clientId)
      if (begun !== undefined) {
        meters.documentFetchSuppressed('single_flight')
        return begun
      }
      const flight = fetchInTurn(url).finally(() => flights.delete(clientId))
      flights.set(clientId, flight)
      return flight
    },
  }
}

function living(
  memory: LRUCache<string, Remembered>,
  clientId: string,
  nowMs: number,
): DocumentReading | null {
  const remembered = memory.get(clientId)
  if (remembered === undefined) return null
  if (nowMs < remembered.untilMs) return remembered.reading
  memory.delete(clientId)
  return null
}

async function fetchDocument(parts: ClientDocumentParts, url: URL): Promise<Fetched> {
  const { clock, log, meters, settings } = parts
  const startedMs = clock.monotonicMs()
  const failed = (fault: DocumentFault, reason: string): Fetched => {
    log.info('metadata document of a client not used', { client_id: url.href, fault, reason })
    return { reading: { ok: false, fault }, lifeMs: limits.documentFailureMs }
  }
  let answer: GuardedAnswer
  try {
    answer = await parts.fetch({
      url,
      accept: 'application/json',
      timeoutMs: settings.fetchMsMax,
      bodyBytesMax: settings.documentBytesMax,
      allowsPrivateAddresses: settings.allowsPrivateAddresses,
    })
  } catch (error) {
    return failed('unavailable', messageOf(error))
  } finally {
    meters.documentFetched((clock.monotonicMs() - startedMs) / 1000)
  }
  const { status, headers, body } = answer
  if (status !== 200) {
    const fault = status === 404 || status === 410 ? 'invalid' : 'unavailable'
    return failed(fault, `status ${status}`)
  }
  if (!isJsonMediaType(headers['content-type'])) return failed('invalid', 'it is no JSON')
  const decision = decideClientDocument(body, url.href, parts.policy)
  if (!decision.ok) return failed('invalid', decision.problems.join('; '))
  const life = { nowMs: clock.nowMs(), lifeMsMax: settings.cacheLifeMs }
  return {
    reading: { ok: true, metadata: decision.accepted },
    lifeMs: documentLifeMs(headers, life),
  }
}
