// Says which cases the fixtures of the admin listener lack: every route is tried with success, with
// a wrong key and without one, with an unknown and an over-long id where it has one, and with a
// broken and an oversized body where it takes one.

/** A route that a listener has registered. */
export interface RegisteredRoute {
  readonly method: string
  readonly pattern: string
  /** Whether it answers without the key. */
  readonly isOpen: boolean
  readonly takesBody: boolean
}

/** What was sent and answered in one case. */
export interface FixtureEvidence {
  readonly method: string
  /** Pattern of the route, or `unmatched`. */
  readonly route: string
  readonly target: string
  readonly status: number
  readonly response: { readonly body: string }
}

interface Requirement {
  readonly words: string
  readonly applies: (route: RegisteredRoute) => boolean
  readonly isMet: (evidence: FixtureEvidence) => boolean
}

const hasParameter = ({ pattern }: RegisteredRoute): boolean => pattern.includes(':')

const requirements: readonly Requirement[] = [
  {
    words: 'that succeeds',
    applies: () => true,
    isMet: ({ status }) => status >= 200 && status < 300,
  },
  {
    words: 'with a wrong key',
    applies: ({ isOpen }) => !isOpen,
    isMet: ({ status, response: { body } }) => status === 401 && body.includes('invalid API key'),
  },
  {
    words: 'without a key',
    applies: ({ isOpen }) => !isOpen,
    isMet: ({ status, response: { body } }) => status === 401 && body.includes('missing API key'),
  },
  {
    words: 'with an unknown id',
    applies: hasParameter,
    // Routes that only make sure of something answer as if it had been there.
    isMet: ({ target, status }) =>
      /\/unknown(?=[/?]|$)/.test(target) && (status === 404 || (status >= 200 && status < 300)),
  },
  {
    words: 'with a path parameter that is too long',
    applies: hasParameter,
    isMet: ({ status, response: { body } }) =>
      status === 400 && body.includes('must be 1 to 256 bytes'),
  },
  {
    words: 'with a body that is no JSON',
    applies: ({ takesBody }) => takesBody,
    isMet: ({ status, response: { body } }) =>
      status === 400 && body.includes('the body is not valid JSON'),
  },
  {
    words: 'with a body over the cap',
    applies: ({ takesBody }) => takesBody,
    isMet: ({ status }) => status === 413,
  },
]

/** One line per case that is missing. */
export function findGaps(
  routes: readonly RegisteredRoute[],
  evidence: readonly FixtureEvidence[],
): readonly string[] {
  return routes.flatMap((route) => {
    const cases = evidence.filter(
      (one) => one.method === route.method && one.route === route.pattern,
    )
    return requirements
      .filter(({ applies, isMet }) => applies(route) && !cases.some(isMet))
      .map(({ words }) => `${route.method} ${route.pattern} has no case ${words}`)
  })
}
