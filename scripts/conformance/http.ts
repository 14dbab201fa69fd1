// Requests of the checks: no redirect is followed, every answer is read whole, nothing is retried.

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The members of a JSON object; none when the body is something else. */
  readonly members: Members
}

export type Members = Readonly<Record<string, unknown>>

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'OPTIONS'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | URLSearchParams
}

/** Sends requests; each has to be answered within `timeoutMs`. */
export function createSender(timeoutMs: number): (url: string, ask: Ask) => Promise<Answer> {
  return async (url, ask) => {
    const response = await fetch(url, {
      ...ask,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, members: membersOf(text) }
  }
}

function membersOf(text: string): Members {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Members) : {}
  } catch {
    return {}
  }
}

/** The media type of an answer, without its parameters. */
export function mediaType({ headers }: Answer): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
