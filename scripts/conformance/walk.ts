// The way of a person through sign-in and consent, on the pages of the deployment: forms are sent
// as they stand, filled in like a person would.
import { Violation } from './check.ts'
import type { Answer, Ask } from './http.ts'

export interface Walk {
  readonly send: (url: string, ask: Ask) => Promise<Answer>
  readonly person: { readonly email: string; readonly password: string }
  readonly redirectUri: string
}

const stepsMax = 10

/** Opens an authorize request and goes on until the browser is sent back to the client. */
export async function walkToClient(url: string, walk: Walk): Promise<URLSearchParams> {
  const cookies = new Map<string, string>()
  let step: Step = { url, ask: {} }
  for (let count = 0; count < stepsMax; count += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...step.ask.headers, ...(cookie === '' ? null : { cookie }) }
    const answer = await walk.send(step.url, { ...step.ask, headers })
    for (const line of answer.headers.getSetCookie()) keep(cookies, line)
    const location = answer.headers.get('location')
    if (location === null) {
      step = fillIn(answer, step.url, walk)
      continue
    }
    const target = new URL(location, step.url)
    if (leadsTo(target, walk.redirectUri)) return target.searchParams
    step = { url: target.href, ask: {} }
  }
  throw new Violation(`the walk is not over after ${stepsMax} steps, at ${step.url}`)
}

interface Step {
  readonly url: string
  readonly ask: Ask
}

function leadsTo(target: URL, redirectUri: string): boolean {
  const bare = new URL(redirectUri)
  return target.origin === bare.origin && target.pathname === bare.pathname
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';', 1)
  const equals = pair.indexOf('=')
  if (/max-age=0(?:;|$)/i.test(line)) cookies.delete(pair.slice(0, equals))
  else cookies.set(pair.slice(0, equals), pair.slice(equals + 1))
}

/** The form of a page as a person sends it who signs in, or allows all that is asked. */
function fillIn({ status, text }: Answer, url: string, { person }: Walk): Step {
  const form = /<form\b[^>]*method="post"[^>]*>[\s\S]*?<\/form>/i.exec(text)?.[0]
  if (form === undefined || status >= 400) {
    const heading = /<h1>([^<]*)/.exec(text)?.[1] ?? text.slice(0, 80)
    throw new Violation(`the walk ends at ${new URL(url).pathname} with ${status}: ${heading}`)
  }
  const fields = new URLSearchParams()
  for (const [input] of form.matchAll(/<(?:input|button)\b[^>]*>/gi)) {
    const name = attribute(input, 'name')
    const value = valueFor(input, person)
    if (name !== '' && value !== null) fields.append(name, value)
  }
  const action = new URL(attribute(form, 'action'), url)
  const headers = { origin: action.origin }
  return { url: action.href, ask: { method: 'POST', body: fields, headers } }
}

function valueFor(input: string, person: Walk['person']): string | null {
  const value = attribute(input, 'value')
  switch (attribute(input, 'type')) {
    case 'hidden':
      return value
    case 'email':
      return person.email
    case 'password':
      return person.password
    case 'checkbox':
      return value
    case 'submit':
      return value === 'allow' ? value : null
    default:
      return null
  }
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1] ?? ''
  return value.replaceAll(/&(amp|quot|lt|gt|#39);/g, (_, entity: string) => entities[entity] ?? '')
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  quot: '"',
  lt: '<',
  gt: '>',
  '#39': "'",
}
