// The deployment under test as the checks see it: its metadata, the clients and the person that may
// be used, and the steps that several checks begin with.
import { createHash, randomBytes } from 'node:crypto'
import { expect, expectSame, NotApplicable } from './check.ts'
import { type Answer, type Ask, createSender, type Members } from './http.ts'
import { walkToClient } from './walk.ts'

export interface Options {
  /** The issuer: what clients are configured with. */
  readonly url: string
  /** May use client_credentials; null = checks that need it are left out. */
  readonly machine: { readonly id: string; readonly secret: string } | null
  /** May use authorization_code; null = one is registered. */
  readonly app: { readonly id: string; readonly redirectUri: string } | null
  /** Signs in and allows; null = checks that need it are left out. */
  readonly person: { readonly email: string; readonly password: string } | null
  /** URI of a registered resource; null = tokens for none in particular. */
  readonly resource: string | null
  readonly scope: string | null
  /** From where a browser would call. */
  readonly origin: string
  readonly timeoutMs: number
}

export interface App {
  readonly id: string
  readonly redirectUri: string
}

export interface Code {
  readonly app: App
  readonly code: string
  readonly verifier: string
  /** All that the client got with it. */
  readonly answer: URLSearchParams
}

export interface Deployment {
  readonly options: Options
  send(url: string, ask: Ask): Promise<Answer>
  /** Its RFC 8414 document, asked for once. */
  metadata(): Promise<Members>
  /** URL of an endpoint. @throws NotApplicable when the metadata does not name it. */
  endpoint(name: string): Promise<string>
  /** POST with a form. */
  post(name: string, fields: Fields, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Form members by which the machine client names itself. @throws NotApplicable */
  machine(): Readonly<Record<string, string>>
  /** A client_credentials request of the machine client. */
  machineToken(headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** The public client of the code flow: the one of the options, or a registered one. */
  app(): Promise<App>
  /** URL of an authorize request of `app`; null leaves a member out. */
  authorizeUrl(app: App, change: Readonly<Record<string, string | null>>): Promise<string>
  /** A new code of a person who allows everything. @throws NotApplicable */
  code(): Promise<Code>
  redeem(code: Code, change: Readonly<Record<string, string>>): Promise<Answer>
  /** Tokens of a new code, with a refresh token. */
  tokens(): Promise<{ readonly app: App; readonly members: Members; readonly refresh: string }>
}

type Fields = Readonly<Record<string, string | null>>

/** Where the metadata of an issuer is: the well-known part before its path (RFC 8414 §3.1). */
export function wellKnown(issuer: string, name: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/${name}${pathname.replace(/\/$/, '')}`
}

/** What the steps of the code flow are made of. */
type Basis = Omit<Deployment, 'code' | 'redeem' | 'tokens'>

/** The deployment behind the options; nothing is asked yet. */
export function openDeployment(options: Options): Deployment {
  const basis = openBasis(options)
  const { resource } = options
  const redeem: Deployment['redeem'] = ({ app, code, verifier }, change) =>
    basis.post('token_endpoint', {
      grant_type: 'authorization_code',
      client_id: app.id,
      code,
      code_verifier: verifier,
      redirect_uri: app.redirectUri,
      resource,
      ...change,
    })
  return {
    ...basis,
    code: () => askForCode(basis),
    redeem,
    tokens: async () => {
      const code = await askForCode(basis)
      const { members, status, text } = await redeem(code, {})
      expectSame(status, 200, `the status of the code's answer (${text.slice(0, 200)})`)
      const refresh = members['refresh_token']
      expect(typeof refresh === 'string', 'there is no refresh token')
      return { app: code.app, members, refresh }
    },
  }
}

function openBasis(options: Options): Basis {
  const send = createSender(options.timeoutMs)
  const { machine, resource, scope } = options
  const wanted: Fields = { resource, scope }

  const metadata = once(async () => {
    const answer = await send(wellKnown(options.url, 'oauth-authorization-server'), {})
    expectSame(answer.status, 200, 'the status of the metadata')
    return answer.members
  })
  const endpoint = async (name: string): Promise<string> => {
    const url = (await metadata())[name]
    if (typeof url !== 'string') throw new NotApplicable(`the metadata has no ${name}`)
    return url
  }
  const post: Deployment['post'] = async (name, fields, headers = {}) =>
    send(await endpoint(name), { method: 'POST', body: formOf(fields), headers })
  const machineFields = (): Readonly<Record<string, string>> => {
    if (machine === null) throw new NotApplicable('needs --client-id and --client-secret-file')
    return { client_id: machine.id, client_secret: machine.secret }
  }
  return {
    options,
    send,
    metadata,
    endpoint,
    post,
    machine: machineFields,
    machineToken: (headers) => {
      const fields = { grant_type: 'client_credentials', ...machineFields(), ...wanted }
      return post('token_endpoint', fields, headers)
    },
    app: once(async () => options.app ?? registerApp({ send, endpoint })),
    authorizeUrl: async ({ id, redirectUri }, change) => {
      const url = new URL(await endpoint('authorization_endpoint'))
      const fields = { response_type: 'code', client_id: id, redirect_uri: redirectUri, ...wanted }
      for (const [name, value] of formOf({ ...fields, ...change })) {
        url.searchParams.set(name, value)
      }
      return url.href
    },
  }
}

async function askForCode(basis: Basis): Promise<Code> {
  const { person } = basis.options
  if (person === null) throw new NotApplicable('needs --user and --password-file')
  const app = await basis.app()
  const verifier = randomBytes(32).toString('base64url')
  const url = await basis.authorizeUrl(app, {
    state: 'a state & more',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const walk = { send: basis.send, person, redirectUri: app.redirectUri }
  const answer = await walkToClient(url, walk)
  const code = answer.get('code') ?? ''
  expect(code !== '', `the client gets no code but ${answer}`)
  return { app, code, verifier, answer }
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | null = null
  return () => {
    made ??= make()
    return made
  }
}

function formOf(fields: Fields): URLSearchParams {
  const pairs = Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== null)
  return new URLSearchParams(pairs)
}

const appRedirect = 'http://127.0.0.1:6276/conformance/callback'

/** What the registration checks send, too. */
export const registration = {
  client_name: 'Conformance check',
  redirect_uris: [appRedirect],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
}

async function registerApp(by: Pick<Deployment, 'send' | 'endpoint'>): Promise<App> {
  const answer = await register(by, registration)
  const id = answer.members['client_id']
  expect(typeof id === 'string', `registration answers ${answer.status} without a client_id`)
  return { id, redirectUri: appRedirect }
}

/** POST of a client's document. @throws NotApplicable when registration is not open to all. */
export async function register(
  { send, endpoint }: Pick<Deployment, 'send' | 'endpoint'>,
  document: object,
): Promise<Answer> {
  const answer = await send(await endpoint('registration_endpoint'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(document),
  })
  const isClosed = answer.status === 401 || answer.status === 403
  if (isClosed) throw new NotApplicable('registration is not open to everybody')
  return answer
}
