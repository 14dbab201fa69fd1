// How a client says who it is: the Basic header or the form body, one of them and never both
// (RFC 6749 §2.3.1, spec 01 §5.2, decision B10).
import { decodeFormComponent, type Form } from './form.ts'
import { OAuthError } from './oauth-error.ts'

export interface PresentedCredentials {
  readonly clientId: string
  readonly secret: string | null
}

/**
 * Credentials of a request. @throws OAuthError `invalid_client` when there are none or the header
 * does not parse (there is no fall-back to the body), `invalid_request` for two methods at once.
 */
export function parseClientCredentials(
  authorization: string | undefined,
  form: Form,
): PresentedCredentials {
  if (authorization === undefined) return fromForm(form)
  const credentials = parseBasic(authorization)
  if (credentials === null) throw clientRefused()
  if (form.has('client_secret')) {
    throw new OAuthError('invalid_request', 'more than one client authentication method')
  }
  const named = form.get('client_id')
  if (named !== undefined && named !== credentials.clientId) throw clientRefused()
  return credentials
}

/** The one public answer to every failed client authentication: no oracle for what was wrong. */
export function clientRefused(): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed')
}

function fromForm(form: Form): PresentedCredentials {
  const clientId = form.get('client_id')
  if (clientId === undefined) throw clientRefused()
  return { clientId, secret: form.get('client_secret') ?? null }
}

const basicPattern = /^basic +([A-Za-z0-9+/]+={0,2})$/i
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Id and secret of a Basic header, both form-decoded (RFC 6749 §2.3.1), or null. */
function parseBasic(authorization: string): PresentedCredentials | null {
  const encoded = basicPattern.exec(authorization)?.[1]
  if (encoded === undefined) return null
  const bytes = Buffer.from(encoded, 'base64')
  if (bytes.toString('base64') !== encoded) return null // Node repairs padding and stray bits
  const text = decodeUtf8(bytes)
  const colon = text?.indexOf(':') ?? -1
  if (text === null || colon === -1) return null
  const clientId = decodeFormComponent(text.slice(0, colon))
  const secret = decodeFormComponent(text.slice(colon + 1))
  if (clientId === null || clientId === '' || secret === null) return null
  return { clientId, secret: secret === '' ? null : secret }
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}
