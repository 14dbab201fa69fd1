// Which URLs a proof may name in `htu` (RFC 9449 §4.3, spec 02 §6.3, decision D6): the URL below
// the configured issuer, and in front of a trusted proxy or on localhost that of the request too.

/** What a request says about the URL that its sender used. */
export interface RequestedUrl {
  /** `https` or `http`, or whatever else a proxy wrote. */
  readonly scheme: string
  /** The `Host` header as sent. */
  readonly host: string
}

/**
 * URLs of the endpoint at `path` below `issuer`. `requested` is null when what the request says
 * about itself cannot be relied on.
 */
export function proofTargets(
  issuer: string,
  path: string,
  requested: RequestedUrl | null,
): readonly string[] {
  const own = issuer + path
  if (requested === null) return [own]
  const pathname = splitUrl(own)?.path ?? path
  const asRequested = `${requested.scheme}://${requested.host}${pathname}`
  return asRequested === own ? [own] : [own, asRequested]
}

/**
 * Whether `htu` is one of `targets`: scheme and authority without regard to case, the path exactly,
 * query and fragment left out of both. A default port is not the same as none.
 */
export function matchesTarget(htu: string, targets: readonly string[]): boolean {
  const named = splitUrl(htu)
  if (named === null) return false
  return targets.some((target) => {
    const expected = splitUrl(target)
    return expected?.origin === named.origin && expected.path === named.path
  })
}

const urlForm = /^([a-z][a-z0-9+.-]*:\/\/[^/?#\s]+)([^?#\s]*)(?:[?#]|$)/i

function splitUrl(url: string): { readonly origin: string; readonly path: string } | null {
  const [, origin, path] = urlForm.exec(url) ?? []
  return origin === undefined || path === undefined ? null : { origin: origin.toLowerCase(), path }
}
