// A browser without a screen: it keeps cookies, follows no redirect by itself, and sends forms as
// they stand on a page. Every request has a connection of its own.
import assert from 'node:assert/strict'
import { type RawResponse, sendRaw } from './raw-http.ts'

export type FormFields = Readonly<Record<string, string | readonly string[]>>

export interface Browser {
  /** Cookies by name; a test may put others there. */
  readonly cookies: Map<string, string>
  get(path: string): Promise<RawResponse>
  /** Sends a form; `fields` in their order, those with several values as often. */
  post(path: string, fields: FormFields): Promise<RawResponse>
  /** Sends `request` as it is, with the cookies in its place `{cookies}`. */
  send(request: string): Promise<RawResponse>
}

const withinMs = 15_000

/** A browser that knows nothing of the server at `port` yet. */
export function openBrowser(port: number, headers: Readonly<Record<string, string>>): Browser {
  const cookies = new Map<string, string>()
  const send = async (request: string): Promise<RawResponse> => {
    const pairs = [...cookies].map(([name, value]) => `${name}=${value}`)
    const cookieLine = pairs.length === 0 ? '' : `Cookie: ${pairs.join('; ')}\r\n`
    const { responses, text } = await sendRaw(port, request.replace('{cookies}', cookieLine), {
      withinMs,
    })
    const [response] = responses
    assert.ok(response !== undefined, `an answer in: ${text}`)
    for (const line of response.headers.get('set-cookie') ?? []) keep(cookies, line)
    return response
  }
  const lines = Object.entries({ Host: 'auth.test', Connection: 'close', ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  return {
    cookies,
    send,
    get: (path) => send(`GET ${path} HTTP/1.1\r\n${lines}{cookies}\r\n`),
    post: (path, fields) => {
      const pairs = Object.entries(fields).flatMap(([name, value]) =>
        [value].flat().map((one): [string, string] => [name, one]),
      )
      const body = new URLSearchParams(pairs).toString()
      return send(
        `POST ${path} HTTP/1.1\r\n${lines}{cookies}` +
          'Content-Type: application/x-www-form-urlencoded\r\n' +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
    },
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split('; ')
  const equals = pair.indexOf('=')
  const name = pair.slice(0, equals)
  if (attributes.includes('Max-Age=0')) cookies.delete(name)
  else cookies.set(name, pair.slice(equals + 1))
}

/** The value of the hidden field `name` on a page, or null. */
export function hiddenField({ body }: RawResponse, name: string): string | null {
  const pattern = new RegExp(`<input type="hidden" name="${name}" value="([^"]*)">`)
  return pattern.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? null
}

/** Where the form of a page goes. */
export function formAction({ body }: RawResponse): string {
  return /<form method="post" action="([^"]*)">/.exec(body)?.[1] ?? ''
}

/** Opens a sign-in page, `/login` with a query or none, and sends its form. */
export async function signIn(
  browser: Browser,
  loginPath: string,
  account: { readonly email: string; readonly password: string },
): Promise<RawResponse> {
  const page = await browser.get(loginPath)
  return browser.post(formAction(page), {
    csrf_token: hiddenField(page, 'csrf_token') ?? '',
    redirect: hiddenField(page, 'redirect') ?? '',
    ...account,
  })
}
